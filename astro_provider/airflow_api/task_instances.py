"""Task instances of a Deployment's Airflow: listed for runs, and the end of their logs."""

from __future__ import annotations

import zlib
from collections import deque
from typing import TYPE_CHECKING, Any

from astro_provider.airflow_api.resource import PAGE_SIZE, AirflowResource
from astro_provider.common.ids import quoted_name
from astro_provider.http.pages import parse, whole_list, whole_unordered_list
from astro_provider.http.retry import Repeat
from astro_provider.models.airflow.task_instances import TaskInstance

if TYPE_CHECKING:
    import builtins
    from collections.abc import Hashable, Iterator, Sequence

    from astro_provider.http.messages import Response

#: Longest line of a log that is kept, in characters.
LONGEST_LINE = 2000


class TaskInstances(AirflowResource):
    """The task instances of one Deployment's runs."""

    segment, noun = "dags", "a DAG"

    def list(
        self,
        dag_ids: Sequence[str],
        run_ids: Sequence[str],
        *,
        task_ids: Sequence[str] = (),
        most: int | None = None,
        repeat: Repeat = Repeat.SAFE,
    ) -> list[TaskInstance]:
        """Return the task instances of runs, including each map index of mapped tasks; unknown runs have none.

        :param dag_ids: Only task instances of these DAGs.
        :param run_ids: Only task instances of these runs.
        :param task_ids: Only instances of these tasks; default: of all tasks.
        :param most: If there are more than this, only the first page is read.
        :param repeat: Which failures of a page's request are retried; the request is a POST, but only reads.
        :raises LongList: There are more than ``most``.
        """
        path = f"{self._path}/~/dagRuns/~/taskInstances/list"
        order = self._dialect.task_order
        body: dict[str, object] = {
            "dag_ids": list(dag_ids),
            "dag_run_ids": list(run_ids),
            **({"task_ids": list(task_ids)} if task_ids else {}),
            **({"order_by": order} if order else {}),
        }

        def page(offset: int) -> dict[str, Any]:
            body_of_page = {**body, "page_limit": PAGE_SIZE, "page_offset": offset}
            return self._api.json("POST", path, body=body_of_page, repeat=repeat)

        read = whole_list if order else whole_unordered_list
        paging: dict[str, Any] = {"method": "POST", "total_key": "total_entries", "identity": _identity, "most": most}
        rows = read(page, "task_instances", path=path, **paging)
        return [parse(TaskInstance, row, "POST", path) for row in rows]

    def log_end(
        self, dag_id: str, run_id: str, task_id: str, /, *, try_number: int, map_index: int = -1, lines: int = 20
    ) -> builtins.list[str]:
        """Return the last lines of a task's log; the rest is not held in memory.

        :param dag_id: The DAG's id.
        :param run_id: The run's id.
        :param task_id: The task's id.
        :param try_number: Number of the try, from 1.
        :param map_index: The task's map index, if it is mapped.
        :param lines: Maximum number of lines.
        :raises NotFoundError: The task instance does not exist.
        """
        task = quoted_name(task_id, "a task")
        path = f"{self._run(dag_id, run_id)}/taskInstances/{task}/logs/{int(try_number)}"
        params = [("full_content", "true"), *([("map_index", str(map_index))] if map_index >= 0 else [])]

        def take(response: Response) -> deque[str]:
            return deque((line for line in _lines(response) if line.strip()), maxlen=lines)

        headers = {"Accept": self._dialect.log_type, "Accept-Encoding": "gzip"}
        end = self._api.download(path, params, take, headers=headers)
        return [self._dialect.log_line(line)[:LONGEST_LINE] for line in end]

    def _run(self, dag_id: str, run_id: str) -> str:
        return self._at(dag_id, "dagRuns", quoted_name(run_id, "a DAG run"))


def _identity(row: dict[str, Any]) -> Hashable:
    return tuple(row.get(field) for field in ("dag_id", "dag_run_id", "task_id", "map_index"))


def _lines(response: Response) -> Iterator[str]:
    """Yield the lines of a body as they arrive, unpacked if they are packed."""
    is_packed = "gzip" in (response.header("Content-Encoding") or "")
    unpack = zlib.decompressobj(wbits=47).decompress if is_packed else bytes
    rest = b""
    for piece in response.pieces:
        *whole, rest = (rest + unpack(piece)).split(b"\n")
        yield from (line.decode(errors="replace") for line in whole)
    yield rest.decode(errors="replace")
