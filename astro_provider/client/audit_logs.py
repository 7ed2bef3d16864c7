"""Audit logs: every record of a window, exactly once, stored while it arrives."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from astro_provider.client.resource import organization_path
from astro_provider.common.moments import rfc3339
from astro_provider.errors import ConfigurationError, ForbiddenError, UnexpectedResponseError
from astro_provider.http.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from astro_provider.audit_logs.export import Copy, Export, Output
    from astro_provider.common.choices import Compression
    from astro_provider.http.messages import Response

log = logging.getLogger(__name__)

#: For how long Astro keeps audit logs. Source: https://www.astronomer.io/docs/astro/audit-logs
RETENTION = timedelta(days=90)
#: How much earlier than its start a window is asked for: the API does not say whether it includes ``startDate``.
MARGIN = timedelta(milliseconds=1)
#: How far the clocks of a scheduler and a worker may be apart; a task's retry then finds the window over.
CLOCK_SKEW = timedelta(minutes=5)


class AuditLogs(Resource):
    """The audit logs of one Organization."""

    segment, noun = "audit-logs", "audit logs"

    def export(
        self,
        open_output: Callable[[], AbstractContextManager[Output]],
        *,
        start: datetime,
        end: datetime,
        organization_id: str | None = None,
        compression: Compression | None = "gzip",
    ) -> Export:
        """Write the records of a time window as newline-delimited JSON; memory use does not grow with their number.

        The file contains Astro's own gzip bytes unchanged. If the response is not compressed, or contains records
        outside the window, the records are compressed again; in the latter case, the export is requested a second time.

        :param open_output: Opens the destination, once for each attempt. If its context ends normally, the output is
            complete; if it ends with an exception, nothing of the output must be visible.
        :param start: Start of the window, with a time zone.
        :param end: End of the window, which is not included, with a time zone.
        :param organization_id: Id of the Organization; default: the client's.
        :param compression: ``gzip``, or ``None`` for plain text.
        :raises ForbiddenError: The token does not belong to an Organization Owner.
        :raises UnexpectedResponseError: The body was damaged in every attempt.
        :raises AstroError: The request failed for any other reason.
        """
        # Not at the head: every user of the client would load isal and msgspec, which only an export needs.
        from astro_provider.audit_logs.export import Copy
        from astro_provider.audit_logs.records import OutsideError, Window

        path = f"{organization_path(organization_id)}/{self.segment}" if organization_id else self._path
        window = Window(start, end)

        def attempt(*, as_it_is: bool) -> Export:
            def take(body: Response) -> Export:
                with open_output() as output:
                    return _copied(path, body, Copy(output, window, packed=compression == "gzip", as_it_is=as_it_is))

            dates = [("startDate", rfc3339(start - MARGIN)), ("endDate", rfc3339(end))]
            try:
                return self._api.download(path, dates, take)
            except ForbiddenError as error:
                raise _needs_owner(error) from None

        try:
            return attempt(as_it_is=compression == "gzip")
        except OutsideError:
            log.info("The response contains records outside the window. Requesting it again to leave them out.")
            return attempt(as_it_is=False)


def _copied(path: str, body: Response, copy: Copy) -> Export:
    from astro_provider.audit_logs.gunzip import DamagedError

    try:
        return copy.run(body)
    except DamagedError as error:
        raise UnexpectedResponseError("GET", path, body.status, str(error)) from None


def _needs_owner(error: ForbiddenError) -> ForbiddenError:
    message = f"audit logs need an API token with the role Organization Owner. Astro says: {error.message}"
    return ForbiddenError(error.method, error.path, error.status, message, request_id=error.request_id)


def check_zone(name: str, moment: datetime) -> None:
    """Refuse a date and time without a time zone.

    :param name: The argument, for the error.
    :param moment: The date and time.
    :raises ConfigurationError: It has none.
    """
    if moment.utcoffset() is None:
        raise ConfigurationError(
            f"{name} {moment.isoformat()} has no time zone. Write it in UTC, as in {moment.isoformat()}Z."
        )


def checked_window(start: datetime, end: datetime, now: datetime) -> str | None:
    """Refuse a window that cannot be exported; returns a warning about one that can be only in part.

    :param start: First moment of the window.
    :param end: First moment after it.
    :param now: This moment.
    :raises ConfigurationError: Naive, empty, reversed, not over yet, or all before what Astro keeps.
    """
    check_zone("start", start)
    check_zone("end", end)
    span = f"The window from {rfc3339(start)} to {rfc3339(end)}"
    if start >= end:
        raise ConfigurationError(f"{span} is {'empty' if start == end else 'reversed: it ends before it starts'}.")
    if end > now:
        early = ConfigurationError(
            f"{span} ends in the future (it is {rfc3339(now)}): what happens until then would not be exported."
        )
        early.retryable = end - now <= CLOCK_SKEW
        raise early
    kept_since = now - RETENTION
    if end <= kept_since:
        raise ConfigurationError(f"{span} is no longer available: Astro keeps audit logs for {RETENTION.days} days.")
    if start < kept_since:
        return f"{span} starts more than {RETENTION.days} days ago; Astro may have deleted its first records already."
    return None
