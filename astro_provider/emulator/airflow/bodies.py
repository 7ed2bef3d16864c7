"""Request bodies of Airflow's API, and what each Airflow says about a wrong one.

Airflow 3 checks with pydantic, so its own words come out of the same models. Airflow 2 checks the types by its API
document first and the fields by marshmallow then.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, PlainSerializer, ValidationError, create_model

from astro_provider.emulator.airflow.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

    from astro_provider.emulator.airflow.lines import Line

_TYPES = {
    "string_type": "string",
    "dict_type": "object",
    "bool_type": "boolean",
    "int_type": "integer",
    "list_type": "array",
    "model_type": "object",
}
#: What Airflow 2 says about fields that are missing or unknown.
_FIELDS = {"missing": "Missing data for required field.", "extra_forbidden": "Unknown field."}


def _stored(value: datetime) -> str:
    return value.astimezone(timezone.utc).isoformat()


#: How a date is compared with a bound.
RELATIONS = ("gte", "gt", "lte", "lt")
#: A date and time with a time zone; it is stored in UTC.
Moment = Annotated[AwareDatetime, PlainSerializer(_stored)]


class AirflowBody(BaseModel):
    """A request body: the fields it may have, and no other."""

    model_config = ConfigDict(extra="forbid")


def with_ranges(model: type[AirflowBody], dates: Iterable[str], relations: Iterable[str]) -> type[AirflowBody]:
    """Return a model that also takes ranges of dates, and of durations, such as ``start_date_gte``.

    :param model: The model.
    :param dates: Names of dates.
    :param relations: Of ``RELATIONS``.
    """
    fields: dict[str, Any] = {f"{date}_{way}": (Moment | None, None) for date in dates for way in relations}
    fields |= {f"duration_{way}": (float | None, None) for way in relations}
    return create_model(model.__name__.strip("_"), __base__=model, **fields)


def read_body(line: Line, model: type[BaseModel], raw: Any, title: str | None = None) -> dict[str, Any]:
    """Check a body, and return the fields that were given.

    :param line: The Airflow that reads it.
    :param model: What it may have.
    :param raw: The request's JSON.
    :param title: The title of Airflow 2's error.
    :raises Refusal: Something is wrong.
    """
    try:
        is_v2 = line.major == 3
        read = model.model_validate(raw) if is_v2 else model.model_validate_json(json.dumps(raw), strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise Refusal(422 if line.major == 3 else 400, *_said(details, title)) from None
    return read.model_dump(exclude_unset=True, by_alias=True)


def _said(details: list[ErrorDetails], title: str | None) -> tuple[tuple[str | None, str], list[dict[str, Any]]]:
    # Airflow 2 says one thing at a time: first about types, then about fields it does not know.
    found = [*(each for each in details if each["type"] in _TYPES)]
    found += [each for each in details if each["type"] == "extra_forbidden"]
    fields = (found or details)[0]
    return (title if fields["type"] in _FIELDS else None, _v1(fields)), [_v2(detail) for detail in details]


def _v1(detail: ErrorDetails) -> str:
    path = ".".join(str(part) for part in detail["loc"])
    kind, value = detail["type"], detail["input"]
    if kind in _FIELDS:
        return str({path: [_FIELDS[kind]]})
    if kind == "string_too_long":
        return str({path: [f"Longer than maximum length {detail['ctx']['max_length']}."]})
    where = f" - '{path}'" if path else ""
    if kind in _TYPES:
        return f"{value!r} is not of type '{_TYPES[kind]}'{where}"
    if kind.startswith(("datetime", "timezone")):
        return f"{value!r} is not a 'date-time'{where}"
    if kind == "literal_error":
        allowed = str(detail["ctx"]["expected"]).replace(" or ", ", ")
        return f"{value!r} is not one of [{allowed}]{where}"
    if kind == "greater_than_equal":
        return f"{value!r} is less than the minimum of {detail['ctx']['ge']}{where}"
    if kind == "too_short":
        return f"{value!r} should be non-empty{where}"
    if kind == "value_error":
        return str({"_schema": [str(detail["ctx"]["error"])]})
    return f"{detail['msg']}{where}"


def _v2(detail: ErrorDetails) -> dict[str, Any]:
    said: dict[str, Any] = {
        "type": "enum" if detail["type"] == "literal_error" else detail["type"],
        "loc": ["body", *detail["loc"]],
        "msg": detail["msg"],
        "input": detail["input"],
    }
    if "ctx" in detail:
        said["ctx"] = {name: value if name != "error" else {} for name, value in detail["ctx"].items()}
    return said
