"""Pools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AliasChoices, Field

from astro_provider.emulator.airflow.bodies import AirflowBody
from astro_provider.emulator.airflow.bulk import Kind, run_bulk
from astro_provider.emulator.airflow.pages import limit_and_offset, matches_pattern, order_of, ordered
from astro_provider.emulator.airflow.problems import Refusal, refused
from astro_provider.emulator.airflow.routing import OPERATOR, AirflowCall, Reply, Routes

if TYPE_CHECKING:
    from astro_provider.emulator.airflow.metadata import Document, Metadata

routes = Routes(write=OPERATOR)
DEFAULT = "default_pool"
_FIELDS = ("name", "slots", "description", "include_deferred")
_COUNTS = ("occupied_slots", "running_slots", "queued_slots", "scheduled_slots", "deferred_slots")
_ORDERS = {2: {"name": "name", "slots": "slots"}, 3: {"name": "name", "pool": "name"}}
_ONLY_SLOTS = "Only slots and included_deferred can be modified on Default Pool"


class Pool2(AirflowBody):
    """A pool, or what of one to change."""

    name: str = ""
    slots: int = 0
    description: str | None = None
    include_deferred: bool = False


class Pool3(AirflowBody):
    """A pool."""

    name: Annotated[str, Field(max_length=256)]
    slots: Annotated[int, Field(ge=-1)]
    description: str | None = None
    include_deferred: bool = False
    team_name: None = None


class PoolPatch3(AirflowBody):
    """What of a pool to change. Airflow takes its name by the name of its column, too, and documents only that."""

    name: str | None = Field(default=None, validation_alias=AliasChoices("name", "pool"))
    slots: Annotated[int, Field(ge=-1)] | None = None
    description: str | None = None
    include_deferred: bool | None = None
    team_name: None = None


@routes.on("GET", "/pools", "limit offset order_by")
def list_pools(call: AirflowCall) -> Document:
    """List pools."""
    limit, offset = limit_and_offset(call)
    pattern = call.one("pool_name_pattern") if call.is_v2 else None
    found = [each for each in all_pools(call.metadata) if pattern is None or matches_pattern(pattern, each["name"])]
    page = ordered(found, order_of(call), _ORDERS[call.line.major])[offset : offset + limit]
    return {"pools": [_shown(call, each) for each in page], "total_entries": len(found)}


@routes.on("POST", "/pools")
def create_pool(call: AirflowCall) -> Reply:
    """Create a pool."""
    body = call.body(Pool3) if call.is_v2 else _read_2(call)
    if call.metadata.get("pool", body["name"]) is not None or body["name"] == DEFAULT:
        raise Refusal(409, (None, f"Pool: {body['name']} already exists"), call.line.unique_violation())
    return Reply(_shown(call, _store(call, body, {})), call.line.created)


@routes.on("PATCH", "/pools", majors=(3,))
def change_pools(call: AirflowCall) -> Document:
    """Create, update and delete pools."""

    def update(body: Document, mask: list[str]) -> None:
        _update_3(call, _find(call, body["name"]), body, mask)

    kind = Kind(
        "pools",
        "pool names",
        "name",
        exists=lambda name: any(each["name"] == name for each in all_pools(call.metadata)),
        create=lambda body: _store(call, body, {}),
        overwrite=lambda body: _store(call, body, _find(call, body["name"])),
        update=update,
        delete=lambda name: call.metadata.delete("pool", name),
    )
    return run_bulk(call, kind, Pool3)


@routes.on("GET", "/pools/{pool_name}", majors=(2,))
@routes.on("GET", "/pools/{pool_name:path}", majors=(3,))
def get_pool(call: AirflowCall) -> Document:
    """Show a pool."""
    return _shown(call, _find(call, call.path["pool_name"]))


@routes.on("PATCH", "/pools/{pool_name}", "update_mask", majors=(2,))
def change_pool_2(call: AirflowCall) -> Document:
    """Update a pool; the default pool may be called by its own name only."""
    name, mask = call.path["pool_name"], [part.strip() for part in call.all("update_mask")]
    given = call.raw if isinstance(call.raw, dict) else {}
    only_slots = bool(mask) and set(mask) <= {"slots", "include_deferred"}
    if name == DEFAULT and given.get("name") != DEFAULT and not only_slots:
        raise refused(400, "Default Pool's name can't be modified")
    stored = _find(call, name)
    body = _read_2(call, needed=not mask)
    # Airflow 2 fills in what is left out before it looks at the mask.
    body = {"include_deferred": False, **body}
    for field in mask:
        if field not in _FIELDS:
            raise refused(400, f"Invalid field: {field} in update mask")
    return _shown(call, _store(call, {field: body[field] for field in mask or body if field in body}, stored))


@routes.on("PATCH", "/pools/{pool_name:path}", majors=(3,))
def change_pool_3(call: AirflowCall) -> Document:
    """Update a pool: a mask does not make the other fields optional."""
    name = call.path["pool_name"]
    body = call.body(PoolPatch3)
    if body.get("name") and body["name"] != name:
        raise Refusal(400, v2="Invalid body, pool name from request body doesn't match uri parameter")
    return _shown(call, _update_3(call, _find(call, name), body, call.all("update_mask")))


@routes.on("DELETE", "/pools/{pool_name}", majors=(2,))
@routes.on("DELETE", "/pools/{pool_name:path}", majors=(3,))
def delete_pool(call: AirflowCall) -> None:
    """Delete a pool; the default one stays."""
    if call.path["pool_name"] == DEFAULT:
        raise refused(400, "Default Pool can't be deleted")
    call.metadata.delete("pool", _find(call, call.path["pool_name"])["name"])


def all_pools(metadata: Metadata) -> list[Document]:
    """Return all pools; the default pool is there from the beginning.

    :param metadata: The Airflow's metadata.
    """
    if metadata.get("counter", "pool") is None:
        metadata.number("pool")
        default = {"name": DEFAULT, "slots": 128, "description": "Default pool", "include_deferred": False}
        metadata.put("pool", DEFAULT, default)
    return metadata.all("pool")


def _read_2(call: AirflowCall, *, needed: bool = True) -> Document:
    given = call.raw if isinstance(call.raw, dict) else {}
    for name in (*_COUNTS, "open_slots"):
        if name in given:
            raise refused(400, f"Property is read-only - '{name}'")
    lacking = sorted({"name", "slots"} - given.keys())
    if needed and lacking:
        raise refused(400, f"Missing required property(ies): {lacking}")
    return call.body(Pool2)


def _update_3(call: AirflowCall, stored: Document, body: Document, mask: list[str]) -> Document:
    if stored["name"] == DEFAULT:
        if not mask or not set(mask) <= {"slots", "include_deferred"}:
            raise Refusal(400, v2=_ONLY_SLOTS)
    else:
        _need_all(body)
    return _store(call, {name: value for name, value in body.items() if not mask or name in mask}, stored)


def _need_all(body: Document) -> None:
    given = {"pool" if name == "name" else name: value for name, value in body.items()}
    lacking = [name for name in ("pool", "slots", "include_deferred") if given.get(name) is None]
    if lacking:
        about = {"msg": "Field required", "input": given, "url": "https://errors.pydantic.dev/2/v/missing"}
        raise Refusal(422, v2=[{"type": "missing", "loc": [name], **about} for name in lacking])


def _store(call: AirflowCall, body: Document, stored: Document) -> Document:
    document = {"description": None, "include_deferred": False, **stored}
    document |= {name: value for name, value in body.items() if name in _FIELDS}
    if stored and stored["name"] != document["name"]:
        call.metadata.delete("pool", stored["name"])
    return call.metadata.put("pool", document["name"], document)


def _find(call: AirflowCall, name: str) -> Document:
    all_pools(call.metadata)
    found = call.metadata.get("pool", name)
    if found is None:
        two = f"Pool with name:'{name}' not found"
        raise Refusal(404, (None, two), f"The Pool with name: `{name}` was not found")
    return found


def _shown(call: AirflowCall, stored: Document) -> Document:
    if not call.is_v2 and stored["slots"] == -1:
        raise _endless()
    shown = {name: stored[name] for name in _FIELDS} | dict.fromkeys(_COUNTS, 0) | {"open_slots": stored["slots"]}
    return {**shown, "team_name": None} if call.is_v2 else shown


def _endless() -> Refusal:
    """Return what Airflow 2 makes of a pool without a limit: its own API document forbids the number it shows."""
    title = "Response body does not conform to specification"
    return Refusal(500, (title, "inf is not of type 'integer'\n\nFailed validating 'type' in schema"))
