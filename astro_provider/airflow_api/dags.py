"""DAGs of a Deployment's Airflow: listed, read, paused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.airflow_api.resource import AirflowResource
from astro_provider.http.pages import parse
from astro_provider.http.retry import Repeat
from astro_provider.models.airflow.dags import Dag

if TYPE_CHECKING:
    from collections.abc import Sequence


class Dags(AirflowResource):
    """The DAGs of one Deployment."""

    segment, noun = "dags", "a DAG"

    def list(self, *, tags: Sequence[str] = (), with_stale: bool = False, repeat: Repeat = Repeat.SAFE) -> list[Dag]:
        """Return all DAGs that the token may see, by id.

        Airflow's own filter for ids matches every id that contains the text, so filter the result instead.

        :param tags: Only DAGs with at least one of these tags.
        :param with_stale: Whether to include DAGs that are no longer in any file.
        :param repeat: Which failures of a page's request are retried.
        """
        name, value = self._dialect.only_current_dags
        params = [("tags", tag) for tag in tags]
        params.append((name, "false" if with_stale else value))
        rows = self._rows(self._path, "dags", "dag_id", params, repeat=repeat)
        return [self._dag(row, self._path) for row in rows]

    def get(self, dag_id: str, /, *, repeat: Repeat = Repeat.SAFE) -> Dag:
        """Return a DAG.

        :param dag_id: Its id.
        :param repeat: Which failures of the request are retried.
        :raises NotFoundError: The DAG does not exist, or its file has not been parsed yet.
        """
        path = self._at(dag_id)
        return self._dag(self._api.json("GET", path, repeat=repeat), path)

    def update(self, dag_id: str, /, *, is_paused: bool) -> Dag:
        """Pause or unpause a DAG; safe to repeat.

        A paused DAG gets no new runs, and its current runs do not continue. After it is unpaused, runs that are
        due according to its schedule also start.

        :param dag_id: Its id.
        :param is_paused: Whether the DAG is paused.
        :raises NotFoundError: The DAG does not exist.
        """
        path = self._at(dag_id)
        return self._dag(self._api.json("PATCH", path, body={"is_paused": is_paused}, repeat=Repeat.SAFE), path)

    def _dag(self, data: dict[str, Any], path: str) -> Dag:
        return parse(Dag, self._dialect.dag(data), "GET", path)
