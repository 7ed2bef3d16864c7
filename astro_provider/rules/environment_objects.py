"""What an environment object becomes: what exists and what is wanted give the complete body of a request. Pure.

An update replaces the object. Links, exclusions and overrides that it leaves out may be gone, and so are a connection's
host, login, schema and port: so everything is sent back as the API showed it, but for the one thing that changes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astro_provider.common.suggestions import did_you_mean
from astro_provider.errors import ConfigurationError, RefusedError
from astro_provider.models.environment_objects import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from astro_provider.models.access import Place
    from astro_provider.models.environment_objects import EnvironmentObject, ObjectLink

#: A connection's fields as Airflow writes them, and as the API does.
CONNECTION_FIELDS = {
    "conn_type": "type",
    "host": "host",
    "login": "login",
    "password": "password",
    "schema": "schema",
    "port": "port",
    "extra": "extra",
}
#: Fields that an update keeps if it leaves them out; the API does not show them, or not whole.
_KEPT = ("password", "extra")
NOT_COMPARABLE = "a secret, which cannot be compared with what is stored"


@dataclass(frozen=True)
class Wanted:
    """What a task wants an object to be; what it does not say stays as it is.

    :param value: A variable's value.
    :param connection: A connection's fields, with the API's names.
    :param is_secret: Whether a variable is secret.
    :param links: Ids of Deployments that it has to be linked to.
    :param auto_link: Whether all Deployments of the Workspace are linked to it.
    """

    value: str | None = None
    connection: Mapping[str, Any] | None = None
    is_secret: bool = True
    links: Sequence[str] = ()
    auto_link: bool | None = None


@dataclass(frozen=True)
class ObjectPlan:
    """A request.

    :param body: Its body.
    :param changes: What it changes, in words and without values; empty: nothing.
    """

    body: dict[str, object]
    changes: tuple[str, ...]


def connection_fields(connection: Mapping[str, Any]) -> dict[str, Any]:
    """Return a connection's fields with the API's names.

    :param connection: As Airflow writes one: ``conn_type``, ``host``, ``login``, ``password``, ``schema``, ``port``,
        ``extra``; that as a dict or as JSON.
    :raises ConfigurationError: A field is unknown or cannot be used; values are not repeated.
    """
    fields: dict[str, Any] = {}
    for name, value in connection.items():
        if name not in CONNECTION_FIELDS:
            known = ", ".join(CONNECTION_FIELDS)
            hint = did_you_mean(str(name), CONNECTION_FIELDS)
            raise ConfigurationError(f"connection has no field {name!r}.{hint} Allowed: {known}.")
        fields[CONNECTION_FIELDS[name]] = value
    if fields.get("port") is not None:
        fields["port"] = _port(fields["port"])
    if fields.get("extra") is not None:
        fields["extra"] = _extra(fields["extra"])
    for name in ("type", "host", "login", "password", "schema"):
        if not isinstance(fields.get(name), str | None):
            raise ConfigurationError(f"connection: {name} is of type {type(fields[name]).__name__}; allowed: text.")
    return fields


def _port(value: Any) -> int | None:
    text = str(value).strip()
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ConfigurationError(f"connection: port={value!r} is not a valid port.")
    return int(text)


def _extra(value: Any) -> dict[str, Any] | None:
    if isinstance(value, str):
        if not value.strip():
            return None
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    if not isinstance(value, dict):
        raise ConfigurationError("connection: extra is not a JSON object. Allowed: a dict, or a JSON object as text.")
    return value


def plan_create(key: str, object_type: str, place: Place, wanted: Wanted) -> ObjectPlan:
    """Return the request that creates an object.

    :param key: Its key.
    :param object_type: Its type.
    :param place: Its Workspace or Deployment.
    :param wanted: What it has to be.
    :raises ConfigurationError: It lacks a value or a type.
    """
    if object_type == "CONNECTION":
        part = {name: value for name, value in (wanted.connection or {}).items() if value not in (None, "")}
        if not part.get("type"):
            raise ConfigurationError(
                f"There is no connection {key!r} yet. To create it, set the argument connection, with conn_type in it."
            )
    elif wanted.value is None:
        raise ConfigurationError(
            f"There is no {noun_of(object_type)} {key!r} yet. To create it, set the argument value."
        )
    else:
        part = {"isSecret": wanted.is_secret, "value": wanted.value}
    body: dict[str, object] = {
        "objectKey": key,
        "objectType": object_type,
        "scope": place.type,
        "scopeEntityId": place.id,
        _part_name(object_type): part,
    }
    if place.type == "WORKSPACE":
        body |= {"links": [_link(deployment_id) for deployment_id in wanted.links], "excludeLinks": []}
        body |= {"autoLinkDeployments": bool(wanted.auto_link)}
    linked = [f"linked to Deployment {deployment_id}" for deployment_id in wanted.links]
    return ObjectPlan(body, ("created", *linked, *(["linked to all Deployments"] if wanted.auto_link else [])))


def plan_update(existing: EnvironmentObject, wanted: Wanted) -> ObjectPlan:
    """Return the request that makes an object what is wanted, and leaves everything else as it is.

    :param existing: The object, freshly read.
    :param wanted: What it has to be.
    :raises RefusedError: What would have to change cannot be changed.
    """
    is_connection = existing.object_type == "CONNECTION"
    part, changes = _connection(existing, wanted) if is_connection else _variable(existing, wanted)
    body: dict[str, object] = {_part_name(existing.object_type): part}
    if existing.description:
        body["description"] = existing.description
    if existing.scope == "WORKSPACE":
        links, linked = _links(existing, wanted)
        was = bool(existing.auto_link_deployments)
        auto_link = was if wanted.auto_link is None else wanted.auto_link
        excluded = [
            {"scope": each.scope, "scopeEntityId": each.scope_entity_id} for each in existing.exclude_links or ()
        ]
        body |= {"links": links, "excludeLinks": excluded, "autoLinkDeployments": auto_link}
        changes += linked
        if auto_link is not was:
            changes.append("linked to all Deployments" if auto_link else "no longer linked to all Deployments")
    return ObjectPlan(body, tuple(changes))


def _connection(existing: EnvironmentObject, wanted: Wanted) -> tuple[dict[str, Any], list[str]]:
    shown, said = existing.part, dict(wanted.connection or {})
    was, becomes = str(shown.get("type")), said.pop("type", None)
    if becomes and becomes != was:
        raise RefusedError(
            f"{existing.label} has the type {was!r}, and Astro cannot change that to {becomes!r}. Delete it and run "
            "this task again to create it with the other type."
        )
    part: dict[str, Any] = {"type": was}
    if auth_type := (shown.get("connectionAuthType") or {}).get("id"):
        part["authTypeId"] = auth_type
    part |= {name: shown[name] for name in ("host", "login", "schema", "port") if shown.get(name) is not None}
    changes = []
    for name, value in said.items():
        is_blank = value in (None, "")
        if name in _KEPT and is_blank:
            continue  # like every blank secret: what is stored stays
        if is_blank:
            if part.pop(name, None) not in (None, ""):
                changes.append(f"{name} is cleared")
            continue
        part[name] = value
        changes += [f"{name} ({NOT_COMPARABLE})"] if name == "password" else _differs(existing, name, value)
    return part, changes


def _differs(existing: EnvironmentObject, name: str, value: Any) -> Iterator[str] | list[str]:
    shown = existing.part.get(name)
    if name != "extra":
        return [name] if shown != value else []
    hidden = {field.removeprefix("extra.") for field in existing.set_fields if field.startswith("extra.")} - (
        shown or {}
    ).keys()
    if hidden & value.keys():
        return [f"extra ({NOT_COMPARABLE})"]
    return ["extra"] if (shown or {}) != value or hidden else []


def _variable(existing: EnvironmentObject, wanted: Wanted) -> tuple[dict[str, Any], list[str]]:
    shown = existing.part
    is_secret = bool(shown.get("isSecret"))
    if wanted.value is not None and is_secret != wanted.is_secret:
        raise RefusedError(
            f"{existing.label} is {'a secret' if is_secret else 'not a secret'}, and Astro cannot change that. Pass "
            f"secret={is_secret}, or delete it and run this task again to create it with secret={wanted.is_secret}."
        )
    if is_secret:  # for a secret, a blank value says that the stored one stays
        return {"value": wanted.value or ""}, [f"value ({NOT_COMPARABLE})"] if wanted.value else []
    value = shown.get("value", "") if wanted.value is None else wanted.value
    return {"value": value}, ["value"] if value != shown.get("value") else []


def _links(existing: EnvironmentObject, wanted: Wanted) -> tuple[list[dict[str, object]], list[str]]:
    links = [_echo(existing, link) for link in existing.links or ()]
    linked = {link.scope_entity_id for link in existing.links or ()}
    excluded = {each.scope_entity_id for each in existing.exclude_links or ()}
    new = [deployment_id for deployment_id in dict.fromkeys(wanted.links) if deployment_id not in linked]
    for deployment_id in new:
        if deployment_id in excluded:
            raise RefusedError(
                f"Deployment {deployment_id} is excluded from {existing.label}. Remove the exclusion in Astro first."
            )
    return [*links, *map(_link, new)], [f"linked to Deployment {deployment_id}" for deployment_id in new]


def _echo(existing: EnvironmentObject, link: ObjectLink) -> dict[str, object]:
    """Return a link as it is: its visible overrides have to be sent, while hidden ones stay by themselves."""
    field = PARTS[existing.object_type]
    shown = dict(getattr(link, f"{field}_overrides") or {})
    if existing.part.get("isSecret"):
        shown.pop("value", None)  # shown as blank text, which would replace it
    overrides = {name: value for name, value in shown.items() if value is not None}
    sent: dict[str, object] = {"scope": link.scope, "scopeEntityId": link.scope_entity_id}
    return {**sent, "overrides": {_part_name(existing.object_type): overrides}} if overrides else sent


def _link(deployment_id: str) -> dict[str, object]:
    return {"scope": "DEPLOYMENT", "scopeEntityId": deployment_id}


def noun_of(object_type: str) -> str:
    """Return what a sentence calls an environment object.

    :param object_type: Its type.
    """
    return object_type.replace("_", " ").lower().replace("airflow", "Airflow")


def _part_name(object_type: str) -> str:
    first, *rest = PARTS[object_type].split("_")
    return first + "".join(word.title() for word in rest)
