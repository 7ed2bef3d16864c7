"""From what an admin types to addresses that are safe to send a token to."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from astro_provider.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_URL = "https://api.astronomer.io/v1"


#: ``https:/api…``, ``https//api…``, ``https://https://api…``: Python would take the scheme for the name of a host.
WRONG_SCHEME = re.compile(r"https?(?::?/|:(?!\d)|$)", re.IGNORECASE)
#: A host's name in ASCII; what is left of one in other characters is refused.
HOST = re.compile(r"[a-z0-9_.-]+")
#: A domain with at least two parts, the last of which has a letter.
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?=[0-9-]*[a-z])[a-z0-9-]+")
#: What to write instead of anything that cannot be used.
EXAMPLE = f"Write the whole address into the host, for example {DEFAULT_URL}, and leave port and schema empty."


def address(host: str | None, port: int | None = None, schema: str | None = None) -> str:
    """Put together what Airflow keeps in three fields of a connection, in whichever of its forms it was written.

    A URI's path lands in ``schema``, its port in ``port``, and a host's brackets are lost; other forms have the scheme
    in ``schema``, or everything in ``host``. Fields that repeat each other are fine, fields that disagree are not.

    :param host: The connection's host; may have a scheme, a port and a path of its own.
    :param port: Its port.
    :param schema: ``http``, ``https`` or the API's path.
    :raises ConfigurationError: The fields do not make one address.
    """
    own_scheme, _, rest = (host or "").strip().rpartition("://")
    scheme = (schema or "").strip().strip("/").removesuffix(":")
    path = "" if scheme.lower() in {"", "http", "https"} else f"/{scheme}"
    if path and not path.endswith("/v1"):
        raise ConfigurationError(f"its schema {schema!r} is not http, https or the API's path. {EXAMPLE}")
    scheme = "" if path else scheme.lower()
    if not rest.strip("/"):
        if port or scheme == "http":
            raise ConfigurationError(f"it has a port or a schema, but no host. {EXAMPLE}")
        return ""
    try:
        parts = urlsplit(f"//{_bracketed(rest)}")
        own_port = parts.port
    except ValueError:
        return f"{host}"  # base_url says what is wrong with it
    for field, here, there in (
        ("scheme", own_scheme.lower(), scheme),
        ("port", own_port, port),
        ("path", parts.path.rstrip("/"), path),
    ):
        if here and there and here != there:
            raise ConfigurationError(f"its host says {field} {here}, but another field says {there}. {EXAMPLE}")
    netloc = parts.netloc if own_port or not port else f"{parts.netloc.rstrip(':')}:{port}"
    whole = parts._replace(scheme=own_scheme or scheme or "https", netloc=netloc, path=parts.path.rstrip("/") or path)
    return whole.geturl()


def _bracketed(rest: str) -> str:
    """Return a host and what follows it, with the brackets that a bare IPv6 address needs in a URL."""
    name, slash, path = rest.partition("/")
    try:
        return f"[{ipaddress.IPv6Address(name)}]{slash}{path}"
    except ValueError:
        return rest


def base_url(host: str | None) -> str:
    """Return the API's base URL.

    ``api.example.com``, ``https://api.example.com`` and ``https://api.example.com/v1`` are the same address.

    :param host: What the connection says; empty: Astro's own address.
    :raises ConfigurationError: Not a URL, or plain http to another machine.
    """
    text = (host or "").strip().rstrip("/")
    if not text:
        return DEFAULT_URL
    if WRONG_SCHEME.match(text.partition("://")[2] or text):
        raise ConfigurationError(f"The host {text!r} has a scheme that is misspelled or given twice. {EXAMPLE}")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        parts = None
    if parts is None or re.search(r"[\s\\]", text):
        raise ConfigurationError(f"The host {text!r} is not a URL. Example: {DEFAULT_URL}")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ConfigurationError(f"The host is not an API base URL. Example: {DEFAULT_URL}")
    if old := re.search(r"/(?:platform|iam)(?:/|$)|/v1(?:alpha|beta)\d+", parts.path):
        raise ConfigurationError(
            f"The host's path {parts.path!r} ({old.group().strip('/')}) belongs to an older Astro API. "
            f"This package uses v1: {parts.scheme}://{parts.hostname}{port}/v1"
        )
    path = parts.path.rstrip("/") or "/v1"
    if not path.endswith("/v1"):
        raise ConfigurationError(f"The host's path {path!r} does not end in /v1. Example: {DEFAULT_URL}")
    if not is_safe_for_token(text if "://" in text else f"https://{text}"):
        raise ConfigurationError(
            f"http://{parts.hostname} would send the API token unencrypted. Use https:// "
            "(http:// is accepted for this machine's own address only)."
        )
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{name}{port}{path}"


def is_safe_for_token(url: str) -> bool:
    """Whether nobody can read along where a token is sent to: it is encrypted, or it stays on this machine.

    :param url: An absolute URL.
    """
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


#: A host with or without a port, as every library reads it.
PLAIN_HOST = re.compile(r"(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")


def is_well_formed(url: str, *, relative: bool = False) -> bool:
    """Whether a URL from a response names one host, the same to every library: no user, no backslash, no white space.

    To one library ``https://evil.example\\.astronomer.io`` is below ``astronomer.io``, to another at ``evil.example``.

    :param url: The URL.
    :param relative: Whether it may have no host at all.
    """
    if "\\" in url or not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if relative and not parts.scheme and not parts.netloc:
        return True
    return port != 0 and bool(PLAIN_HOST.fullmatch(parts.netloc))


def checked_domains(domains: Sequence[str]) -> tuple[str, ...]:
    """Return domains in one spelling: lower case, without a dot at either end.

    :param domains: For example ``airflow.example.com``.
    :raises ConfigurationError: One of them is not the name of a domain, or is one that anybody can have a name below.
    """
    found = tuple(str(domain).strip().strip(".").lower() for domain in domains)
    for domain, written in zip(found, domains, strict=True):
        if not DOMAIN.fullmatch(domain):
            raise ConfigurationError(
                f"airflow_domains: {written!r} is not a domain. Write it without scheme, port, path and wildcard, as "
                "in airflow.example.com; hosts below it are included."
            )
    return found


def is_below(url: str, domains: Sequence[str]) -> bool:
    """Whether a URL's host is below one of some domains, or is one of them.

    :param url: An absolute URL.
    :param domains: From :func:`checked_domains`.
    """
    host = (urlsplit(url).hostname or "").rstrip(".")
    # Hosts with other characters, such as a backslash, are not read alike by every library.
    return bool(HOST.fullmatch(host)) and any(host == domain or host.endswith(f".{domain}") for domain in domains)


def is_loopback(hostname: str) -> bool:
    """Whether a host name is this machine's own.

    :param hostname: Name or IP address.
    """
    try:
        return ipaddress.ip_address(hostname).is_loopback
    except ValueError:
        return hostname == "localhost"


def astro_ui_url(api_base_url: str) -> str:
    """Return the Astro UI's address that belongs to an API address.

    :param api_base_url: For example ``https://api.astronomer.io/v1``.
    """
    parts = urlsplit(api_base_url)
    host = parts.hostname or ""
    if is_loopback(host):  # the emulator, which serves pages of its own at the paths of the Astro UI
        return f"{parts.scheme}://{parts.netloc}"
    domain = host[len("api.") :] if host.startswith("api.") else "astronomer.io"
    return f"https://cloud.{domain}"
