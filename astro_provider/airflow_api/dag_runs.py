"""DAG runs of a Deployment's Airflow: listed, read, created exactly once, cleared, failed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from astro_provider.airflow_api.resource import PAGE_SIZE, AirflowResource, exists
from astro_provider.common.ids import quoted_name
from astro_provider.errors import ApiError, ConflictError, NoResponseError, NotFoundError
from astro_provider.http.pages import items_of, parse, whole_list
from astro_provider.http.resource import MAX_CREATES
from astro_provider.http.retry import Repeat, is_ambiguous
from astro_provider.models.airflow.dag_runs import DagRun

if TYPE_CHECKING:
    import builtins
    from collections.abc import Mapping, Sequence
    from datetime import datetime

log = logging.getLogger(__name__)


class DagRuns(AirflowResource):
    """The runs of one Deployment's DAGs."""

    segment, noun = "dags", "a DAG run"

    def list(
        self,
        dag_ids: Sequence[str] = (),
        *,
        states: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        logical_dates: tuple[datetime, datetime] | None = None,
        ended_since: datetime | None = None,
        most: int | None = None,
        repeat: Repeat = Repeat.SAFE,
    ) -> list[DagRun]:
        """Return all runs that match all filters, oldest first, from all pages.

        Airflow does not accept run ids here: filter by time, and compare the ids in the result.

        :param dag_ids: Only runs of these DAGs; default: of all DAGs.
        :param states: Only runs in one of these states.
        :param since: Only runs whose ``moment`` is at or after this time: ``run_after`` on Airflow 3, the logical date
            on Airflow 2.
        :param until: Only runs whose ``moment`` is at or before this time.
        :param logical_dates: Two times; only runs whose logical date is between them, both included.
        :param ended_since: Only runs that ended at or after this time.
        :param most: If there are more runs than this, only the first page is read.
        :param repeat: Which failures of a page's request are retried; the request is a POST, but only reads.
        :raises LongList: There are more runs than ``most``.
        """
        when = self._dialect.run_filters(since=since, until=until, logical_dates=logical_dates, ended_since=ended_since)
        filters = {**_named(dag_ids, states), **when}

        def page(offset: int) -> dict[str, Any]:
            return self._page(filters, offset, PAGE_SIZE, repeat)

        rows = whole_list(
            page,
            "dag_runs",
            path=self._list_path,
            method="POST",
            total_key="total_entries",
            identity=lambda row: (row.get("dag_id"), row.get("dag_run_id")),
            most=most,
        )
        return [parse(DagRun, row, "POST", self._list_path) for row in rows]

    def newest(
        self,
        dag_ids: Sequence[str] = (),
        *,
        states: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 1,
        repeat: Repeat = Repeat.SAFE,
    ) -> builtins.list[DagRun]:
        """Return the newest runs of DAGs, newest first, with one request.

        :param dag_ids: Only runs of these DAGs; default: of all DAGs.
        :param states: Only runs in one of these states.
        :param since: Only runs whose ``moment`` is not before this time.
        :param until: Only runs whose ``moment`` is at or before this time.
        :param limit: Maximum number of runs; Airflow returns at most 100.
        :param repeat: Which failures of the request are retried; the request is a POST, but only reads.
        """
        when = self._dialect.run_filters(since=since, until=until)
        body = {**_named(dag_ids, states), **when, "order_by": f"-{self._dialect.run_moment}"}
        rows = items_of(self._page(body, 0, limit, repeat), "dag_runs", "POST", self._list_path)
        return [parse(DagRun, row, "POST", self._list_path) for row in rows]

    def get(self, dag_id: str, run_id: str, /, *, repeat: Repeat = Repeat.SAFE) -> DagRun:
        """Return a run.

        :param dag_id: The DAG's id.
        :param run_id: The run's id.
        :param repeat: Which failures of the request are retried.
        :raises NotFoundError: The run does not exist.
        """
        return self._read(DagRun, self._of(dag_id, run_id), repeat=repeat)

    def find(self, dag_id: str, run_id: str, /, *, repeat: Repeat = Repeat.SAFE) -> DagRun | None:
        """Return a run, or ``None`` if it does not exist.

        :param dag_id: The DAG's id.
        :param run_id: The run's id.
        :param repeat: Which failures of the request are retried.
        """
        try:
            return self.get(dag_id, run_id, repeat=repeat)
        except NotFoundError:
            return None

    def create(
        self,
        dag_id: str,
        run_id: str,
        /,
        *,
        logical_date: datetime | None = None,
        conf: Mapping[str, Any] | None = None,
        note: str | None = None,
    ) -> DagRun:
        """Start exactly one run with this id, even if a response is lost.

        After an ambiguous failure, the client looks up the run by its id, and sends the request again only if there is
        none.

        :param dag_id: The DAG's id.
        :param run_id: The id of the new run. Airflow allows letters, digits and ``_.~:+-``, at most 250 characters.
        :param logical_date: The run's logical date, with a time zone; default: none on Airflow 3, now on Airflow 2.
        :param conf: The run's configuration.
        :param note: A note about the run.
        :raises AlreadyExistsError: A run with this id already exists.
        :raises ConflictError: Another run of the DAG has this logical date.
        :raises NotFoundError: The DAG does not exist, or its file has not been parsed yet.
        :raises BadRequestError: Airflow refuses the run: import errors, wrong params, a malformed run id.
        """
        path = self._of(dag_id)
        body = {"dag_run_id": run_id, "conf": dict(conf or {}), **self._dialect.new_run(logical_date)}
        if note is not None:
            body["note"] = note
        try:
            return self._once(DagRun, path, body, find=lambda error, began: self.find(dag_id, run_id), effect="started")
        except ConflictError as error:
            if self.find(dag_id, run_id) is not None:
                raise exists(error) from None
            said = "No run has this run id, so another run of the DAG has the same logical date."
            raise error.explained(said) from None

    def clear(
        self,
        dag_id: str,
        run_id: str,
        /,
        *,
        only_failed: bool = False,
        task_ids: Sequence[str] | None = None,
        is_under_way: bool = False,
    ) -> DagRun:
        """Start tasks of a run again, so that the run continues; returns the run.

        After a lost response, the client reads the run. If the run is in progress, it counts as cleared, unless it was
        in progress before. So a second request never stops a task that the first one started.

        :param dag_id: The DAG's id.
        :param run_id: The run's id.
        :param only_failed: Only tasks that failed, or could not start because others failed; default: all.
        :param task_ids: Only these tasks, with all their map indexes; default: all.
        :param is_under_way: Whether the run has not ended. A lost request is then sent again, because the run does not
            show whether it arrived.
        :raises NotFoundError: The run does not exist.
        """
        path = f"{self._path}/{quoted_name(dag_id, 'a DAG')}/clearTaskInstances"
        body: dict[str, object] = {"dry_run": False, "dag_run_id": run_id, "only_failed": only_failed}
        body["reset_dag_runs"] = True  # left out, one line of Airflow leaves the run failed
        if task_ids is not None:
            body["task_ids"] = list(task_ids)
        for attempt in range(1, MAX_CREATES + 1):
            try:
                self._api.send("POST", path, body=body, repeat=Repeat.UNSENT)
                break
            except (ApiError, NoResponseError) as error:
                if not is_ambiguous(error) or attempt == MAX_CREATES:
                    raise
                run = self.get(dag_id, run_id)
                if not (run.is_finished or is_under_way):
                    log.warning("The request failed, but %s was started. %s", run.label, error)
                    return run
                self._api.pause(attempt)
        return self.get(dag_id, run_id)

    def set_note(self, dag_id: str, run_id: str, /, note: str) -> None:
        """Replace the note of a run. Safe to repeat.

        :param dag_id: The DAG's id.
        :param run_id: The run's id.
        :param note: The note, of up to 1,000 characters.
        :raises NotFoundError: The run does not exist.
        """
        path = self._of(dag_id, run_id, *self._dialect.note_path)
        self._api.send("PATCH", path, body={"note": note}, repeat=Repeat.SAFE)

    def update(self, dag_id: str, run_id: str, /, *, state: str, repeat: Repeat = Repeat.SAFE) -> DagRun:
        """Set the state of a run; ``failed`` stops its running tasks. Safe to repeat.

        :param dag_id: The DAG's id.
        :param run_id: The run's id.
        :param state: ``failed``, ``success`` or ``queued``.
        :param repeat: Which failures of the request are retried.
        :raises NotFoundError: The run does not exist.
        """
        return self._write(DagRun, self._of(dag_id, run_id), {"state": state}, method="PATCH", repeat=repeat)

    @property
    def _list_path(self) -> str:
        return f"{self._path}/~/dagRuns/list"

    def _page(self, body: dict[str, object], offset: int, limit: int, repeat: Repeat) -> dict[str, Any]:
        paging = {"page_limit": limit, "page_offset": offset}
        return self._api.json("POST", self._list_path, body={**body, **paging}, repeat=repeat)

    def _of(self, dag_id: str, run_id: str | None = None, *rest: str) -> str:
        run = [] if run_id is None else [quoted_name(run_id, "a DAG run")]
        return "/".join([f"{self._path}/{quoted_name(dag_id, 'a DAG')}/dagRuns", *run, *rest])


def _named(dag_ids: Sequence[str], states: Sequence[str]) -> dict[str, object]:
    return {**({"dag_ids": list(dag_ids)} if dag_ids else {}), **({"states": list(states)} if states else {})}
