"""Deployments and statuses that tests add past the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core import progress as lifecycle
from astro_provider.emulator.core.problems import check_fields
from astro_provider.emulator.core.progress import STATUSES
from astro_provider.emulator.resources.deployments.bodies import CREATE
from astro_provider.emulator.resources.deployments.code import look
from astro_provider.emulator.resources.deployments.documents import Document, new_deployment, shown
from astro_provider.emulator.resources.workspaces import FIRST_ID, workspace_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from astro_provider.emulator.state import State

#: Fields of a response that an added Deployment may have, beside those of a create request.
SHOWN = ("createdAt", "updatedAt", "createdBy")
#: What responses have within such a field, beside what requests have: a response may be given as it is.
SHOWN_WITHIN = ("updatedAt", "isActive", "podCpu", "podMemory", "remoteApiUrl")


def check_deployment_fields(fields: Mapping[str, Any]) -> None:
    """Refuse a field that no Deployment of this type has, also within another field.

    :param fields: The fields of :func:`add_deployment`.
    :raises TypeError: There is no such field; names the most similar one.
    """
    create = CREATE.get(str(fields.get("type")), CREATE["STANDARD"])
    names = create.names() - {"workspaceId"}
    check_fields("a Deployment", fields, names | {*SHOWN, "status", "workspace_id"})
    create.check_inner_fields(
        "a Deployment", {name: value for name, value in fields.items() if name in names}, SHOWN_WITHIN
    )


def add_deployment(state: State, name: str, workspace_id: str | None = None, **fields: Any) -> str:
    """Add a Deployment; returns its id. See :meth:`astro_provider.emulator.Emulator.add_deployment`."""
    check_deployment_fields(fields)
    workspace = workspace_named(state, workspace_id or FIRST_ID)
    as_shown = {key: fields.pop(key) for key in SHOWN if key in fields}
    status = fields.pop("status", "HEALTHY")
    cluster = state.store.get("cluster", fields["clusterId"]) if "clusterId" in fields else None
    body = {"name": name, "type": "STANDARD", **fields}
    deployment = new_deployment(body, workspace, cluster, state.owner.subject)
    if status == "CREATING":
        state.progress.begin(deployment, lifecycle.CREATION)
    else:
        lifecycle.pin(deployment, status, None)
    state.store.put("deployment", deployment | as_shown)
    return str(deployment["id"])


def set_status(state: State, deployment_id: str, status: str, reason: str | None) -> None:
    """Hold a Deployment's status. See :meth:`astro_provider.emulator.Emulator.set_status`."""
    if status not in STATUSES:
        raise KeyError(status)
    with state.store.lock:
        deployment = stored_deployment(state, deployment_id)
        lifecycle.pin(deployment, status, reason)
        state.store.put("deployment", deployment)


def stored_deployment(state: State, deployment_id: str) -> Document:
    """Return a stored Deployment.

    :param state: The emulator's state.
    :param deployment_id: Its id.
    :raises KeyError: There is none.
    """
    deployment = state.store.get("deployment", deployment_id)
    if deployment is None:
        raise KeyError(deployment_id)
    return deployment


def shown_deployments(state: State) -> list[Document]:
    """Return the Deployments as the API would show them. Looking does not count as a read.

    :param state: The emulator's state.
    """
    with state.store.lock:
        return [shown(look(state, deployment), state) for deployment in state.store.all("deployment")]
