"""What answers the operations on environment objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.ids import ORGANIZATION_ID, new_id
from astro_provider.emulator.core.moments import moment
from astro_provider.emulator.core.problems import Complaint, Problem, check_fields, forbidden, invalid, invalid_fields
from astro_provider.emulator.core.routing import Call, Resource
from astro_provider.emulator.resources.environment_objects.bodies import (
    PARTS,
    CreateObject,
    Exclusion,
    UpdateObject,
)
from astro_provider.emulator.resources.environment_objects.documents import (
    Document,
    resolved,
    shown,
    updated_link,
    updated_part,
)
from astro_provider.emulator.resources.organizations import OWNER

if TYPE_CHECKING:
    from astro_provider.emulator.state import State

_PARTS = ("connection", "environmentVariable", "airflowVariable", "metricsExport")
_HIDDEN = ("value", "password", "basicToken", "extra", "headers")
resource = Resource(
    "/organizations/{organizationId}/environment-objects",
    secrets=[f"{before}{part}.{field}" for part in _PARTS for before in ("", "links.overrides.") for field in _HIDDEN],
)
KIND = "environment_object"
SORTS = ("objectType", "objectKey", "createdAt", "updatedAt")
#: What only a Workspace's object has.
WORKSPACE_ONLY = ("links", "excludeLinks", "autoLinkDeployments")


@resource.get()
def list_objects(call: Call) -> Document:
    """List the objects of one Workspace or Deployment; with ``resolveLinked``, those linked to the Deployment, too."""
    reveal = call.one("showSecrets") == "true"
    if reveal and "environment-secrets" not in call.state.variants:
        raise Problem(403, f"showSecrets on organization {ORGANIZATION_ID} is not allowed")
    workspace_id, deployment_id = call.one("workspaceId"), call.one("deploymentId")
    found = [each for each in call.state.store.all(KIND) if _may(call, each, "get")]
    listed: list[Document] = []
    for each in found:
        if each["scopeEntityId"] in {workspace_id, deployment_id} or workspace_id is deployment_id is None:
            listed.append(shown(each, reveal=reveal))
        elif deployment_id and call.one("resolveLinked") != "false" and _reaches(call, each, deployment_id):
            listed.append(resolved(each, deployment_id, reveal=reveal))
    for field in ("objectType", "objectKey"):
        if wanted := call.one(field):
            listed = [each for each in listed if each[field] == wanted]
    return call.page("environmentObjects", listed, most=None, sorts=SORTS)


@resource.get("/{environmentObjectId}")
def get_object(call: Call) -> Document:
    """Show an object."""
    return shown(_object(call, "get"))


@resource.post()
def create_object(call: Call) -> Document:
    """Make an object; only its id comes back."""
    body = call.body(CreateObject)
    part = PARTS[body["objectType"]]
    if [name for name in _PARTS if name in body] != [part]:
        raise invalid_fields(Complaint(part, "required", "be the only part of its kind"))
    _check_scope(call, body)
    for each in call.state.store.all(KIND):
        if all(each[name] == body[name] for name in ("scopeEntityId", "objectType", "objectKey")):
            raise Problem(409, f"Environment object {body['objectKey']} already exists")
    links = [updated_link(part, body[part], None, link) for link in body.pop("links", [])]
    object_id = add_object(call.state, **body, links=links, createdBy=call.grant.subject)
    return {"id": object_id}


@resource.post("/{environmentObjectId}")
def update_object(call: Call) -> Document:
    """Replace an object; links, exclusions and the automatic link that are left out are gone."""
    stored, body = _object(call, "update"), call.body(UpdateObject)
    part = PARTS[stored["objectType"]]
    if [name for name in _PARTS if name in body] != [part]:
        raise invalid_fields(Complaint(part, "required", "be the only part of its kind"))
    _check_scope(call, {**body, "scope": stored["scope"], "scopeEntityId": stored["scopeEntityId"]})
    own = updated_part(part, stored[part], body[part])
    before = {link["scopeEntityId"]: link for link in stored["links"]}
    links = [updated_link(part, own, before.get(link["scopeEntityId"]), link) for link in body.get("links", [])]
    changed = {
        **stored,
        part: own,
        "links": links,
        "excludeLinks": body.get("excludeLinks", []),
        "autoLinkDeployments": body.get("autoLinkDeployments", False),
        "description": body.get("description", stored["description"]),
        "updatedAt": moment(),
        "updatedBy": call.grant.subject,
    }
    call.state.store.put(KIND, changed)
    return shown(changed)


@resource.delete("/{environmentObjectId}")
def delete_object(call: Call) -> None:
    """Delete an object."""
    call.state.store.delete(KIND, _object(call, "delete")["id"])


@resource.post("/{environmentObjectId}/exclude-linking")
def exclude_link(call: Call) -> str:
    """Never link an object to a Deployment that it is not linked to by name."""
    stored, body = _object(call, "update"), call.body(Exclusion)
    _check_scope(call, {"scope": stored["scope"], "scopeEntityId": stored["scopeEntityId"], "excludeLinks": [body]})
    if any(link["scopeEntityId"] == body["scopeEntityId"] for link in stored["links"]):
        raise Problem(409, "Remove the link before you exclude the deployment")
    if body not in stored["excludeLinks"]:
        stored["excludeLinks"].append(body)
    call.state.store.put(KIND, stored)
    return ""


def add_object(
    state: State,
    objectKey: str,  # noqa: N803  (the API's own word)
    objectType: str,  # noqa: N803
    scope: str,
    scopeEntityId: str,  # noqa: N803
    **fields: Any,
) -> str:
    """Add an environment object; returns its id.

    :param state: The emulator's state.
    :param objectKey: Its key.
    :param objectType: CONNECTION, ENVIRONMENT_VARIABLE, AIRFLOW_VARIABLE or METRICS_EXPORT.
    :param scope: WORKSPACE or DEPLOYMENT.
    :param scopeEntityId: The Workspace's or the Deployment's id.
    :param fields: Its typed part, such as ``connection``, and further fields of the API document.
    """
    now = moment()
    document: Document = {
        "id": new_id(),
        "objectKey": objectKey,
        "objectType": objectType,
        "scope": scope,
        "scopeEntityId": scopeEntityId,
        "description": "",
        "autoLinkDeployments": False,
        "links": [],
        "excludeLinks": [],
        "createdAt": now,
        "createdBy": OWNER,
        "updatedAt": now,
        "updatedBy": OWNER,
    }
    check_fields("an environment object", fields, {*document, *_PARTS})
    document |= fields
    state.store.put(KIND, document)
    return str(document["id"])


def _object(call: Call, verb: str) -> Document:
    document = call.find(KIND, call.path["environmentObjectId"], "Environment object")
    if not _may(call, document, verb):
        raise forbidden(f"{document['scope'].lower()}.envObjects.{verb}")
    return document


def _may(call: Call, document: Document, verb: str) -> bool:
    permission, place = f"{document['scope'].lower()}.envObjects.{verb}", document["scopeEntityId"]
    if document["scope"] == "WORKSPACE":
        return call.grant.allows_at(permission, place)
    deployment = call.state.store.get("deployment", place)
    return call.grant.allows_at(permission, deployment["workspaceId"] if deployment else None, place)


def _reaches(call: Call, document: Document, deployment_id: str) -> bool:
    """Whether a Workspace's object is linked to a Deployment, by name or automatically."""
    deployment = call.state.store.get("deployment", deployment_id)
    if deployment is None or document["scopeEntityId"] != deployment["workspaceId"]:
        return False
    if any(each["scopeEntityId"] == deployment_id for each in document["excludeLinks"]):
        return False
    linked = any(each["scopeEntityId"] == deployment_id for each in document["links"])
    return linked or bool(document["autoLinkDeployments"])


def _check_scope(call: Call, body: Document) -> None:
    """Refuse a place that there is not, and links that an object of a Deployment cannot have."""
    kind, place = body["scope"].lower(), body["scopeEntityId"]
    if call.state.store.get(kind, place) is None:
        raise invalid_fields(Complaint("scopeEntityId", "exists", f"be a {body['scope'].title()} that exists"))
    if not _may(call, body, "create"):
        raise forbidden(f"{kind}.envObjects.create")
    if kind == "deployment" and any(body.get(name) for name in WORKSPACE_ONLY):
        raise invalid(f"{', '.join(WORKSPACE_ONLY)} are for objects of a Workspace")
    for name in ("links", "excludeLinks"):
        for number, link in enumerate(body.get(name) or []):
            deployment = call.state.store.get("deployment", link["scopeEntityId"])
            if deployment is None or deployment["workspaceId"] != place:
                field = f"{name}[{number}].scopeEntityId"
                raise invalid_fields(Complaint(field, "exists", "be a Deployment of the Workspace"))
