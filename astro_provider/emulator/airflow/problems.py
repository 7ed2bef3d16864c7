"""What Airflow refuses. Its two lines rarely use the same words, so each refusal names both."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):  # noqa: N818  (a response, not a fault of the emulator)
    """An error response of Airflow.

    :param status: HTTP status code.
    :param v1: Airflow 2's title and detail; one of them may be ``None``.
    :param v2: Airflow 3's detail.
    :param bare: Whether Airflow 2's error comes from its web framework.
    """

    def __init__(
        self, status: int, v1: tuple[str | None, str | None] = (None, None), v2: Any = None, *, bare: bool = False
    ) -> None:
        super().__init__(status)
        self.status = status
        self.v1 = v1
        self.v2 = v2
        self.bare = bare


class Crash(Exception):  # noqa: N818
    """A 500 of Airflow, as its web server shows one: no JSON.

    :param body: The page.
    :param media_type: Its media type.
    """

    def __init__(self, body: str, media_type: str) -> None:
        super().__init__(body)
        self.body = body
        self.media_type = media_type


def refused(status: int, text: str) -> Refusal:
    """Return a refusal that both lines word alike.

    :param status: HTTP status code.
    :param text: What is wrong.
    """
    return Refusal(status, (None, text), text)


def missing(noun: str, v1: str | None, v2: str) -> Refusal:
    """Return a 404.

    :param noun: What Airflow 2's title calls it.
    :param v1: Airflow 2's detail.
    :param v2: Airflow 3's detail.
    """
    return Refusal(404, (f"{noun} not found", v1), v2)


def crash(major: int) -> Crash:
    """Return what an exception that Airflow does not handle looks like.

    :param major: 2 or 3.
    """
    if major == 3:
        return Crash("Internal Server Error", "text/plain")
    page = "<html>\n  <head>\n    <title>Internal Server Error</title>\n  </head>\n  <body>\n    <h1>Ooops!</h1>\n"
    return Crash(f"{page}    <pre>Something bad has happened.</pre>\n  </body>\n</html>\n", "text/html")
