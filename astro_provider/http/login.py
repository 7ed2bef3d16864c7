"""How a registry wants to be logged in to, and where a login may go. Pure.

A registry answers 401 with ``WWW-Authenticate``: either ``Basic``, or ``Bearer`` with the address of a token service
(its ``realm``), which may be at another host and which gets user and password for a short-lived token.
Source: https://distribution.github.io/distribution/spec/auth/token/
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from astro_provider.http.urls import is_below, is_loopback, is_safe_for_token, is_well_formed

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Below which domains Astro's own registry may have its token service.
#: Source: https://www.astronomer.io/docs/astro/allowlist-domains
ASTRO_DOMAINS = ("astronomer.io", "astronomer.cloud", "astronomer.run")
_TOKEN = r"[\w!#$%&'*+.^`|~-]+"
_PARAMETER = re.compile(rf'({_TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}))\s*(?:,|$)\s*')
_SCHEME = re.compile(rf"({_TOKEN})(?:\s+|\s*(?:,|$)\s*)")


@dataclass(frozen=True)
class Login:
    """A user and a password for one registry.

    :param user: The user's name.
    :param password: The password or token.
    :param domains: Domains below which a token service may be that gets them; ``None``: wherever the registry says.
    """

    user: str
    password: str = field(repr=False)
    domains: tuple[str, ...] | None = None

    @property
    def basic(self) -> str:
        """The value of the header ``Authorization``."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no error may repeat."""
        return (self.basic.partition(" ")[2], self.password)


def read_challenges(header: str) -> dict[str, Mapping[str, str]]:
    """Return the challenges of a ``WWW-Authenticate`` header: scheme in lower case -> its parameters.

    :param header: The header; several of them are joined with commas.
    """
    found: dict[str, Mapping[str, str]] = {}
    at = 0
    parameters: dict[str, str] = {}
    while at < len(header):
        if parameter := _PARAMETER.match(header, at):
            quoted, plain = parameter.group(2), parameter.group(3)
            parameters[parameter.group(1).lower()] = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            at = parameter.end()
        elif scheme := _SCHEME.match(header, at):
            parameters = {}
            found.setdefault(scheme.group(1).lower(), parameters)
            at = scheme.end()
        else:
            break
    return found


def why_not_log_in(realm: str, registry: str, login: Login | None) -> str | None:
    """Say why a token service gets no request; ``None``: it may get one, and the login, if there is one.

    It has to be encrypted. A service on this machine is only trusted by a registry on this machine. Astro's API token
    goes to a token service at the registry's own host or at one of Astro's, never to a host that somebody put into a
    response.

    :param realm: The address that the registry names.
    :param registry: The registry's own address.
    :param login: The user and password that the service would get.
    """
    if not is_well_formed(realm):
        return "it names no usable address of a token service"
    parts = urlsplit(realm)
    host, here = parts.hostname or "", urlsplit(registry).hostname or ""
    if not is_safe_for_token(realm):
        return f"its token service at {parts.netloc} is not https"
    if is_loopback(host) and not is_loopback(here):
        return f"its token service at {parts.netloc} is an address of this machine"
    if login is None or login.domains is None or host == here or (is_loopback(host) and is_loopback(here)):
        return None
    if is_below(realm, login.domains):
        return None
    return f"its token service at {parts.netloc} is neither at the registry's host nor at one of Astro's"
