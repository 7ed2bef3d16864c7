"""Variables: in clear in Airflow 2, masked by name in Airflow 3."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, field_validator

from astro_provider.emulator.airflow.bodies import AirflowBody
from astro_provider.emulator.airflow.bulk import Kind, run_bulk
from astro_provider.emulator.airflow.masks import masked, refuse_fixed
from astro_provider.emulator.airflow.pages import limit_and_offset, matches_pattern, order_of, ordered
from astro_provider.emulator.airflow.problems import Refusal, missing
from astro_provider.emulator.airflow.redaction import Masker, known_passwords
from astro_provider.emulator.airflow.routing import OPERATOR, AirflowCall, Reply, Routes

if TYPE_CHECKING:
    from astro_provider.emulator.airflow.metadata import Document

routes = Routes(secrets=["value", "actions.entities.value"], read=OPERATOR, write=OPERATOR)
_WRONG = "Invalid Variable schema"
_ORDERS = {2: {"key": "key", "value": "value"}, 3: {name: name for name in ("key", "description")}}


class Variable2(AirflowBody):
    """A variable; Airflow 2 takes only text."""

    key: str
    value: str
    description: str | None = None


class Variable3(AirflowBody):
    """A variable; what is not text is stored as JSON."""

    key: Annotated[str, Field(max_length=250)]
    value: Any
    description: str | None = None
    team_name: None = None

    @field_validator("value")
    @classmethod
    def _as_text(cls, value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value, indent=2)


@routes.on("GET", "/variables", "limit offset order_by")
def list_variables(call: AirflowCall) -> Document:
    """List variables."""
    limit, offset = limit_and_offset(call)
    pattern = call.one("variable_key_pattern") if call.is_v2 else None
    found = [each for each in call.metadata.all("variable") if pattern is None or matches_pattern(pattern, each["key"])]
    page = ordered(found, order_of(call), _ORDERS[call.line.major])[offset : offset + limit]
    return {"variables": [_shown(call, each) for each in page], "total_entries": len(found)}


@routes.on("POST", "/variables")
def create_variable(call: AirflowCall) -> Reply | Document:
    """Create a variable; in Airflow 2 this replaces one that is there."""
    body = call.body(Variable3 if call.is_v2 else Variable2, _WRONG)
    if not call.is_v2:
        store_variable(call, body)
        return body
    if call.metadata.get("variable", body["key"]) is not None:
        raise Refusal(409, v2=f"The Variable with key: `{body['key']}` already exists")
    return Reply(_shown(call, store_variable(call, body)), call.line.created)


@routes.on("PATCH", "/variables", majors=(3,))
def change_variables(call: AirflowCall) -> Document:
    """Create, update and delete variables."""

    def update(body: Document, mask: list[str]) -> None:
        _update(call, _find(call, body["key"]), body, mask)

    kind = Kind(
        "variables",
        "keys",
        "key",
        exists=lambda key: call.metadata.get("variable", key) is not None,
        create=lambda body: store_variable(call, body),
        overwrite=lambda body: store_variable(call, body),
        update=update,
        delete=lambda key: call.metadata.delete("variable", key),
    )
    return run_bulk(call, kind, Variable3)


@routes.on("GET", "/variables/{variable_key:path}")
def get_variable(call: AirflowCall) -> Document:
    """Show a variable."""
    return _shown(call, _find(call, _key(call)))


@routes.on("PATCH", "/variables/{variable_key:path}", "update_mask")
def change_variable(call: AirflowCall) -> Document:
    """Update a variable. A mask that is sent is stored: nothing is put back."""
    body = call.body(Variable3 if call.is_v2 else Variable2, _WRONG)
    key = _key(call)
    if body["key"] != key:
        two = ("Invalid post body", "key from request body doesn't match uri parameter")
        raise Refusal(400, two, "Invalid body, key from request body doesn't match uri parameter")
    return _shown(call, _update(call, _find(call, key), body, call.all("update_mask")))


@routes.on("DELETE", "/variables/{variable_key:path}")
def delete_variable(call: AirflowCall) -> None:
    """Delete a variable."""
    found = _find(call, _key(call), detail=None)
    call.metadata.delete("variable", found["key"])


def store_variable(call: AirflowCall, body: Document, stored: Document | None = None) -> Document:
    """Store a variable.

    :param call: The call.
    :param body: Its fields.
    :param stored: What to change; ``None``: all fields are replaced.
    """
    document: Document = {"description": None} if stored is None else stored
    document |= {name: value for name, value in body.items() if name != "team_name"}
    return call.metadata.put("variable", document["key"], document)


def _update(call: AirflowCall, stored: Document, body: Document, mask: list[str]) -> Document:
    refuse_fixed(call, "key", mask)
    return store_variable(call, masked(call, body, "key", mask), stored)


def _key(call: AirflowCall) -> str:
    """Return the key in the path; Airflow 2's web server drops a slash at its beginning."""
    key = call.path["variable_key"]
    return key if call.is_v2 else key.lstrip("/")


def _find(call: AirflowCall, key: str, detail: str | None = "Variable does not exist") -> Document:
    found = call.metadata.get("variable", key)
    if found is None:
        raise missing("Variable", detail, f"The Variable with key: `{key}` was not found")
    return found


def _shown(call: AirflowCall, stored: Document) -> Document:
    shown = {name: stored[name] for name in ("key", "value", "description")}
    if not call.is_v2:
        return shown
    masker = Masker(3, known_passwords(call.metadata))
    try:
        shown["value"] = json.dumps(masker.redact(json.loads(stored["value"]), stored["key"]))
    except ValueError:
        shown["value"] = masker.redact(stored["value"], stored["key"])
    return {**shown, "is_encrypted": True, "team_name": None}
