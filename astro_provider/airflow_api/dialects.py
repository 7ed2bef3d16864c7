"""The differences between ``/api/v1`` of Airflow 2 and ``/api/v2`` of Airflow 3: names, bodies, and what each lacks.

Resources ask the dialect; none of them asks for the version. Models have the names of Airflow 3.
"""

from __future__ import annotations

import json
import posixpath
import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from astro_provider.common.moments import rfc3339
from astro_provider.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

API_PATH = re.compile(r"/api/v(\d+)/?$")
#: The note that Airflow adds to the ``extra`` of an event that came through its API.
FROM_REST_API = "from_rest_api"


class Dialect(ABC):
    """What one line of Airflow calls things."""

    #: Major version of Airflow.
    major: int
    #: Path of its API.
    prefix: str
    #: The field by which runs are filtered by time.
    run_moment: str
    #: The filters, from and to, for runs of one logical date.
    logical_dates: tuple[str, str]
    #: The order of task instances; ``None``: no order can be asked for, and none is promised.
    task_order: str | None
    #: What follows a run's path where its note is changed.
    note_path: tuple[str, ...] = ()
    #: Last part of the path of assets, which is the name of the array in a list, too.
    assets: str
    #: One asset, as the beginning of the names of fields.
    asset_noun: str
    #: The filter that leaves out DAGs which no file has any more.
    only_current_dags: tuple[str, str]
    #: The content type in which a task's log comes line by line.
    log_type: str
    #: Whether many objects, named in the body, can be changed with one request.
    has_bulk: bool
    #: Whether it shows, by a mask, that a connection has a password; else it never says.
    shows_passwords: bool
    #: Whether pools without a limit can be read: one of them makes every list of pools fail otherwise.
    has_unlimited_pools: bool

    @abstractmethod
    def new_run(self, logical_date: datetime | None) -> dict[str, object]:
        """Return what the body of a new run has to say about its date.

        :param logical_date: The date; ``None``: none.
        """

    @abstractmethod
    def update_mask(self, fields: Sequence[str]) -> list[tuple[str, str]]:
        """Return the query parameters that limit a change to some fields.

        :param fields: Their names.
        """

    @abstractmethod
    def carries(self, segment: str, name: str) -> bool:
        """Whether a URL can carry the name of a connection, variable or pool.

        :param segment: The path of all of its kind, such as ``variables``.
        :param name: The name.
        """

    @abstractmethod
    def pool(self, name: str, fields: Mapping[str, object]) -> dict[str, object]:
        """Return the body of a change of a pool.

        :param name: The pool's name, which stays.
        :param fields: What to change.
        """

    @abstractmethod
    def new_asset_event(self, asset_id: int, uri: str, extra: Mapping[str, Any]) -> dict[str, object]:
        """Return the body of a new event of an asset.

        :param asset_id: The asset's id.
        :param uri: Its URI.
        :param extra: The event's own data.
        """

    def dag(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return a DAG in the names of Airflow 3.

        :param data: The response's object.
        """
        return data

    def log_line(self, line: str) -> str:
        """Return a line of a task's log as a person reads it.

        :param line: As it arrived.
        """
        return line

    def run_filters(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        logical_dates: tuple[datetime, datetime] | None = None,
        ended_since: datetime | None = None,
    ) -> dict[str, object]:
        """Return the filters by time of a list of runs.

        :param since: Only runs from this moment on.
        :param until: Only runs up to this moment.
        :param logical_dates: Only runs whose logical date is not before the first of these, nor after the second.
        :param ended_since: Only runs that ended at this moment or later.
        """
        moments = {
            f"{self.run_moment}_gte": since,
            f"{self.run_moment}_lte": until,
            **dict(zip(self.logical_dates, logical_dates or (), strict=False)),
            "end_date_gte": ended_since,
        }
        return {key: rfc3339(moment) for key, moment in moments.items() if moment is not None}


class Airflow2(Dialect):
    """``/api/v1``."""

    major = 2
    prefix = "/api/v1"
    run_moment = "execution_date"
    logical_dates = ("execution_date_gte", "execution_date_lte")
    task_order = None
    note_path = ("setNote",)
    assets = "datasets"
    asset_noun = "dataset"
    only_current_dags = ("only_active", "true")
    log_type = "text/plain"
    has_bulk = False
    shows_passwords = False
    has_unlimited_pools = False

    def new_run(self, logical_date: datetime | None) -> dict[str, object]:
        """Leave the date out if there is none: this line refuses null, and takes the present moment instead."""
        return {} if logical_date is None else {"logical_date": rfc3339(logical_date)}

    def update_mask(self, fields: Sequence[str]) -> list[tuple[str, str]]:
        """Write the fields into one parameter."""
        return [("update_mask", ",".join(fields))]

    def carries(self, segment: str, name: str) -> bool:
        """Refuse what the server would take for another path, or redirect."""
        if segment != "variables":
            return "/" not in name and name not in {".", ".."}
        return not name.startswith("/") and posixpath.normpath(f"/{name}") == f"/{name}"

    def pool(self, name: str, fields: Mapping[str, object]) -> dict[str, object]:
        """Name the pool as it is named when it is created."""
        return {"name": name, **fields}

    def new_asset_event(self, asset_id: int, uri: str, extra: Mapping[str, Any]) -> dict[str, object]:
        """Name the dataset by its URI."""
        return {"dataset_uri": uri, "extra": dict(extra)}

    def dag(self, data: dict[str, Any]) -> dict[str, Any]:
        """Say whether it is stale, and what its schedule is."""
        schedule = data.get("schedule_interval")
        value = schedule.get("value", schedule.get("__type")) if isinstance(schedule, dict) else schedule
        return {**data, "is_stale": data.get("is_active") is False, "schedule": None if value is None else str(value)}


class Airflow3(Dialect):
    """``/api/v2``."""

    major = 3
    prefix = "/api/v2"
    run_moment = "run_after"
    logical_dates = ("logical_date_gte", "logical_date_lte")
    task_order = "id"
    assets = "assets"
    asset_noun = "asset"
    only_current_dags = ("exclude_stale", "true")
    log_type = "application/x-ndjson"
    has_bulk = True
    shows_passwords = True
    has_unlimited_pools = True

    def new_run(self, logical_date: datetime | None) -> dict[str, object]:
        """Always name the date: this line takes null, but refuses a body without the key."""
        return {"logical_date": None if logical_date is None else rfc3339(logical_date)}

    def update_mask(self, fields: Sequence[str]) -> list[tuple[str, str]]:
        """Write each field into a parameter of its own."""
        return [("update_mask", field) for field in fields]

    def carries(self, segment: str, name: str) -> bool:
        """Leave slashes, and what may become one on the way, to bulk requests: early releases see another path."""
        return not {"/", "%"} & set(name) and name not in {".", ".."}

    def pool(self, name: str, fields: Mapping[str, object]) -> dict[str, object]:
        """Name the pool as this line does in changes."""
        return {"pool": name, **fields}

    def new_asset_event(self, asset_id: int, uri: str, extra: Mapping[str, Any]) -> dict[str, object]:
        """Name the asset by its id."""
        return {"asset_id": asset_id, "extra": dict(extra)}

    def dag(self, data: dict[str, Any]) -> dict[str, Any]:
        """Say what its schedule is; a DAG without one has a timetable that is called "None"."""
        summary = data.get("timetable_summary")
        return {**data, "schedule": None if summary in {None, "None"} else str(summary)}

    def log_line(self, line: str) -> str:
        """Write a structured message as text: time, level, event, and the error that belongs to it."""
        try:
            entry = json.loads(line)
        except ValueError:
            return line
        if not isinstance(entry, dict):
            return str(entry)
        parts = [entry.get("timestamp"), str(entry.get("level") or "").upper(), entry.get("event")]
        text = " ".join(str(part) for part in parts if part)
        return "\n".join([text, *_errors(entry.get("error_detail"))])


def _errors(detail: object) -> Iterable[str]:
    for error in detail if isinstance(detail, list) else ():
        if isinstance(error, dict):
            yield f"{error.get('exc_type', 'Error')}: {error.get('exc_value', '')}"


DIALECTS: dict[int, Dialect] = {2: Airflow2(), 3: Airflow3()}


def dialect_of(airflow_version: str | None, api_url: str) -> Dialect:
    """Return the dialect of a Deployment's Airflow.

    :param airflow_version: The Deployment's Airflow version, if Astro names it.
    :param api_url: The address of its API, whose last part decides otherwise.
    :raises ConfigurationError: Neither says which it is, or it is one that this package does not know.
    """
    found = re.match(r"\d+", airflow_version or "")
    by_path = API_PATH.search(urlsplit(api_url).path)
    major = int(found.group()) if found else int(by_path.group(1)) + 1 if by_path else None
    if major not in DIALECTS:
        named = f"Airflow {airflow_version}" if airflow_version else f"an Airflow API at {api_url!r}"
        raise ConfigurationError(f"{named} is not known to this package; it knows Airflow 2 and Airflow 3.")
    return DIALECTS[major]
