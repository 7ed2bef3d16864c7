"""Workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.ids import ORGANIZATION_ID, fixed_id, new_id
from astro_provider.emulator.core.moments import moment
from astro_provider.emulator.core.routing import Call, Resource
from astro_provider.emulator.resources.organizations import NAME, OWNER

if TYPE_CHECKING:
    from astro_provider.emulator.state import State

resource = Resource("/organizations/{organizationId}/workspaces")
#: The Workspaces that are there from the beginning; the first is the default of ``add_deployment``.
NAMES = ("Development", "Production")
FIRST_ID = fixed_id(f"workspace/{NAMES[0]}")


@resource.get()
def list_workspaces(call: Call) -> dict[str, Any]:
    """List the Workspaces that the token covers."""
    found = [workspace for workspace in call.state.store.all("workspace") if call.grant.may_see(workspace["id"])]
    return call.page("workspaces", call.matching(found, id="workspaceIds", name="names"))


@resource.get("/{workspaceId}")
def get_workspace(call: Call) -> dict[str, Any]:
    """Show a Workspace."""
    return call.find("workspace", call.path["workspaceId"])


@resource.seeds
def add_first_workspaces(state: State) -> None:
    """Add two Workspaces whose ids are always the same."""
    for name in NAMES:
        add_workspace(state, name, id=fixed_id(f"workspace/{name}"))


def add_workspace(state: State, name: str, **fields: Any) -> str:
    """Add a Workspace; returns its id.

    :param state: The emulator's state.
    :param name: Its name.
    :param fields: Further fields of the API document.
    """
    now = moment()
    workspace = {
        "id": new_id(),
        "name": name,
        "description": "",
        "cicdEnforcedDefault": False,
        "organizationId": ORGANIZATION_ID,
        "organizationName": NAME,
        "createdAt": now,
        "createdBy": OWNER,
        "updatedAt": now,
        "updatedBy": OWNER,
        **fields,
    }
    state.store.put("workspace", workspace)
    return str(workspace["id"])


def workspace_named(state: State, identifier: str) -> dict[str, Any]:
    """Return a Workspace.

    :param state: The emulator's state.
    :param identifier: Its id or its name.
    :raises KeyError: There is none.
    """
    for workspace in state.store.all("workspace"):
        if identifier in (workspace["id"], workspace["name"]):
            return workspace
    raise KeyError(identifier)
