"""Hibernation overrides of development Deployments: what they do, when they end, and what the API shows of them.

Schedules are stored and shown, but do not put anything to sleep: only overrides do.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core import progress as lifecycle
from astro_provider.emulator.core.problems import invalid
from astro_provider.emulator.validation import OVERRIDE, Rule, check_fields

if TYPE_CHECKING:
    from astro_provider.emulator.core.progress import Progress


def checked_override(body: Any) -> dict[str, Any]:
    """Return the override that a request's body orders; both its fields may be null.

    :param body: The request's JSON.
    """
    check_fields(body, dict.fromkeys(OVERRIDE, Rule(object)), ("isHibernating",))
    override = {name: value for name, value in body.items() if value is not None}
    check_fields(override, OVERRIDE, ())
    _instant(override)
    return override


def set_override(deployment: dict[str, Any], override: dict[str, Any] | None, progress: Progress) -> dict[str, Any]:
    """Set or remove an override, and set out for what then applies; returns what is stored.

    :param deployment: The stored Deployment.
    :param override: The override; ``None`` removes the one there is.
    :param progress: How statuses move on.
    """
    if not deployment.get("isDevelopmentMode"):
        raise invalid("the Deployment is not a development Deployment")
    spec = dict((deployment.get("scalingSpec") or {}).get("hibernationSpec") or {})
    spec.pop("override", None)
    if override is not None:
        spec["override"] = {**override, "isActive": _in_effect(override, progress)}
    deployment["scalingSpec"] = {"hibernationSpec": spec}
    if override is None or spec["override"]["isActive"]:
        _turn(deployment, asleep=bool(override and override["isHibernating"]), progress=progress)
    return dict(spec.get("override") or {})


def let_end(deployment: dict[str, Any], progress: Progress) -> bool:
    """End the effect of an override whose time is over; returns whether anything changed.

    :param deployment: The stored Deployment.
    :param progress: How statuses move on.
    """
    override = ((deployment.get("scalingSpec") or {}).get("hibernationSpec") or {}).get("override") or {}
    if not override.get("isActive") or _in_effect(override, progress):
        return False
    override["isActive"] = False
    if override.get("isHibernating"):
        _turn(deployment, asleep=False, progress=progress)
    return True


def shown_status(deployment: dict[str, Any]) -> dict[str, Any]:
    """Return the ``hibernationStatus`` of a Deployment.

    :param deployment: The stored Deployment.
    """
    spec = (deployment.get("scalingSpec") or {}).get("hibernationSpec") or {}
    override = spec.get("override") or {}
    asleep = deployment.get("status") == "HIBERNATING"
    status: dict[str, Any] = {"isHibernating": asleep}
    if not override.get("isActive"):
        return status
    status["reason"] = "Hibernation override"
    if override.get("isHibernating") and "overrideUntil" in override:
        status |= {"nextEventType": "WAKE", "nextEventAt": override["overrideUntil"]}
    return status


def _turn(deployment: dict[str, Any], *, asleep: bool, progress: Progress) -> None:
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


def _in_effect(override: dict[str, Any], progress: Progress) -> bool:
    until = _instant(override)
    return "isHibernating" in override and (until is None or until.timestamp() > progress.clock())


def _instant(override: dict[str, Any]) -> datetime | None:
    text = override.get("overrideUntil")
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise invalid("overrideUntil is not a date-time", ("overrideUntil", "datetime", "must be a date-time"))
    return instant
