"""Which values Airflow masks: by the names that they have, and wherever a password that it knows stands in a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from astro_provider.emulator.airflow.metadata import Metadata

MASK = "***"
#: Shorter passwords are not looked for in texts: they would mask half of the words.
SHORTEST = 5
#: How deep Airflow 2 looks.
_DEEPEST = 5
_SENSITIVE_2 = frozenset(
    [
        "access_token",
        "api_key",
        "apikey",
        "authorization",
        "passphrase",
        "passwd",
        "password",
        "private_key",
        "proxy",
        "proxies",
        "secret",
        "token",
        "keyfile_dict",
        "service_account",
    ]
)
_SENSITIVE_3 = _SENSITIVE_2 | frozenset(
    ["access_key", "auth_header", "bearer", "connection_string", "dsn", "proxy_password", "service_key", "webhook_url"]
)
#: A value is masked if its name contains one of these.
SENSITIVE = {2: _SENSITIVE_2, 3: _SENSITIVE_3}


def known_passwords(metadata: Metadata) -> list[str]:
    """Return the passwords that an Airflow looks for in texts, the longest first.

    :param metadata: The Airflow's metadata.
    """
    found = {str(each["password"]) for each in metadata.all("connection") if each["password"]}
    return sorted((text for text in found if len(text) >= SHORTEST), key=len, reverse=True)


@dataclass(frozen=True)
class Masker:
    """Masks values, and puts stored ones back.

    :param major: The line of Airflow: 2 or 3.
    :param passwords: What to look for in texts.
    """

    major: int
    passwords: Iterable[str] = ()

    def is_sensitive(self, name: str | None) -> bool:
        """Whether a value is masked because of its name.

        :param name: The name.
        """
        return bool(name) and any(part in str(name).strip().lower() for part in SENSITIVE[self.major])

    def redact(self, value: Any, name: str | None = None, depth: int = 0) -> Any:
        """Return a value with what is sensitive in it masked.

        :param value: The value, as JSON has it.
        :param name: Its name.
        :param depth: How deep it is in another one.
        """
        if self.major == 2 and depth > _DEEPEST:
            return value
        if self.is_sensitive(name):
            return _all_masked(value)
        if isinstance(value, dict):
            return {key: self.redact(inner, key, depth + 1) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.redact(inner, None, depth + 1) for inner in value]
        if isinstance(value, str):
            for password in self.passwords:
                value = value.replace(password, MASK)
        return value

    def merge(self, new: Any, old: Any, name: str | None = None, *, sensitive: bool = False) -> Any:
        """Put stored values back in place of the masks of a value that is sent.

        :param new: What is sent.
        :param old: What is stored.
        :param name: Its name.
        :param sensitive: Whether it is in something whose name is sensitive.
        """
        sensitive = sensitive or self.is_sensitive(name)
        if isinstance(new, dict) and isinstance(old, dict):
            return {
                key: self.merge(value, old[key], key, sensitive=sensitive) if key in old else value
                for key, value in new.items()
            }
        if isinstance(new, list) and isinstance(old, list):
            pairs = [(value, old[at]) for at, value in enumerate(new[: len(old)])]
            return [self.merge(*pair, sensitive=sensitive) for pair in pairs] + new[len(old) :]
        return old if sensitive and new == MASK else new


def _all_masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _all_masked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_all_masked(inner) for inner in value]
    return MASK if isinstance(value, str) else value
