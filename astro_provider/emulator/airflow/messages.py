"""A request to a Deployment's Airflow and its response."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class AirflowRequest:
    """A request to a Deployment's Airflow.

    :param method: HTTP method.
    :param base: The path of the Deployment's web server.
    :param path: Path below that.
    :param raw_path: The same, as it was sent: ``%2F`` is not a slash yet.
    :param query: Query parameters in order.
    :param raw_query: The same, as they were sent.
    :param authorization: The header ``Authorization``.
    :param headers: The headers that a real Airflow gets to see, in lower case.
    :param content: The body.
    """

    method: str
    base: str
    path: str
    raw_path: str
    query: list[tuple[str, str]]
    raw_query: str = ""
    authorization: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""


@dataclass(frozen=True)
class AirflowResponse:
    """A response of a Deployment's Airflow.

    :param status: HTTP status.
    :param content: The body.
    :param media_type: Its media type; empty: none.
    :param location: Where a redirect leads to; empty: it is none.
    """

    status: int
    content: bytes = b""
    media_type: str = ""
    location: str = ""
