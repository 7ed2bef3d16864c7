"""Connections: their passwords never come out."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, field_validator

from astro_provider.emulator.airflow.bodies import AirflowBody
from astro_provider.emulator.airflow.bulk import Kind, run_bulk
from astro_provider.emulator.airflow.masks import masked
from astro_provider.emulator.airflow.pages import limit_and_offset, matches_pattern, order_of, ordered
from astro_provider.emulator.airflow.problems import Refusal, crash, missing, refused
from astro_provider.emulator.airflow.redaction import MASK, Masker, known_passwords
from astro_provider.emulator.airflow.routing import OPERATOR, AirflowCall, Reply, Routes

if TYPE_CHECKING:
    from astro_provider.emulator.airflow.metadata import Document

routes = Routes(
    secrets=["password", "extra", "actions.entities.password", "actions.entities.extra"],
    read=OPERATOR,
    write=OPERATOR,
)
FIELDS = ("conn_type", "description", "host", "login", "schema", "port", "password", "extra")
_SHOWN = ("connection_id", "conn_type", "description", "host", "login", "schema", "port")
_ORDERS = {name: name for name in ("connection_id", "conn_type", "description", "host", "port")}
_ID = r"^[\w.-]+$"


class Connection2(AirflowBody):
    """A connection, or what of one to change."""

    connection_id: str = ""
    conn_type: str = ""
    description: str | None = None
    host: str | None = None
    login: str | None = None
    schema_: Annotated[str | None, Field(alias="schema")] = None
    port: int | None = None
    password: str | None = None
    extra: str | None = None


class Connection3(Connection2):
    """A connection; Airflow 3 needs its id and type in every body, and JSON as its extra."""

    connection_id: Annotated[str, Field(max_length=200, pattern=_ID)]
    conn_type: str
    team_name: None = None

    @field_validator("extra")
    @classmethod
    def _check_extra(cls, value: str | None) -> str | None:
        if not value:
            return value if value is None else "{}"
        needed = "The `extra` field must be a valid JSON object (e.g., {'key': 'value'})"
        try:
            is_object = isinstance(json.loads(value), dict)
        except ValueError:
            raise ValueError(f"{needed}, but encountered non-JSON in `extra` field") from None
        if not is_object:
            raise ValueError(needed)
        return value


@routes.on("GET", "/connections", "limit offset order_by")
def list_connections(call: AirflowCall) -> Document:
    """List connections; Airflow 2 leaves passwords and extras out."""
    limit, offset = limit_and_offset(call)
    pattern = call.one("connection_id_pattern") if call.is_v2 else None
    found = [
        each
        for each in call.metadata.all("connection")
        if pattern is None or matches_pattern(pattern, each["connection_id"])
    ]
    page = ordered(found, order_of(call), _ORDERS)[offset : offset + limit]
    shown = [_shown(call, each) if call.is_v2 else {name: each[name] for name in _SHOWN} for each in page]
    return {"connections": shown, "total_entries": len(found)}


@routes.on("POST", "/connections")
def create_connection(call: AirflowCall) -> Reply:
    """Create a connection."""
    body = call.body(Connection3 if call.is_v2 else Connection2)
    if not call.is_v2:
        _check_new_2(body)
    if call.metadata.get("connection", body["connection_id"]) is not None:
        text = f"Connection already exist. ID: {body['connection_id']}"
        raise Refusal(409, (None, text), call.line.unique_violation())
    return Reply(_shown(call, store_connection(call, body)), call.line.created)


@routes.on("PATCH", "/connections", majors=(3,))
def change_connections(call: AirflowCall) -> Document:
    """Create, update and delete connections."""

    def update(body: Document, mask: list[str]) -> None:
        _update(call, _find(call, body["connection_id"]), body, mask)

    kind = Kind(
        "connections",
        "connection_ids",
        "connection_id",
        exists=lambda name: call.metadata.get("connection", name) is not None,
        create=lambda body: store_connection(call, body),
        overwrite=lambda body: store_connection(call, body, _find(call, body["connection_id"])),
        update=update,
        delete=lambda name: call.metadata.delete("connection", name),
    )
    return run_bulk(call, kind, Connection3)


@routes.on("GET", "/connections/{connection_id}")
def get_connection(call: AirflowCall) -> Document:
    """Show a connection."""
    return _shown(call, _find(call, call.path["connection_id"]))


@routes.on("PATCH", "/connections/{connection_id}", "update_mask")
def change_connection(call: AirflowCall) -> Document:
    """Update a connection: the fields that are given."""
    name = call.path["connection_id"]
    body = call.body(Connection3 if call.is_v2 else Connection2)
    if call.is_v2 and body["connection_id"] != name:
        raise Refusal(400, v2="The connection_id in the request body does not match the URL parameter")
    stored = _find(call, name)
    if body.get("connection_id", name) != name:
        raise refused(400, "The connection_id cannot be updated.")
    return _shown(call, _update(call, stored, body, call.all("update_mask")))


@routes.on("DELETE", "/connections/{connection_id}")
def delete_connection(call: AirflowCall) -> None:
    """Delete a connection."""
    call.metadata.delete("connection", _find(call, call.path["connection_id"])["connection_id"])


def store_connection(call: AirflowCall, body: Document, stored: Document | None = None) -> Document:
    """Store a connection as it is given: masks are taken literally.

    :param call: The call.
    :param body: Its fields.
    :param stored: What to write over.
    """
    document: Document = dict.fromkeys(FIELDS) if stored is None else stored
    document |= {name: value for name, value in body.items() if name != "team_name"}
    if not call.is_v2 and document["extra"]:
        _refuse_odd_extra(document["extra"])
    return call.metadata.put("connection", document["connection_id"], document)


def _update(call: AirflowCall, stored: Document, body: Document, mask: list[str]) -> Document:
    changes = masked(call, body, "connection_id", mask)
    if call.is_v2:
        masker = Masker(3)
        if changes.get("password") is not None:
            changes["password"] = masker.merge(changes["password"], stored["password"], "password")
        if changes.get("extra") is not None and stored["extra"] is not None:
            merged = masker.merge(json.loads(changes["extra"]), json.loads(stored["extra"]))
            changes["extra"] = json.dumps(merged)
    return store_connection(call, changes, stored)


def _find(call: AirflowCall, name: str) -> Document:
    found = call.metadata.get("connection", name)
    if found is None:
        text = f"The Connection with connection_id: `{name}` was not found"
        raise missing("Connection", text, text)
    return found


def _check_new_2(body: Document) -> None:
    for name in ("connection_id", "conn_type"):
        if name not in body:
            raise refused(400, str({name: ["Missing data for required field."]}))
    if not re.fullmatch(_ID, body["connection_id"]):
        text = "has to be made of alphanumeric characters, dashes, dots and underscores exclusively"
        raise refused(400, f"The key {body['connection_id']!r} {text}")


def _refuse_odd_extra(extra: str) -> None:
    """Airflow 2 takes any text, but breaks over JSON that is not an object."""
    try:
        read: Any = json.loads(extra)
    except ValueError:
        return
    if not isinstance(read, dict):
        raise crash(2)


def _shown(call: AirflowCall, stored: Document) -> Document:
    shown = {name: stored[name] for name in _SHOWN}
    shown["extra"] = _redacted(call, stored["extra"])
    if call.is_v2:
        shown |= {"password": MASK if stored["password"] else None, "team_name": None}
    return shown


def _redacted(call: AirflowCall, extra: str | None) -> str | None:
    if not extra:
        return extra
    try:
        return json.dumps(Masker(call.line.major, known_passwords(call.metadata)).redact(json.loads(extra)))
    except ValueError:
        return extra  # Airflow 2 has texts here that it does not look into
