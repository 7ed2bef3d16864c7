"""Roles of users, Teams and API tokens: request bodies, full replacement, and who may change which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator

from astro_provider.emulator.core.bodies import Body, Text
from astro_provider.emulator.core.permissions import (
    DAG_ROLES,
    DEPLOYMENT_ROLES,
    ORGANIZATION_ROLES,
    WORKSPACE_ROLES,
)
from astro_provider.emulator.core.problems import Complaint, Problem, forbidden, invalid, invalid_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from astro_provider.emulator.core.routing import Call
    from astro_provider.emulator.core.store import Store

    Document = dict[str, Any]

#: The lists of a subject's roles by what they are for, and the fields that tell one entry's place from another's.
PLACES: dict[str, tuple[str, ...]] = {
    "workspaceRoles": ("workspaceId",),
    "deploymentRoles": ("deploymentId",),
    "dagRoles": ("deploymentId", "dagId", "dagTag"),
}


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


#: Astro's own roles: the API ignores their case and answers its own spelling.
RoleName = Annotated[Text, BeforeValidator(_upper)]


class WorkspaceRole(Body):
    """A role in a Workspace."""

    role: RoleName
    workspace_id: Text


class DeploymentRole(Body):
    """A role in a Deployment; the name may be that of a custom role."""

    role: Text
    deployment_id: Text


class DagRole(Body):
    """A role for one DAG, or for those with a tag."""

    role: Text
    deployment_id: Text
    dag_id: str | None = None
    dag_tag: str | None = None


class UserRoles(Body):
    """All roles of a user; what is left out is removed."""

    organization_role: RoleName | None = None
    workspace_roles: list[WorkspaceRole] | None = None
    deployment_roles: list[DeploymentRole] | None = None
    dag_roles: list[DagRole] | None = None


class TeamRoles(UserRoles):
    """All roles of a Team; what is left out is removed."""

    organization_role: RoleName


def roles_of(document: Document) -> Document:
    """Return the roles of a user or a Team as the API shows them; an empty list is left out.

    :param document: The stored user or Team.
    """
    return {name: document[name] for name in ("organizationRole", *PLACES) if document.get(name)}


def replace_roles(call: Call, document: Document, body: Document) -> Document:
    """Give a user or a Team the roles of a body, and no other; returns them as the API shows them.

    :param call: The call.
    :param document: The stored user or Team, changed in place.
    :param body: The body, checked.
    :raises Problem: There is no such place or role (400), or the token may not make this change (403).
    """
    if not body.get("organizationRole"):
        raise invalid("workspaceRoles, deploymentRoles and dagRoles require also specifying an organizationRole")
    need_role("organizationRole", body["organizationRole"], ORGANIZATION_ROLES)
    wanted = {"organizationRole": body["organizationRole"], **{name: _read(call, name, body) for name in PLACES}}
    wanted["workspaceRoles"] = _with_accessors(call.state.store, wanted)
    _need_rights(call, document, wanted)
    if document["organizationRole"] == "ORGANIZATION_OWNER" != wanted["organizationRole"]:
        need_another_owner(call.state.store, document)
    document.update(wanted)
    return roles_of(document)


def need_role(field: str, role: str, known: Iterable[str]) -> None:
    """Refuse a role that there is not.

    :param field: The field.
    :param role: The role.
    :param known: The roles that there are.
    """
    if role not in known:
        raise invalid_fields(Complaint(field, "oneof", f"be one of {', '.join(known)}"))


def need_another_owner(store: Store, document: Document) -> None:
    """Refuse to take the Organization's last Owner away.

    :param store: The store.
    :param document: The user or Team that would no longer be one.
    :raises Problem: There would be none left.
    """
    subjects = [*store.all("user"), *store.all("team")]
    owners = {each["id"] for each in subjects if each.get("organizationRole") == "ORGANIZATION_OWNER"}
    if owners <= {document["id"]}:
        raise invalid("There must be at least 1 Organization Owner")


def deployment_role(store: Store, field: str, role: str) -> str:
    """Return a role for a Deployment in the API's spelling.

    :param store: The store.
    :param field: The field.
    :param role: One of Astro's own, or a custom role's name, in any case.
    :raises Problem: There is none.
    """
    custom = [each["name"] for each in store.all("role") if each["scopeType"] == "DEPLOYMENT"]
    return _spelled(field, role, [*DEPLOYMENT_ROLES, *custom])


def dag_role(store: Store, field: str, role: str) -> str:
    """Return a role for DAGs in the API's spelling.

    :param store: The store.
    :param field: The field.
    :param role: One of Astro's own, or a custom role's name, in any case.
    :raises Problem: There is none.
    """
    custom = [each["name"] for each in store.all("role") if each["scopeType"] == "DAG"]
    return _spelled(field, role, [*DAG_ROLES, *custom])


def workspace_of(store: Store, field: str, deployment_id: str) -> str:
    """Return the Workspace that a Deployment is in.

    :param store: The store.
    :param field: The field that names the Deployment.
    :param deployment_id: The Deployment.
    :raises Problem: There is none.
    """
    deployment = store.get("deployment", deployment_id)
    if deployment is None:
        raise invalid_fields(Complaint(field, "exists", "be a Deployment that exists"))
    return str(deployment["workspaceId"])


def _spelled(field: str, role: str, known: list[str]) -> str:
    found = {name.lower(): name for name in known}.get(role.lower())
    if found is None:
        raise invalid_fields(Complaint(field, "oneof", f"be one of {', '.join(known)}"))
    return found


def _read(call: Call, name: str, body: Document) -> list[Document]:
    entries: list[Document] = body.get(name) or []
    store, seen = call.state.store, set()
    for number, entry in enumerate(entries):
        field = f"{name}[{number}]"
        place = tuple(entry.get(key) for key in PLACES[name])
        if place in seen:
            raise invalid_fields(Complaint(field, "unique", "be the only role for its place"))
        seen.add(place)
        if name == "workspaceRoles":
            need_role(f"{field}.role", entry["role"], WORKSPACE_ROLES)
            if store.get("workspace", entry["workspaceId"]) is None:
                raise invalid_fields(Complaint(f"{field}.workspaceId", "exists", "be a Workspace that exists"))
            continue
        workspace_of(store, f"{field}.deploymentId", entry["deploymentId"])
        if name == "deploymentRoles":
            entry["role"] = deployment_role(store, f"{field}.role", entry["role"])
        else:
            entry["role"] = dag_role(store, f"{field}.role", entry["role"])
            if ("dagId" in entry) == ("dagTag" in entry):
                raise invalid_fields(Complaint(field, "oneof", "have either dagId or dagTag"))
    return entries


def _with_accessors(store: Store, wanted: Document) -> list[Document]:
    """Add WORKSPACE_ACCESSOR where there is a role in a Deployment and none in its Workspace, as Astro does."""
    known = {entry["workspaceId"] for entry in wanted["workspaceRoles"]}
    added = []
    for entry in wanted["deploymentRoles"]:
        workspace_id = workspace_of(store, "deploymentRoles.deploymentId", entry["deploymentId"])
        if workspace_id not in known:
            known.add(workspace_id)
            added.append({"workspaceId": workspace_id, "role": "WORKSPACE_ACCESSOR"})
    return [*wanted["workspaceRoles"], *added]


def _need_rights(call: Call, document: Document, wanted: Document) -> None:
    """Refuse a change at a place where the token may not change roles; what stays as it is needs no right."""
    organization = f"Not authorized to edit user roles for organization {call.state.organization_id}"
    if document.get("organizationRole") != wanted["organizationRole"] and not call.grant.is_owner:
        raise Problem(403, organization)
    for name, keys in PLACES.items():
        before = {_key(entry, keys): entry["role"] for entry in document.get(name) or []}
        after = {_key(entry, keys): entry["role"] for entry in wanted[name]}
        for key in before.keys() | after.keys():
            if before.get(key) != after.get(key):
                _need_right(call, name, str(key[0]))


def _key(entry: Document, keys: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(entry.get(key) for key in keys)


def _need_right(call: Call, name: str, place: str) -> None:
    if name == "workspaceRoles":
        permission, allowed = "workspace.userRoles.update", call.grant.allows_at("workspace.userRoles.update", place)
    else:
        permission, deployment = "deployment.userRoles.update", call.state.store.get("deployment", place)
        allowed = deployment is None or call.grant.allows_at(permission, deployment["workspaceId"], place)
    if not allowed:
        raise forbidden(permission)


def roles_as_lists(entries: list[Document]) -> Document:
    """Return a token's roles in the form in which the API shows those of users and Teams.

    :param entries: The token's roles.
    """
    shown: Document = {}
    for entry in entries:
        kind, place = entry["entityType"], entry["entityId"]
        if kind == "ORGANIZATION":
            shown["organizationRole"] = entry["role"]
        elif kind in {"WORKSPACE", "DEPLOYMENT"}:
            field = f"{kind.lower()}Id"
            shown.setdefault(f"{kind.lower()}Roles", []).append({field: place, "role": entry["role"]})
        else:
            part = {"deploymentId": entry["deploymentId"], "dagId" if kind == "DAG" else "dagTag": place}
            shown.setdefault("dagRoles", []).append({**part, "role": entry["role"]})
    return shown


def forget_place(store: Store, place: str) -> None:
    """Forget what a Workspace or a Deployment takes with it: its tokens, its environment objects, everybody's roles.

    :param store: The store.
    :param place: Its id.
    """
    _forget_in_tokens(store, place)
    for kind in ("user", "team"):
        for subject in store.all(kind):
            _keep_others(store, kind, subject, PLACES, place)
    for each in store.all("environment_object"):
        if each["scopeEntityId"] == place:
            store.delete("environment_object", each["id"])
        else:
            _keep_others(store, "environment_object", each, ("links", "excludeLinks"), place)


def _forget_in_tokens(store: Store, place: str) -> None:
    for kind in ("api_token", "agent_token"):
        for token in store.all(kind):
            if token["_entityId"] == place:
                store.delete(kind, token["id"])
            elif "roles" in token:
                _keep_others(store, kind, token, ("roles",), place)


def _keep_others(store: Store, kind: str, document: Document, names: Iterable[str], place: str) -> None:
    """Store a document without the entries of its lists that are about a place."""
    left = {name: [entry for entry in document[name] if place not in entry.values()] for name in names}
    if any(left[name] != document[name] for name in left):
        store.put(kind, {**document, **left})
