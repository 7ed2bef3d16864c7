"""Who may call a Deployment's Airflow, and as what: Astro's roles, and Airflow's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.emulator.airflow.routing import OPERATOR, USER, VIEWER
from astro_provider.emulator.core.problems import Problem

if TYPE_CHECKING:
    from astro_provider.emulator.core.tokens import Grant
    from astro_provider.emulator.state import State

#: Astro's roles -> what they are in the Airflow of a Deployment that they cover; the others have no access to it.
ROLES = {
    "ORGANIZATION_OWNER": OPERATOR,
    "WORKSPACE_OWNER": OPERATOR,
    "WORKSPACE_OPERATOR": OPERATOR,
    "WORKSPACE_AUTHOR": USER,
    "WORKSPACE_MEMBER": VIEWER,
    "DEPLOYMENT_ADMIN": OPERATOR,
}


def role_of(state: State, authorization: str, workspace_id: str, deployment_id: str) -> tuple[Grant, int] | None:
    """Return a token's grant and its role in a Deployment's Airflow.

    :param state: The emulator's state.
    :param authorization: The header ``Authorization``.
    :param workspace_id: The Deployment's Workspace.
    :param deployment_id: The Deployment.
    :return: ``None`` if the token is unknown, has expired, or does not cover the Deployment: Astro's proxy answers all
        of these with the same bare 401.
    """
    try:
        grant = state.authenticate(authorization)
    except Problem:
        return None
    covering = [role for role in grant.roles if role.covers(workspace_id, deployment_id)]
    roles = [ROLES[role.name] for role in covering if role.name in ROLES]
    return (grant, max(roles)) if roles else None
