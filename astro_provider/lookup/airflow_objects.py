"""Reading the connections, variables and pools of a Deployment's Airflow, as far as that shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.errors import NotFoundError
from astro_provider.rules.airflow_objects.objects import AirflowObject, of_connection, of_pool, of_variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from astro_provider.airflow_api import AirflowClient
    from astro_provider.models.airflow.connections import Connection
    from astro_provider.rules.airflow_objects.choice import Choice


def read_objects(airflow: AirflowClient, choice: Choice) -> dict[str, dict[str, AirflowObject]]:
    """Return all objects of the kinds that a task is about, by kind and name; whole, if the task is about them.

    :param airflow: The Airflow to read.
    :param choice: The objects that the task is about.
    """
    readers: dict[str, Callable[[], Iterable[AirflowObject]]] = {
        "connections": lambda: _connections(airflow, choice),
        "variables": lambda: map(of_variable, airflow.variables.list()),
        "pools": lambda: map(of_pool, airflow.pools.list()),
    }
    return {kind: {found.name: found for found in readers[kind]()} for kind in choice.kinds}


def _connections(airflow: AirflowClient, choice: Choice) -> Iterable[AirflowObject]:
    for listed in airflow.connections.list():
        connection: Connection | None = listed
        if not airflow.shows_passwords and choice.includes("connections", listed.connection_id):
            connection = _whole(airflow, listed)
        if connection is not None:
            yield of_connection(connection, shows_password=airflow.shows_passwords)


def _whole(airflow: AirflowClient, listed: Connection) -> Connection | None:
    """Read a connection by itself: the lists of Airflow 2 leave out ``extra``."""
    try:
        return airflow.connections.get(listed.connection_id)
    except NotFoundError:
        return None  # deleted in the meantime
