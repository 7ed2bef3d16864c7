"""Reading and writing dates and times."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from astro_provider.errors import ConfigurationError

#: What an argument for a date and time takes.
MOMENT = "a datetime, or text such as '2026-11-25T07:00:00Z' or '2026-11-25 07:00 Europe/Berlin'"


def parse_moment(text: str) -> datetime:
    """Return the date and time that an ISO 8601 text names; without a time zone in it the result has none.

    :param text: For example ``2026-11-25T07:00:00Z``.
    :raises ValueError: It is not a date and time.
    """
    return datetime.fromisoformat(re.sub(r"\s*[Zz]$", "+00:00", text.strip()))  # Python 3.10 does not know the Z


def parse_zoned_moment(text: str) -> datetime:
    """Return the date and time that a text names, which may end with the name of a time zone.

    Where clocks are put back, an hour comes twice: the first one counts. A time that is left out where clocks are put
    forward is read as if they had not been yet, so that 02:30 becomes 03:30.

    :param text: As for :func:`parse_moment`, or local time such as ``2026-11-26 07:00 Europe/Berlin``.
    :raises ValueError: It is not a date and time, or there is no such time zone; the message says which.
    """
    local, _, zone = text.strip().rpartition(" ")
    if not local or not zone[:1].isalpha() or zone in {"Z", "z"}:
        return parse_moment(text)
    from zoneinfo import ZoneInfo, available_timezones

    moment = parse_moment(local)
    if moment.tzinfo is not None:
        raise ValueError(f"{text!r} has two time zones")
    try:
        return moment.replace(tzinfo=ZoneInfo(zone))
    except (LookupError, ValueError, OSError):
        from astro_provider.common.suggestions import did_you_mean

        hint = did_you_mean(zone, available_timezones())
        raise ValueError(f"there is no time zone {zone!r}.{hint}") from None


def checked_moment(argument: str, value: object, allowed: str = MOMENT) -> datetime:
    """Return a date and time in UTC; without a time zone it is read as UTC.

    :param argument: The argument it was given in, for the error.
    :param value: A datetime, or text.
    :param allowed: What may be given, for the error.
    :raises ConfigurationError: It is neither.
    """
    if isinstance(value, datetime):
        return _in_utc(value)
    why = ""
    if isinstance(value, str):
        try:
            return _in_utc(parse_zoned_moment(value))
        except ValueError as error:
            why = f": {str(error).rstrip('.')}" if "zone" in str(error) else ""
    end = "" if why.endswith("?") else "."
    raise ConfigurationError(f"{argument}={value!r} is not a date and time{why}{end} Allowed: {allowed}.")


def _in_utc(moment: datetime) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)


def rfc3339(moment: datetime) -> str:
    """Write a date and time in UTC, with a fraction of a second only if it has one.

    :param moment: The date and time, with a time zone.
    """
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def rfc3339_seconds(moment: datetime) -> str:
    """Write a date and time in UTC and whole seconds, as ``2026-11-25T07:00:00Z``.

    :param moment: The date and time, with a time zone.
    """
    return rfc3339(moment.replace(microsecond=0))


def rfc3339_milliseconds(moment: datetime) -> str:
    """Write a date and time in UTC with three digits after the second, as the API does.

    :param moment: The date and time, with a time zone.
    """
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment_in_words(moment: datetime) -> str:
    """Write a date and time for a person: ``2026-11-25 07:00 UTC``.

    :param moment: The date and time, with a time zone.
    """
    return f"{moment.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC"
