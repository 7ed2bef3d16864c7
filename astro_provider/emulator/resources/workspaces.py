"""Workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from astro_provider.emulator.core.bodies import Body, Text
from astro_provider.emulator.core.ids import ORGANIZATION_ID, fixed_id, new_id
from astro_provider.emulator.core.moments import moment
from astro_provider.emulator.core.problems import Complaint, check_fields, invalid, invalid_fields
from astro_provider.emulator.core.roles import forget_place
from astro_provider.emulator.core.routing import Call, Resource
from astro_provider.emulator.resources.organizations import NAME, OWNER

if TYPE_CHECKING:
    from astro_provider.emulator.state import State

resource = Resource("/organizations/{organizationId}/workspaces")
#: The Workspaces that are there from the beginning; the first is the default of ``add_deployment``.
NAMES = ("Development", "Production")
FIRST_ID = fixed_id(f"workspace/{NAMES[0]}")


class CreateWorkspace(Body):
    """A new Workspace; where its Deployments go by default is a cluster, or a provider and a region."""

    name: Annotated[Text, Field(max_length=50)]
    description: str | None = None
    cicd_enforced_default: bool | None = None
    default_cloud_provider: Literal["AWS", "AZURE", "GCP"] | None = None
    default_region: str | None = None
    default_cluster_id: str | None = None


class UpdateWorkspace(CreateWorkspace):
    """All of a Workspace's settings; a default place that is left out is no longer one."""

    description: str
    cicd_enforced_default: bool


@resource.get()
def list_workspaces(call: Call) -> dict[str, Any]:
    """List the Workspaces that the token covers."""
    found = [workspace for workspace in call.state.store.all("workspace") if call.grant.may_see(workspace["id"])]
    return call.page("workspaces", call.matching(found, id="workspaceIds", name="names"))


@resource.get("/{workspaceId}")
def get_workspace(call: Call) -> dict[str, Any]:
    """Show a Workspace."""
    return call.find("workspace", call.path["workspaceId"])


@resource.post()
def create_workspace(call: Call) -> dict[str, Any]:
    """Make a Workspace; several may have the same name."""
    body = call.body(CreateWorkspace)
    _check_place(call, body)
    workspace_id = add_workspace(
        call.state, body.pop("name"), **body, createdBy=call.grant.subject, updatedBy=call.grant.subject
    )
    return call.find("workspace", workspace_id)


@resource.post("/{workspaceId}")
def update_workspace(call: Call) -> dict[str, Any]:
    """Replace a Workspace's settings."""
    stored = call.find("workspace", call.path["workspaceId"])
    body = call.body(UpdateWorkspace)
    _check_place(call, body)
    kept = {name: value for name, value in stored.items() if not name.startswith("default")}
    workspace = {**kept, **body, "updatedAt": moment(), "updatedBy": call.grant.subject}
    call.state.store.put("workspace", workspace)
    return workspace


@resource.delete("/{workspaceId}")
def delete_workspace(call: Call) -> None:
    """Delete a Workspace that has no Deployments, with its tokens and everybody's roles in it."""
    workspace_id, store = call.find("workspace", call.path["workspaceId"])["id"], call.state.store
    held = [each["name"] for each in store.all("deployment") if each["workspaceId"] == workspace_id]
    if held:
        raise invalid(f"Workspace {workspace_id} cannot be deleted while it has Deployments ({len(held)})")
    forget_place(store, workspace_id)
    store.delete("workspace", workspace_id)


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
    workspace: dict[str, Any] = {
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
    }
    check_fields("a Workspace", fields, workspace.keys() | CreateWorkspace.names())
    workspace |= fields
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


def _check_place(call: Call, body: dict[str, Any]) -> None:
    provider, region = body.get("defaultCloudProvider"), body.get("defaultRegion")
    if (provider is None) != (region is None):
        missing = "defaultRegion" if region is None else "defaultCloudProvider"
        raise invalid_fields(Complaint(missing, "required"))
    cluster_id = body.get("defaultClusterId")
    if cluster_id and provider:
        raise invalid("defaultClusterId excludes defaultCloudProvider and defaultRegion")
    if cluster_id and call.state.store.get("cluster", cluster_id) is None:
        raise invalid_fields(Complaint("defaultClusterId", "exists", "be a cluster that exists"))
