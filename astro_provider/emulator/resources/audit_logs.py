"""The audit log: what took effect, whether or not its response arrived."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.bodies import is_moment
from astro_provider.emulator.core.ids import new_id
from astro_provider.emulator.core.moments import instant, moment
from astro_provider.emulator.core.problems import Complaint, invalid_fields
from astro_provider.emulator.core.routing import Call, Resource

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from astro_provider.emulator.core.journal import Request
    from astro_provider.emulator.core.tokens import Grant
    from astro_provider.emulator.state import State

resource = Resource("/organizations/{organizationId}/audit-logs")


@resource.get()
def get_audit_logs(call: Call) -> bytes:
    """Return the records of a window as gzipped lines of JSON."""
    start, end = _bound(call, "startDate"), _bound(call, "endDate")
    chosen = [record for record in audit_records(call.state) if _within(_moment_of(record), start, end)]
    return gzip.compress("".join(json.dumps(record) + "\n" for record in chosen).encode())


def add_audit_records(state: State, records: Iterable[dict[str, Any]]) -> None:
    """Add records.

    :param state: The emulator's state.
    :param records: Each with a ``timestamp``; one whose moment cannot be read is in every window.
    """
    for record in records:
        state.store.put("audit", {"id": new_id(), "record": record})


def audit_records(state: State) -> list[dict[str, Any]]:
    """Return all records, oldest first.

    :param state: The emulator's state.
    """
    return [entry["record"] for entry in state.store.all("audit")]


def record_change(state: State, grant: Grant, request: Request) -> None:
    """Record a request that took effect.

    :param state: The emulator's state.
    :param grant: Who made it.
    :param request: The request.
    """
    record = {
        "organizationId": state.organization_id,
        "subjectId": grant.token_id,
        "subjectType": grant.subject["subjectType"],
        "timestamp": moment(),
        "sourceIp": "127.0.0.1",
        "method": request.method,
        "path": f"/v1{request.path}",
        "requestBody": request.public()["body"],
    }
    add_audit_records(state, [record])


def _bound(call: Call, name: str) -> datetime | None:
    text = call.one(name)
    if text is not None and not is_moment(text):
        raise invalid_fields(Complaint(name, "datetime", "be a date and time with a time zone"))
    return instant(text) if text else None


def _within(when: datetime | None, start: datetime | None, end: datetime | None) -> bool:
    return when is None or ((start is None or when >= start) and (end is None or when <= end))


def _moment_of(record: dict[str, Any]) -> datetime | None:
    text = record.get("timestamp")
    return instant(text) if isinstance(text, str) and is_moment(text) else None
