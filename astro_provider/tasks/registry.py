"""The login for an image registry, from an Airflow connection of type ``docker``."""

from __future__ import annotations

from typing import TypedDict

from airflow.providers.common.compat.sdk import AirflowNotFoundException, BaseHook

from astro_provider.common.arguments import is_given
from astro_provider.errors import ConfigurationError

#: Types of connections that may be a registry's; ``generic`` is at hand where the Docker provider is not installed.
TYPES = ("docker", "generic")


class RegistryLogin(TypedDict, total=False):
    """Where a login is for, and the login."""

    host: str | None
    login: str | None
    password: str | None
    known_as: str


def registry_login(conn_id: str | None) -> RegistryLogin:
    """Return what a connection says; nothing if there is none.

    :param conn_id: The connection's id; Airflow's ``docker`` type keeps host, port, login and password as they are.
    :raises ConfigurationError: There is no such connection, or it is for something else.
    """
    if not is_given(conn_id):
        return {}
    try:
        connection = BaseHook.get_connection(str(conn_id))
    except AirflowNotFoundException:
        raise ConfigurationError(
            f"registry_conn_id: there is no Airflow connection {conn_id!r}. Add one of type Docker with the registry's "
            "host, login and password."
        ) from None
    if connection.conn_type and connection.conn_type not in TYPES:
        raise ConfigurationError(
            f"registry_conn_id: the connection {conn_id!r} is of type {connection.conn_type!r}, not 'docker' or "
            "'generic', so its password is not sent to a registry. Name a connection of type Docker or Generic."
        )
    host = connection.host or ""
    return {
        "known_as": f"The connection {conn_id!r} (registry_conn_id)",
        "host": f"{host}:{connection.port}" if host and connection.port else host,
        "login": connection.login,
        "password": connection.password,
    }
