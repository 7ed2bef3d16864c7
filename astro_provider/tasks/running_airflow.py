"""The Airflow that a task runs in, as the source of connections, variables and pools.

A task may read the values of any connection and variable whose name it knows, secrets included, wherever they come
from: the metadata database, a secrets backend, the environment. Which ones there are, a task on Airflow 3 cannot find
out; on Airflow 2 the database tells, and on Astro the API of its own Deployment does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowNotFoundException, BaseHook, Variable
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS

from astro_provider.errors import ConfigurationError
from astro_provider.tasks.masking import mask_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from astro_provider.rules.airflow_objects.choice import Choice
    from astro_provider.rules.airflow_objects.objects import AirflowObject

    Objects = Mapping[str, Mapping[str, AirflowObject]]


def with_values(listed: Objects, choice: Choice) -> dict[str, dict[str, AirflowObject]]:
    """Return objects with the values that this task can read, in the place of those that the API masks.

    What is written out is there even if no list has it: a secrets backend, or the Environment Manager, may have it.

    :param listed: What the API of the task's own Deployment lists.
    :param choice: The objects that the task is about; the others are left as they are.
    """
    found: dict[str, dict[str, AirflowObject]] = {}
    for kind, things in listed.items():
        found[kind] = dict(things)
        for name in dict.fromkeys([*things, *choice.exact_names(kind)]):
            if choice.includes(kind, name) and (own := _read(kind, name)) is not None:
                shown = things[name].fields if name in things else {}
                found[kind][name] = replace(own, fields={**shown, **own.fields})
    return found


def can_read(kind: str, name: str) -> bool:
    """Whether this task can read an object, wherever it is kept.

    :param kind: Its kind.
    :param name: Its name.
    """
    return _read(kind, name) is not None


def read_running(choice: Choice) -> dict[str, dict[str, AirflowObject]]:
    """Return what this task can read of the Airflow that it runs in, without an API.

    :param choice: The objects that the task is about.
    :raises ConfigurationError: A task on Airflow 3 would have to list them.
    """
    if AIRFLOW_V_3_0_PLUS:
        return _by_name(choice)
    return with_values(_database(choice), choice)


def _by_name(choice: Choice) -> dict[str, dict[str, AirflowObject]]:
    if "pools" in choice.kinds:
        raise ConfigurationError(f"{_NO_LIST} So pools cannot be copied: set pools=None, or name a source Deployment.")
    for kind in choice.kinds:
        if globs := choice.globs(kind):
            raise ConfigurationError(
                f"{_NO_LIST} So {kind}={globs!r} cannot be found: write exact names, set {kind}=None, or name a source "
                "Deployment."
            )
    return with_values({kind: {} for kind in choice.kinds}, choice)


_NO_LIST = (
    "Without a source Deployment the objects of this task's own Airflow are copied, but outside Astro a task on "
    "Airflow 3 cannot list them."
)


def _connection(conn_id: str) -> AirflowObject | None:
    from astro_provider.common.masking import secret_texts
    from astro_provider.rules.airflow_objects.objects import FIELDS, AirflowObject

    try:
        connection = BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        return None
    fields: dict[str, Any] = {name: getattr(connection, name, None) or None for name in FIELDS}
    _mask(secret_texts(fields["password"], fields["extra"]))
    if fields["description"] is None:  # tasks on Airflow 3 are not told descriptions: that is not "none"
        del fields["description"]
    return AirflowObject("connections", conn_id, fields)


def _variable(key: str) -> AirflowObject | None:
    from astro_provider.rules.airflow_objects.objects import AirflowObject

    otherwise: dict[str, Any] = {"default" if AIRFLOW_V_3_0_PLUS else "default_var": None}
    value = Variable.get(key, **otherwise)
    if value is None:
        return None
    mask_secret(value, key)  # masked if its name is that of a secret
    return AirflowObject("variables", key, {"value": str(value)})


def _read(kind: str, name: str) -> AirflowObject | None:
    readers = {"connections": _connection, "variables": _variable}  # tasks cannot read pools
    return readers[kind](name) if kind in readers else None


def _mask(texts: Iterable[str]) -> None:
    for text in texts:
        mask_secret(text)


def _database(choice: Choice) -> dict[str, dict[str, AirflowObject]]:
    """Return what the metadata database has; tasks on Airflow 2 may read it."""
    from airflow.models import Connection, Pool
    from airflow.models import Variable as StoredVariable
    from airflow.utils.session import create_session

    from astro_provider.rules.airflow_objects.objects import AirflowObject

    found: dict[str, dict[str, AirflowObject]] = {kind: {} for kind in choice.kinds}
    with create_session() as session:
        if "connections" in found:
            for (conn_id,) in session.query(Connection.conn_id):
                found["connections"][conn_id] = AirflowObject("connections", conn_id, {})
        if "variables" in found:
            for key, description in session.query(StoredVariable.key, StoredVariable.description):
                fields: dict[str, Any] = {"value": None, "description": description or None}
                found["variables"][key] = AirflowObject("variables", key, fields)
        if "pools" in found:
            for pool in session.query(Pool):
                fields = {"slots": pool.slots, "include_deferred": bool(pool.include_deferred)}
                name = str(pool.pool)
                fields["description"] = pool.description or None
                found["pools"][name] = AirflowObject("pools", name, fields)
    return found
