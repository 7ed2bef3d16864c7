"""The place that an argument names: a Deployment, a Workspace, or the Organization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from astro_provider.common.arguments import is_given
from astro_provider.lookup.deployments import get_deployment
from astro_provider.lookup.workspaces import resolve_workspace
from astro_provider.models.access import ORGANIZATION, Place

if TYPE_CHECKING:
    from astro_provider.client import AstroClient


@dataclass(frozen=True)
class KnownPlace:
    """A place, and what messages call it.

    :param place: The place.
    :param label: Its name, in words.
    :param workspace_id: The Workspace that it is, or is in; ``None``: it is the Organization.
    """

    place: Place
    label: str
    workspace_id: str | None = None


def find_place(
    client: AstroClient, *, workspace: str | None, deployment_id: str | None, deployment_name: str | None
) -> KnownPlace:
    """Return the place that a task's arguments name: the Deployment, else the Workspace, else the Organization.

    :param client: The client.
    :param workspace: The Workspace's id or name; beside a Deployment's name, where that is looked for.
    :param deployment_id: The Deployment's id.
    :param deployment_name: The Deployment's exact name.
    :raises NameLookupError: There is no such place.
    """
    if is_given(deployment_id) or is_given(deployment_name):
        deployment = get_deployment(
            client, deployment_id=deployment_id, deployment_name=deployment_name, workspace=workspace
        )
        return KnownPlace(Place("DEPLOYMENT", deployment.id), deployment.label, deployment.workspace_id)
    if not is_given(workspace):
        return KnownPlace(ORGANIZATION, "the Organization")
    return workspace_place(client, workspace)


def workspace_place(client: AstroClient, workspace: str | None) -> KnownPlace:
    """Return a Workspace as a place.

    :param client: The client.
    :param workspace: Its id or name; ``None``: the connection's, the token's, or the only one.
    :raises NameLookupError: There is no such Workspace.
    """
    workspace_id = resolve_workspace(client, workspace)
    return KnownPlace(Place("WORKSPACE", workspace_id), f"Workspace {workspace or workspace_id}", workspace_id)
