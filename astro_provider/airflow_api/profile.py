"""What is particular to the Airflow API of a Deployment: where the token may go, how fast, and how errors look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from astro_provider import __version__
from astro_provider.http.profile import CLIENT_NAME, ErrorBody, Profile
from astro_provider.http.urls import is_below, is_loopback, is_safe_for_token, is_well_formed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The domain below which Astro puts the Airflow of each Deployment.
ASTRO_DOMAIN = "astronomer.run"
#: Requests a second to one Deployment. Astronomer documents no limit; its webserver also serves people.
LIMITS = {"GET": 10.0, "POST": 5.0, "PATCH": 5.0, "DELETE": 5.0}


def airflow_profile(domains: Sequence[str]) -> Profile:
    """Return the profile of a Deployment's Airflow API.

    :param domains: Domains that may be sent the token besides Astro's own, from the connection.
    """
    allowed = (ASTRO_DOMAIN, *domains)
    return Profile(
        headers={"Accept": "application/json", "User-Agent": f"{CLIENT_NAME}/{__version__}"},
        limits=LIMITS,
        read_error=read_airflow_error,
        takes_token=lambda url: takes_token(url, allowed),
    )


def takes_token(url: str, domains: Sequence[str]) -> bool:
    """Whether the token may be sent to a URL: https to a host below one of some domains, or this machine itself.

    :param url: An absolute URL.
    :param domains: The domains.
    """
    if not (is_well_formed(url) and is_safe_for_token(url)):
        return False
    return is_loopback(urlsplit(url).hostname or "") or is_below(url, domains)


def read_airflow_error(body: Mapping[str, Any]) -> ErrorBody:
    """Read an error of either Airflow line.

    Airflow 2 sends ``title`` and ``detail`` (RFC 7807); Airflow 3 sends ``detail`` alone: a text, a dict about the
    database's refusal, or a list of what is wrong with each field.

    :param body: The JSON object.
    """
    detail = body.get("detail")
    said = _detail(detail)
    title = body.get("title")
    if not isinstance(title, str) or not title:
        return ErrorBody(said)
    return ErrorBody(f"{title}: {said}" if said and said != title else title)


def _detail(detail: object) -> str | None:
    if isinstance(detail, str):
        return detail or None
    if isinstance(detail, dict):
        # Not ``statement``: an SQL statement can have the values that were sent in it.
        parts = [detail.get("reason"), detail.get("orig_error"), detail.get("message"), detail.get("error")]
        return ": ".join(str(part) for part in parts if part and part != "hidden") or None
    if isinstance(detail, list):
        return "; ".join(filter(None, map(_field, detail))) or None
    return None


def _field(entry: object) -> str | None:
    """Say what is wrong with a field, without ``input`` and ``ctx``, which repeat what was sent."""
    if not isinstance(entry, dict):
        return None
    place = entry.get("loc")
    where = ".".join(map(str, place)) if isinstance(place, list | tuple) else ""
    return ": ".join(part for part in (where, str(entry.get("msg") or entry.get("type") or "")) if part)
