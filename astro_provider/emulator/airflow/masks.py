"""Update masks: which of a body's fields a PATCH is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.emulator.airflow.problems import Refusal, refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from astro_provider.emulator.airflow.metadata import Document
    from astro_provider.emulator.airflow.routing import AirflowCall


def masked(call: AirflowCall, body: Document, fixed: str, mask: Iterable[str] | None = None) -> Document:
    """Return the fields of a body that its update mask leaves.

    :param call: The call.
    :param body: The body's fields.
    :param fixed: The field that no update changes: the name of the object.
    :param mask: The mask; default: the call's.
    """
    names = [name.strip() for name in (call.all("update_mask") if mask is None else mask)]
    if not names:
        return {name: value for name, value in body.items() if name != fixed}
    if call.is_v2:
        return {name: body[name] for name in body if name in names and name != fixed}
    for name in names:
        if name not in body or name == fixed:
            raise refused(400, f"'{name}' is unknown or cannot be updated.")
    return {name: body[name] for name in names}


def refuse_fixed(call: AirflowCall, fixed: str, mask: Iterable[str] | None = None) -> None:
    """Refuse an Airflow 3 mask that names the object's own name.

    :param call: The call.
    :param fixed: The field.
    :param mask: The mask; default: the call's.
    """
    names = call.all("update_mask") if mask is None else mask
    if call.is_v2 and fixed in names:
        text = f"Update not allowed: the following fields are immutable and cannot be modified: {{'{fixed}'}}"
        raise Refusal(400, v2=text)
