"""Hibernation overrides of development Deployments: what they do, when they end, and what the API shows of them.

Schedules are stored and shown, but do not put anything to sleep: only overrides do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core import progress as lifecycle
from astro_provider.emulator.core.moments import instant
from astro_provider.emulator.core.problems import invalid

if TYPE_CHECKING:
    from astro_provider.emulator.core.progress import Progress

Document = dict[str, Any]


def set_override(deployment: Document, override: Document | None, progress: Progress) -> Document:
    """Set or remove an override, and set out for what then applies; returns what is stored.

    :param deployment: The stored Deployment.
    :param override: The override; ``None`` removes the one there is.
    :param progress: How statuses move on.
    """
    if not deployment.get("isDevelopmentMode"):
        raise invalid("the Deployment is not a development Deployment")
    spec = {**_spec(deployment)}
    spec.pop("override", None)
    if override is not None:
        spec["override"] = {**override, "isActive": _in_effect(override, progress)}
    deployment["scalingSpec"] = {"hibernationSpec": spec}
    if override is None or spec["override"]["isActive"]:
        _turn(deployment, asleep=bool(override and override["isHibernating"]), progress=progress)
    return dict(spec.get("override") or {})


def let_end(deployment: Document, progress: Progress) -> bool:
    """End the effect of an override whose time is over; returns whether anything changed.

    :param deployment: The stored Deployment.
    :param progress: How statuses move on.
    """
    override = _spec(deployment).get("override") or {}
    if not override.get("isActive") or _in_effect(override, progress):
        return False
    override["isActive"] = False
    if override.get("isHibernating"):
        _turn(deployment, asleep=False, progress=progress)
    return True


def with_rest(deployment: Document, steps: list[list[str]]) -> list[list[str]]:
    """Return the steps of a life cycle, with sleep at their end if an override keeps the Deployment asleep.

    :param deployment: The stored Deployment.
    :param steps: The steps of a Deployment that is awake.
    """
    override = _spec(deployment).get("override") or {}
    asleep = override.get("isActive") and override.get("isHibernating")
    return [*steps, lifecycle.HIBERNATING] if asleep else steps


def shown_status(deployment: Document) -> Document:
    """Return the ``hibernationStatus`` of a Deployment.

    :param deployment: The stored Deployment.
    """
    override = _spec(deployment).get("override") or {}
    status: Document = {"isHibernating": deployment.get("status") == "HIBERNATING"}
    if not override.get("isActive"):
        return status
    status["reason"] = "Hibernation override"
    if override.get("isHibernating") and "overrideUntil" in override:
        status |= {"nextEventType": "WAKE", "nextEventAt": override["overrideUntil"]}
    return status


def _spec(deployment: Document) -> Document:
    return (deployment.get("scalingSpec") or {}).get("hibernationSpec") or {}


def _turn(deployment: Document, *, asleep: bool, progress: Progress) -> None:
    """Set out for sleep or for work, unless the Deployment is there or on its way already."""
    ahead = deployment.get("_steps") or []
    bound_for = ahead[-1][0] if ahead else deployment["status"]
    if asleep == (bound_for == "HIBERNATING"):
        return
    if asleep:
        first = ahead or [[deployment["status"], "Scaling to zero"]]
        progress.begin(deployment, [*first, lifecycle.HIBERNATING])
    elif deployment["status"] == "HIBERNATING":
        progress.begin(deployment, [["HIBERNATING", "Waking up"], *lifecycle.UPDATE])
    else:
        progress.begin(deployment, ahead[:-1])


def _in_effect(override: Document, progress: Progress) -> bool:
    until = override.get("overrideUntil")
    return "isHibernating" in override and (until is None or instant(until).timestamp() > progress.clock())
