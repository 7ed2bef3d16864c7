"""Lists: limits, offsets, order and filters. No page has more than 100 items, whatever is asked for."""

from __future__ import annotations

import re
from datetime import timezone
from typing import TYPE_CHECKING, Any

from astro_provider.emulator.airflow.problems import Refusal, refused
from astro_provider.emulator.core.moments import instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from astro_provider.emulator.airflow.metadata import Document
    from astro_provider.emulator.airflow.routing import AirflowCall

#: ``[api] maximum_page_limit``: silently, no page is longer.
MOST = 100


def limit_and_offset(call: AirflowCall) -> tuple[int, int]:
    """Return what a list's query says about its page.

    :param call: The call.
    """
    limit, offset = call.number("limit"), call.number("offset") or 0
    if limit is None:
        limit = call.line.default_limit
    for name, value in (("limit", limit), ("offset", offset)):
        if value < 0:
            said = {"type": "greater_than_equal", "loc": ["query", name], "input": str(value), "ctx": {"ge": 0}}
            said["msg"] = "Input should be greater than or equal to 0"
            raise Refusal(422 if call.is_v2 else 400, ("Page limit must be a positive integer", None), [said])
    if limit == 0 and not call.is_v2:
        limit = MOST
    return min(limit, MOST), offset


def ordered(found: list[Document], orders: Iterable[str], fields: dict[str, str]) -> list[Document]:
    """Sort what a list found; what has no value comes last.

    :param found: The documents, oldest first: that is the order of their ids.
    :param orders: Names of fields; ``-`` before one turns its order around.
    :param fields: The fields that it can be sorted by -> their names in the documents.
    """
    for order in reversed([each for each in orders if each]):
        name, reverse = order.lstrip("-"), order.startswith("-")
        if name != "id" and name not in fields:
            text = f"Ordering with '{name}' is disallowed or the attribute does not exist on the model"
            raise refused(400, text)
        if name == "id":
            found = found[::-1] if reverse else found
            continue
        key = fields[name]
        having = [document for document in found if document.get(key) is not None]
        having.sort(key=lambda document: document[key], reverse=reverse)
        found = having + [document for document in found if document.get(key) is None]
    return found


def order_of(call: AirflowCall) -> list[str]:
    """Return the order that a list's query asks for; Airflow 3 takes more than one.

    :param call: The call.
    """
    return call.all("order_by") if call.is_v2 else [call.one("order_by") or "id"]


def matches_pattern(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern of Airflow: a part of it, in any case; ``_`` and ``%`` are wild, ``~`` is anything.

    :param pattern: The pattern.
    :param text: The text.
    """
    if pattern == "~":
        return True
    wild = {"%": ".*", "_": "."}
    return bool(
        re.search("".join(wild.get(char, re.escape(char)) for char in pattern), text, re.IGNORECASE | re.DOTALL)
    )


def stored_moment(text: str) -> str:
    """Return a date and time as it is stored.

    :param text: In ISO 8601; one without a time zone is in UTC.
    :raises ValueError: It is something else.
    """
    zoned = text if re.search(r"(Z|[+-]\d\d:?\d\d)$", text) else f"{text}Z"
    return instant(zoned).astimezone(timezone.utc).isoformat()


def in_ranges(document: Document, ranges: dict[str, Any]) -> bool:
    """Whether a document's dates are in the ranges that a list asks for.

    :param document: The document.
    :param ranges: For example ``start_date_gte``; ``None``: no bound.
    """
    for name, bound in ranges.items():
        if bound is None:
            continue
        field, _, relation = name.rpartition("_")
        value = document.get({"execution_date": "logical_date"}.get(field, field))
        if value is None or not _COMPARE[relation](instant(value), instant(bound)):
            return False
    return True


def query_ranges(call: AirflowCall, fields: Iterable[str]) -> dict[str, str]:
    """Return the ranges of dates in a list's query.

    :param call: The call.
    :param fields: Names of dates.
    """
    found = {}
    for field in fields:
        for relation in _COMPARE if call.is_v2 else ("gte", "lte"):
            if text := call.one(f"{field}_{relation}"):
                try:
                    found[f"{field}_{relation}"] = stored_moment(text.strip().replace(" ", "+"))
                except ValueError as error:
                    raise Refusal(
                        422 if call.is_v2 else 400,
                        ("Incorrect datetime argument", str(error)),
                        f"Invalid datetime: {text!r}",
                    ) from None
    return found


_COMPARE = {
    "gte": lambda value, bound: value >= bound,
    "gt": lambda value, bound: value > bound,
    "lte": lambda value, bound: value <= bound,
    "lt": lambda value, bound: value < bound,
}
