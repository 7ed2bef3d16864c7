"""Values that a task is given for what the source does not show, checked without repeating one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from astro_provider.common.arguments import is_template
from astro_provider.common.suggestions import did_you_mean
from astro_provider.errors import ConfigurationError
from astro_provider.rules.airflow_objects.objects import AIRFLOWS_MASK, FIELDS


def checked_secrets(given: object) -> Mapping[str, Mapping[str, Any]]:
    """Return secrets of connections; an error never repeats a value.

    :param given: What the task was given.
    :raises ConfigurationError: It is not a dict of dicts, or names a field that no connection has.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ConfigurationError(
            f'secrets must be a dict such as {{"warehouse": {{"password": "..."}}}}; it is {_in_words(given)}.'
        )
    for conn_id, entry in given.items():
        if not isinstance(entry, Mapping):
            raise ConfigurationError(
                f'secrets[{conn_id!r}] must be a dict such as {{"password": "..."}}; it is {_in_words(entry)}.'
            )
        for name, value in entry.items():
            if name not in FIELDS:
                raise ConfigurationError(
                    f"secrets: connection {conn_id!r} has no field {name!r}.{did_you_mean(str(name), FIELDS)} "
                    f"Allowed: {', '.join(FIELDS)}."
                )
            _check_type(f"secrets: {name} of connection {conn_id!r}", name, value)
    return given


def known_secrets(given: object) -> object:
    """Return of secrets what is known when the DAG file is parsed.

    Text stays where a dict belongs: whatever its template gives, it is not a dict.

    :param given: What the task was given.
    """
    if not isinstance(given, Mapping):
        return None
    entries = {conn_id: entry for conn_id, entry in given.items() if isinstance(entry, str) or not is_template(entry)}
    return {conn_id: known_values(entry) if isinstance(entry, Mapping) else entry for conn_id, entry in entries.items()}


def known_values(given: object) -> object:
    """Return of values of variables, or of the fields of a connection, what is known when the DAG file is parsed.

    :param given: What the task was given.
    """
    if not isinstance(given, Mapping):
        return None
    return {key: value for key, value in given.items() if not is_template(value)}


def _in_words(value: object) -> str:
    return "text" if isinstance(value, str) else "None" if value is None else f"of type {type(value).__name__}"


def _check_type(what: str, name: str, value: object) -> None:
    if name == "port" and isinstance(value, int) and not isinstance(value, bool):
        return
    if value is not None and not isinstance(value, str) and not (name == "extra" and isinstance(value, Mapping)):
        raise ConfigurationError(f"{what} is not text, but {type(value).__name__}.")
    if isinstance(value, str) and AIRFLOWS_MASK in value:
        raise ConfigurationError(f"{what} is or contains Airflow's mask, {AIRFLOWS_MASK}.")


def checked_values(given: object) -> Mapping[str, Any]:
    """Return values of variables; an error never repeats one.

    :param given: What the task was given.
    :raises ConfigurationError: It is not a dict, or a value is nothing.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ConfigurationError(
            f'variable_values must be a dict such as {{"api_token": "..."}}; it is {_in_words(given)}.'
        )
    for key, value in given.items():
        if value is None:
            raise ConfigurationError(f"variable_values: the value of {key!r} is None.")
        if isinstance(value, str):
            _check_type(f"variable_values: the value of {key!r}", "value", value)
    return given
