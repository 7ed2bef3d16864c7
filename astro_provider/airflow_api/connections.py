"""Connections of a Deployment's Airflow. Their secrets can be written, but never read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.airflow_api.resource import Objects
from astro_provider.common.masking import secret_texts
from astro_provider.models.airflow.connections import Connection

if TYPE_CHECKING:
    from collections.abc import Mapping


class Connections(Objects[Connection]):
    """The connections in one Deployment's metadata database; no others, such as those of its Environment Manager.

    On Airflow 2, ``list`` does not return ``extra``, but ``get`` does.
    """

    segment, noun, model = "connections", "a connection", Connection
    name_field = "connection_id"

    def create(self, connection_id: str, /, fields: Mapping[str, object]) -> None:
        """Create a connection.

        :param connection_id: Its id.
        :param fields: Fields with Airflow's own names: ``conn_type``, which is required, ``host``, ``login``,
            ``password``, ``schema``, ``port``, ``extra`` (JSON text), ``description``.
        :raises AlreadyExistsError: A connection with this id already exists.
        """
        self._post({"connection_id": connection_id, **fields}, _hidden(fields))

    def update(self, connection_id: str, /, fields: Mapping[str, object]) -> None:
        """Change some fields of a connection and leave the others as they are. Safe to repeat.

        :param connection_id: Its id.
        :param fields: As for ``create``; ``conn_type`` is also required here.
        :raises NotFoundError: There is no connection with this id.
        """
        self._patch(connection_id, {"connection_id": connection_id, **fields}, _hidden(fields))


def _hidden(fields: Mapping[str, object]) -> list[str]:
    return secret_texts(fields.get("password"), fields.get("extra"))
