"""A client for a Deployment's own Airflow, whether it runs Airflow 2 or 3; usable without Airflow here.

>>> from astro_provider.airflow_api.connect import airflow_client
>>> airflow = airflow_client(client, client.deployments.find("staging"))     # doctest: +SKIP
>>> airflow.dag_runs.create("etl", "by-hand-1")                        # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.airflow_api.assets import Assets
from astro_provider.airflow_api.connections import Connections
from astro_provider.airflow_api.dag_runs import DagRuns
from astro_provider.airflow_api.dags import Dags
from astro_provider.airflow_api.import_errors import ImportErrors
from astro_provider.airflow_api.pools import Pools
from astro_provider.airflow_api.task_instances import TaskInstances
from astro_provider.airflow_api.variables import Variables

if TYPE_CHECKING:
    from datetime import datetime

    from astro_provider.airflow_api.dialects import Dialect
    from astro_provider.http.api import Api

__all__ = ["AirflowClient"]


class AirflowClient:
    """The Airflow of one Deployment; created by :func:`astro_provider.airflow_api.connect.airflow_client`.

    :param api: The API to send requests to.
    :param dialect: The names that this major version of Airflow uses.
    :param version: The version of Airflow, if Astro returns it.
    """

    def __init__(self, api: Api, dialect: Dialect, *, version: str | None = None) -> None:
        self._api = api
        #: Its version, such as ``3.1.5``, if Astro names it.
        self.version = version
        #: Its major version: 2 or 3.
        self.major = dialect.major
        #: Whether the API shows a mask for a connection's password if there is one; Airflow 2 shows nothing.
        self.shows_passwords = dialect.shows_passwords
        #: Whether its API can handle pools without a limit.
        self.has_unlimited_pools = dialect.has_unlimited_pools
        self.dags = Dags(api, dialect)
        self.dag_runs = DagRuns(api, dialect)
        self.task_instances = TaskInstances(api, dialect)
        self.import_errors = ImportErrors(api, dialect)
        self.connections = Connections(api, dialect)
        self.variables = Variables(api, dialect)
        self.pools = Pools(api, dialect)
        self.assets = Assets(api, dialect)

    def server_time(self) -> datetime:
        """Return the time by this Airflow's own clock: from the last response's ``Date`` header."""
        return self._api.server_time()
