"""Connections, variables and pools in one form, and what of them an Airflow does not show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from astro_provider.models.airflow.connections import Connection
    from astro_provider.models.airflow.pools import Pool
    from astro_provider.models.airflow.variables import Variable

#: What Airflow shows in the place of a secret. It also stands inside of longer texts that hold a known secret.
AIRFLOWS_MASK = "***"
#: The kinds of objects, by the names of the arguments, in the order in which they are copied.
KINDS = ("connections", "variables", "pools")
#: One of each kind.
SINGULAR = {"connections": "connection", "variables": "variable", "pools": "pool"}
#: The fields of a connection besides its id.
FIELDS = ("conn_type", "description", "host", "login", "password", "schema", "port", "extra")


@dataclass(frozen=True, repr=False)  # its fields hold secrets
class AirflowObject:
    """A connection, a variable or a pool.

    :param kind: One of :data:`KINDS`.
    :param name: Its id, key or name.
    :param fields: What it says, by the names of Airflow 3's API.
    :param unseen: Fields of which is not known whether they are empty: this Airflow never shows them.
    """

    kind: str
    name: str
    fields: Mapping[str, Any]
    unseen: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """Its kind and name, as log lines and errors call it."""
        return f"{SINGULAR[self.kind]} {self.name!r}"

    @property
    def redacted(self) -> list[str]:
        """The fields whose values are not known, because this Airflow masks them, or never shows them."""
        masked = {name for name, value in self.fields.items() if is_masked(value)}
        if self.kind == "variables" and self.fields.get("value") is None:
            masked.add("value")  # Airflow could not decrypt it
        return sorted(masked | self.unseen)

    def without(self, names: list[str]) -> AirflowObject:
        """Return the same object with fewer fields.

        :param names: The fields to leave out.
        """
        kept = {name: value for name, value in self.fields.items() if name not in names}
        return replace(self, fields=kept, unseen=self.unseen - set(names))


def of_connection(connection: Connection, *, shows_password: bool) -> AirflowObject:
    """Return a connection in this form.

    :param connection: As its Airflow returned it by itself; lists leave out ``extra`` on Airflow 2.
    :param shows_password: Whether that Airflow says if there is a password.
    """
    fields = {name: getattr(connection, name) for name in ("description", "host", "login", "port", "extra")}
    fields |= {"conn_type": connection.conn_type, "schema": connection.schema_}
    if shows_password:
        fields["password"] = connection.password
    unseen = frozenset() if shows_password else frozenset({"password"})
    return AirflowObject("connections", connection.connection_id, _blank_is_none(fields), unseen)


def of_variable(variable: Variable) -> AirflowObject:
    """Return a variable in this form.

    :param variable: As its Airflow returned it.
    """
    return AirflowObject(
        "variables", variable.key, {"value": variable.value, "description": variable.description or None}
    )


def of_pool(pool: Pool) -> AirflowObject:
    """Return a pool in this form.

    :param pool: As its Airflow returned it.
    """
    fields = {"slots": pool.slots, "include_deferred": pool.include_deferred, "description": pool.description or None}
    return AirflowObject("pools", pool.name, fields)


def _blank_is_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: None if value == "" else value for name, value in fields.items()}


def is_masked(value: object) -> bool:
    """Whether a value is Airflow's mask, or has it somewhere inside.

    :param value: The value of a field.
    """
    return isinstance(value, str) and AIRFLOWS_MASK in value


def with_secrets(connection: AirflowObject, given: Mapping[str, Any]) -> AirflowObject:
    """Return a connection with the secrets that its Airflow does not show.

    What is given wins. A password that its Airflow never shows, and that is not given either, counts as empty: that is
    what an empty dict says.

    :param connection: The connection.
    :param given: By the names of fields; ``extra`` may be a dict, whose keys are laid over those that are known.
    """
    fields = dict(connection.fields)
    for name in connection.unseen:
        fields[name] = None
    for name, value in given.items():
        if name == "extra" and isinstance(value, Mapping):
            value = json.dumps(_laid_over(parsed_object(fields.get("extra")) or {}, value))
        fields[name] = value
    return replace(connection, fields=_blank_is_none(fields), unseen=frozenset())


def _laid_over(known: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(known)
    for key, value in given.items():
        below = merged.get(key)
        merged[key] = _laid_over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def with_value(variable: AirflowObject, value: object) -> AirflowObject:
    """Return a variable with a value that its Airflow masks.

    :param variable: The variable.
    :param value: Text; anything else is written as JSON.
    """
    text = value if isinstance(value, str) else json.dumps(value)
    return replace(variable, fields={**variable.fields, "value": text})


def parsed_object(text: object) -> dict[str, Any] | None:
    """Return the JSON object that a text is; ``None`` if it is none.

    :param text: The text.
    """
    value = parsed(text)
    return value if isinstance(value, dict) else None


def parsed(text: object) -> Any:
    """Return what a JSON text holds; ``None`` if it is not JSON.

    :param text: The text.
    """
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None


def says_the_same(name: str, one: object, other: object) -> bool:
    """Whether two values of a field are the same, also where an Airflow has written its JSON with other spaces.

    :param name: The field.
    :param one: The one value.
    :param other: The other.
    """
    if one == other:
        return True
    if name not in {"value", "extra"}:
        return False
    values = parsed(one), parsed(other)
    # Numbers and plain words are not written anew: "1" and "1.0" are two values.
    if not all(isinstance(value, dict | list) for value in values):
        return False
    # Not as Python compares them: to it, true, 1 and 1.0 are the same.
    return json.dumps(values[0], sort_keys=True) == json.dumps(values[1], sort_keys=True)
