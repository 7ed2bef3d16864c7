"""What answers the operations on API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.emulator.core.moments import moment
from astro_provider.emulator.core.permissions import ORGANIZATION_ROLES, WORKSPACE_ROLES
from astro_provider.emulator.core.problems import Complaint, forbidden, invalid, invalid_fields
from astro_provider.emulator.core.roles import dag_role, deployment_role, need_role, roles_as_lists, workspace_of
from astro_provider.emulator.core.routing import Call, Resource
from astro_provider.emulator.core.tokens import fingerprint
from astro_provider.emulator.resources.api_tokens.bodies import CreateToken, TokenRoles, UpdateToken
from astro_provider.emulator.resources.api_tokens.documents import Document, new_token, rotated, shown
from astro_provider.emulator.resources.organizations import OWNER

if TYPE_CHECKING:
    from astro_provider.emulator.state import State

resource = Resource("/organizations/{organizationId}/tokens")
SORTS = ("name", "description", "createdAt", "updatedAt", "tokenStartAt")


@resource.get()
def list_tokens(call: Call) -> Document:
    """List the API tokens that the token may see: of every scope, or with a role in one Workspace or Deployment."""
    found = [token for token in call.state.store.all("api_token") if _may(call, token, "get")]
    for field in ("workspaceId", "deploymentId"):
        if place := call.one(field):
            found = [token for token in found if any(role["entityId"] == place for role in token["roles"])]
    if call.one("includeOnlyOrganizationTokens") == "true":
        found = [token for token in found if token["scope"] == "ORGANIZATION"]
    if kind := call.one("kind", ("STANDARD", "DIRECT_ACCESS")):
        found = [token for token in found if token["kind"] == kind]
    page = call.page("tokens", found, sorts=SORTS)
    page["tokens"] = [shown(token) for token in page["tokens"]]
    return page


@resource.get("/{tokenId}")
def get_token(call: Call) -> Document:
    """Show a token, without its value."""
    return shown(_token(call, "get"))


@resource.post()
def create_token(call: Call) -> Document:
    """Make a token; its value is shown this once."""
    body = call.body(CreateToken)
    if body["scope"] == "ORGANIZATION":
        body.pop("entityId", None)
    elif not body.get("entityId"):
        raise invalid_fields(Complaint("entityId", "required"))
    body["role"] = _role_for(call, "role", body["scope"], body.get("entityId", ""), body["role"])
    _need(call, body["scope"], body.get("entityId", ""), "create")
    document, value = new_token(call.state, body, call.grant.subject)
    call.state.store.put("api_token", document)
    return shown(document, value)


@resource.post("/{tokenId}")
def update_token(call: Call) -> Document:
    """Change a token's name and description."""
    token = _token(call, "update")
    token.update(call.body(UpdateToken), updatedAt=moment(), updatedBy=call.grant.subject)
    call.state.store.put("api_token", token)
    return shown(token)


@resource.post("/{tokenId}/roles")
def set_token_roles(call: Call) -> Document:
    """Give a token these roles, and no other."""
    token = _token(call, "update")
    entries = call.body(TokenRoles)["roles"]
    _check_roles(call, token, entries)
    before, after = ({_place_of(role): role["role"] for role in roles} for roles in (token["roles"], entries))
    for place in before.keys() | after.keys():
        if before.get(place) != after.get(place):
            kind, entity_id, deployment_id = place
            _need(call, kind, deployment_id or entity_id, "update")
    token.update(roles=entries, updatedAt=moment(), updatedBy=call.grant.subject)
    call.state.store.put("api_token", token)
    return roles_as_lists(entries)


@resource.post("/{tokenId}/rotate")
def rotate_token(call: Call) -> Document:
    """Give a token a new value, which is shown this once; the old one ends at once."""
    token = _token(call, "rotate")
    value = rotated(call.state, token, call.grant.subject)
    call.state.store.put("api_token", token)
    return shown(token, value)


@resource.delete("/{tokenId}")
def delete_token(call: Call) -> None:
    """Delete a token; its value ends at once."""
    call.state.store.delete("api_token", _token(call, "delete")["id"])


@resource.seeds
def add_owners_token(state: State) -> None:
    """Add the owner's token."""
    body = {"name": "emulator", "role": "ORGANIZATION_OWNER", "scope": "ORGANIZATION"}
    document, _ = new_token(state, body, OWNER, state.owner.token_id)
    document["_fingerprint"] = fingerprint(state.token)
    state.store.put("api_token", document)


def _token(call: Call, verb: str) -> Document:
    token = call.find("api_token", call.path["tokenId"], "API token")
    if not _may(call, token, verb):
        raise forbidden(_permission(token["scope"], verb))
    return token


def _permission(scope: str, verb: str) -> str:
    return f"{'deployment' if scope.startswith('DAG') else scope.lower()}.apiTokens.{verb}"


def _may(call: Call, token: Document, verb: str) -> bool:
    if token["id"] == call.grant.token_id and verb == "get":
        return "tokens-cannot-read-themselves" not in call.state.variants
    return _allowed(call, token["scope"], token["_entityId"], verb)


def _allowed(call: Call, scope: str, place: str, verb: str) -> bool:
    if scope == "ORGANIZATION":
        return call.grant.is_owner
    if scope == "WORKSPACE":
        return call.grant.allows_at(_permission(scope, verb), place)
    deployment = call.state.store.get("deployment", place)
    workspace_id = deployment["workspaceId"] if deployment else None
    return call.grant.allows_at(_permission(scope, verb), workspace_id, place)


def _need(call: Call, scope: str, place: str, verb: str) -> None:
    if not _allowed(call, scope, place, verb):
        raise forbidden(_permission(scope, verb))


def _role_for(call: Call, field: str, scope: str, place: str, role: str) -> str:
    """Return a role in the API's spelling, if it is one for a place that there is."""
    store = call.state.store
    if scope == "DEPLOYMENT":
        workspace_of(store, "entityId", place)
        return deployment_role(store, field, role)
    need_role(field, role.upper(), ORGANIZATION_ROLES if scope == "ORGANIZATION" else WORKSPACE_ROLES)
    if scope == "WORKSPACE" and store.get("workspace", place) is None:
        raise invalid_fields(Complaint("entityId", "exists", "be a Workspace that exists"))
    return role.upper()


def _check_roles(call: Call, token: Document, entries: list[Document]) -> None:
    """Refuse roles that a token of its scope cannot have: it keeps one of its own scope, and none above that."""
    places = [_place_of(entry) for entry in entries]
    if len(set(places)) < len(places):
        raise invalid("a token has at most one role for each entity")
    scope = token["scope"]
    if scope != "ORGANIZATION" and any(entry["entityType"] == "ORGANIZATION" for entry in entries):
        raise invalid(f"a {scope.title()} token has no Organization role")
    if scope == "DEPLOYMENT" and any(entry["entityType"] == "WORKSPACE" for entry in entries):
        raise invalid("a Deployment token has no Workspace role")
    own = [entry for entry in entries if (entry["entityType"], entry["entityId"]) == (scope, token["_entityId"])]
    if len(own) != 1 or (sum(entry["entityType"] == scope for entry in entries) > 1 and scope != "DEPLOYMENT"):
        raise invalid(f"a token of the scope {scope} keeps exactly one role of that scope")
    for number, entry in enumerate(entries):
        field, store = f"roles[{number}]", call.state.store
        if not entry["entityType"].startswith("DAG"):
            entry["role"] = _role_for(call, f"{field}.role", entry["entityType"], entry["entityId"], entry["role"])
        elif not entry.get("deploymentId"):
            raise invalid_fields(Complaint(f"{field}.deploymentId", "required"))
        else:
            workspace_of(store, f"{field}.deploymentId", entry["deploymentId"])
            entry["role"] = dag_role(store, f"{field}.role", entry["role"])


def _place_of(role: Document) -> tuple[str, str, str | None]:
    return role["entityType"], role["entityId"], role.get("deploymentId")
