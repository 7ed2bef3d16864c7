"""Custom roles, and Astro's own beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from astro_provider.emulator.core.bodies import Body, Text
from astro_provider.emulator.core.ids import new_id
from astro_provider.emulator.core.moments import moment
from astro_provider.emulator.core.permissions import PERMISSIONS
from astro_provider.emulator.core.problems import Complaint, check_fields, invalid, invalid_fields
from astro_provider.emulator.core.routing import Call, Resource
from astro_provider.emulator.resources.organizations import OWNER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from astro_provider.emulator.state import State

    Document = dict[str, Any]

resource = Resource("/organizations/{organizationId}/roles")
SORTS = ("name", "scopeType", "description", "createdAt", "updatedAt")
Permissions = Annotated[list[Text], Field(min_length=1)]


class CreateRole(Body):
    """A new custom role."""

    name: Text
    scope_type: Literal["DEPLOYMENT", "DAG"]
    permissions: Permissions
    description: str | None = None
    restricted_workspace_ids: list[Text] | None = None


class UpdateRole(Body):
    """A custom role's name and permissions; what it is for cannot be changed."""

    name: Text
    permissions: Permissions
    description: str | None = None
    restricted_workspace_ids: list[Text] | None = None


@resource.get()
def list_roles(call: Call) -> Document:
    """List the custom roles; with ``includeDefaultRoles``, Astro's own stand beside them, on no page."""
    scopes = call.all("scopeTypes")
    found = [role for role in call.state.store.all("role") if not scopes or role["scopeType"] in scopes]
    page = call.page("roles", found, most=None, sorts=SORTS)
    page["roles"] = [{name: value for name, value in role.items() if name != "permissions"} for role in page["roles"]]
    if call.one("includeDefaultRoles") == "true":
        page["defaultRoles"] = [role for role in default_roles() if not scopes or role["scopeType"] in scopes]
    return page


@resource.get("/{roleId}")
def get_role(call: Call) -> Document:
    """Show a custom role with its permissions."""
    return call.find("role", call.path["roleId"])


@resource.post()
def create_role(call: Call) -> Document:
    """Make a custom role."""
    body = call.body(CreateRole)
    _check_name(call, body["name"])
    role_id = add_role(call.state, body.pop("name"), **body, createdBy=call.grant.subject)
    return call.find("role", role_id)


@resource.post("/{customRoleId}")
def update_role(call: Call) -> Document:
    """Replace a custom role's name and permissions."""
    role = call.find("role", call.path["customRoleId"])
    body = call.body(UpdateRole)
    _check_name(call, body["name"], role["id"])
    role.update(body, updatedAt=moment(), updatedBy=call.grant.subject)
    call.state.store.put("role", role)
    return role


@resource.delete("/{customRoleId}")
def delete_role(call: Call) -> None:
    """Delete a custom role that nobody has."""
    role, store = call.find("role", call.path["customRoleId"]), call.state.store
    subjects = [*store.all("user"), *store.all("team")]
    used = [each["role"] for subject in subjects for each in (*subject["deploymentRoles"], *subject["dagRoles"])]
    used += [each["role"] for token in store.all("api_token") for each in token["roles"]]
    if role["name"] in used:
        raise invalid(f"Role {role['name']} is assigned")
    store.delete("role", role["id"])


def add_role(
    state: State,
    name: str,
    permissions: Iterable[str] = ("deployment.get",),
    scopeType: str = "DEPLOYMENT",  # noqa: N803  (the API's own word)
    **fields: Any,
) -> str:
    """Add a custom role; returns its id.

    :param state: The emulator's state.
    :param name: Its name.
    :param permissions: What it permits.
    :param scopeType: What it is for: DEPLOYMENT or DAG.
    :param fields: Further fields of the API document.
    """
    now = moment()
    role: Document = {
        "id": new_id(),
        "name": name,
        "description": "",
        "scopeType": scopeType,
        "permissions": list(permissions),
        "restrictedWorkspaceIds": [],
        "createdAt": now,
        "createdBy": OWNER,
        "updatedAt": now,
        "updatedBy": OWNER,
    }
    check_fields("a role", fields, role)
    role |= fields
    state.store.put("role", role)
    return str(role["id"])


def default_roles() -> list[Document]:
    """Return Astro's own roles; each has a description, which Astro's CLI relies on."""
    roles = []
    for name, permissions in PERMISSIONS.items():
        scope, _, rest = name.partition("_")
        text = f"{scope.title()} {rest.replace('_', ' ').title()}"
        roles.append({"name": name, "description": text, "scopeType": scope, "permissions": list(permissions)})
    return roles


def _check_name(call: Call, name: str, own_id: str = "") -> None:
    taken = {role["name"].lower() for role in call.state.store.all("role") if role["id"] != own_id}
    if name.lower() in taken | {known.lower() for known in PERMISSIONS}:
        raise invalid_fields(Complaint("name", "unique", "be a name that no other role has"))
