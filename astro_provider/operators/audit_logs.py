"""Exporting an Organization's audit logs."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, get_args

from airflow.providers.common.compat.sdk import Asset

from astro_provider.common.arguments import is_given
from astro_provider.common.choices import Compression
from astro_provider.common.import_paths import names_elsewhere
from astro_provider.errors import ConfigurationError
from astro_provider.tasks.base import AstroTask

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from airflow.providers.common.compat.sdk import BaseOperatorLink, Context

    from astro_provider.audit_logs.export import Export

EXAMPLE = "2026-01-31T00:00:00Z"
PLAIN_SUFFIXES = (".ndjson", ".jsonl", ".json", ".txt", ".log")


class ExportAuditLogsOperator(AstroTask):
    """Exports an Organization's audit logs for a time window as newline-delimited JSON: completely or not at all.

    Requires the API token of an Organization Owner. Returns ``{"path", "bytes", "records", "sha256", "start", "end"}``,
    and adds this dict as ``extra`` to the events of the task's outlets.

    :param output_path: Path of the file: a local path, or a URL of an object store such as ``s3://conn_id@bucket/key``.
        If it ends in ``/``, it is a folder. Only the operating system's user that
        runs the task can read a local file.
    :param start: Start of the window: a datetime with a time zone, or text such as ``2026-01-31T00:00:00Z`` or
        ``2026-01-31 00:00 Europe/Berlin``. Default: the start of the DAG run's data interval.
    :param end: End of the window, which is not included. Default: the end of the data interval.
    :param organization_id: Id of the Organization; default: the connection's.
    :param compression: ``gzip``, or ``None`` for plain text.
    """

    template_fields: Sequence[str] = ("output_path", "start", "end", "organization_id", "astro_conn_id")
    not_text = ("start", "end")
    operator_extra_links: Collection[BaseOperatorLink] = ()

    def __init__(
        self,
        *,
        output_path: str,
        start: str | datetime | None = None,
        end: str | datetime | None = None,
        organization_id: str | None = None,
        compression: Compression | None = "gzip",
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(astro_conn_id=astro_conn_id, **kwargs)
        if compression is not None and compression not in get_args(Compression):
            raise ValueError(f"compression={compression!r} is not valid; allowed: 'gzip', None.")
        self.output_path = output_path
        self.start = start
        self.end = end
        self.organization_id = organization_id
        self.compression = compression

    def value_checks(self) -> Mapping[str, Callable[[str, Any], object]]:
        """Return what can be judged when the DAG file is parsed."""
        return {**super().value_checks(), "start": _zoned_moment, "end": _zoned_moment}

    def run_task(self, context: Context) -> dict[str, Any]:
        """Export the window.

        :param context: The task's context.
        """
        from astro_provider.client.audit_logs import checked_window
        from astro_provider.common.moments import rfc3339
        from astro_provider.tasks.storage import destination, file_path

        if not is_given(self.output_path):
            raise ConfigurationError(f"output_path={self.output_path!r} does not say where to write.")
        start, end = self._window(context)
        if warning := checked_window(start, end, datetime.now(timezone.utc)):
            self.log.warning(warning)
        client = self.hook.client
        organization_id = self.organization_id if is_given(self.organization_id) else client.organization_id
        path = file_path(str(self.output_path), _file_name(str(organization_id), start, end, self.compression))
        self._check_suffix(path)
        since, until = rfc3339(start), rfc3339(end)
        self.log.info("Exporting audit logs of Organization %s from %s to %s.", organization_id, since, until)
        began = time.monotonic()
        export = client.audit_logs.export(
            lambda: destination(path, mode=0o600),
            start=start,
            end=end,
            organization_id=organization_id,
            compression=self.compression,
        )
        self._tell(export, path, time.monotonic() - began)
        result = {
            "path": path,
            "bytes": export.bytes,
            "records": export.records,
            "sha256": export.sha256,
            "start": since,
            "end": until,
        }
        self._fill_events(context, result)
        return result

    def _window(self, context: Context) -> tuple[datetime, datetime]:
        interval = (context.get("data_interval_start"), context.get("data_interval_end"))
        start = _moment("start", self.start, interval[0])
        end = _moment("end", self.end, interval[1])
        if start == end and interval == (start, end):
            raise ConfigurationError(
                f"This run's data interval is empty: it starts and ends at {start.isoformat()}. Set start and end, "
                "or use a schedule whose runs have a data interval, for example "
                "CronDataIntervalTimetable('0 0 * * *', timezone='UTC'). With schedule=None, or with schedule='@daily' "
                "on Airflow 3, runs have none."
            )
        return start, end

    def _check_suffix(self, path: str) -> None:
        if self.compression is None and path.endswith(".gz"):
            self.log.warning("%s will contain plain text, although its name suggests gzip.", path)
        elif self.compression and path.endswith(PLAIN_SUFFIXES):
            self.log.warning("%s will contain gzip, although its name suggests plain text; see compression.", path)

    def _tell(self, export: Export, path: str, seconds: float) -> None:
        from astro_provider.audit_logs.export import progress

        if export.dropped:
            self.log.info("Records dropped because they are outside the window: %d.", export.dropped)
        if export.undated:
            self.log.warning(
                "Records whose timestamp cannot be read: %d. They are included, and may also be in other exports.",
                export.undated,
            )
        told = progress(export.bytes, export.records, seconds)
        self.log.info("Exported %s to %s (sha256 %s).", told, path, export.sha256)

    def _fill_events(self, context: Context, result: dict[str, Any]) -> None:
        events = context.get("outlet_events")
        for outlet in self.outlets or ():
            if events is not None and isinstance(outlet, Asset):
                events[outlet].extra.update(result)


def _moment(name: str, value: str | datetime | None, default: datetime | None) -> datetime:
    """Return an end of the window.

    :param name: The argument, for errors.
    :param value: What was given.
    :param default: The data interval's.
    :raises ConfigurationError: It cannot be read, or nothing says what it is.
    """
    if value is None and default is not None:
        return default
    if not is_given(value):
        raise ConfigurationError(
            f"{name} is not given, and this run has no data interval. Set start and end, for example to {EXAMPLE}."
        )
    return _zoned_moment(name, value)


def _zoned_moment(name: str, value: Any) -> datetime:
    """Return a date and time whose time zone is given: to assume UTC could export the wrong day.

    :param name: The argument, for errors.
    :param value: What was given.
    :raises ConfigurationError: It cannot be read, or has no time zone.
    """
    from astro_provider.client.audit_logs import check_zone
    from astro_provider.common.moments import checked_moment, parse_zoned_moment

    checked_moment(name, value)
    moment = value if isinstance(value, datetime) else parse_zoned_moment(value)
    check_zone(name, moment)
    return moment


def _file_name(organization_id: str, start: datetime, end: datetime, compression: str | None) -> str:
    """Return a name that says whose logs these are, and of when."""
    moments = (moment.astimezone(timezone.utc).isoformat() for moment in (start, end))
    span = "_".join(moment.replace("+00:00", "Z").replace(":", "").replace("-", "") for moment in moments)
    return f"audit-logs_{organization_id}_{span}.ndjson{'.gz' if compression else ''}"


if not TYPE_CHECKING:
    __getattr__ = names_elsewhere(__name__)
