"""What is particular to one API: its headers, limits, error bodies, and where its token may go."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astro_provider import __version__
from astro_provider.errors import FieldError
from astro_provider.http.urls import is_safe_for_token

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CLIENT_NAME = "airflow-provider-astro"
#: Minor version of the API that every request pins. Source: https://www.astronomer.io/docs/astro/api/v-1/versioning-and-support
API_VERSION = "1.0"


@dataclass(frozen=True)
class ErrorBody:
    """What the body of an error response says, in the words of its API.

    :param message: The API's own message; ``None``: the body is not in this API's format.
    :param request_id: What the API's support asks for.
    :param field_errors: The refused fields.
    """

    message: str | None = None
    request_id: str | None = None
    field_errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True)
class Profile:
    """What one API expects of every request, and how it reports errors.

    :param headers: Sent with every request.
    :param limits: Requests a second that one token may make, for each method; others are not held back.
    :param read_error: Reads the JSON object of an error response.
    :param takes_token: Whether a URL may be sent the token at all; redirects to another host are refused besides.
    :param secret_posts: Paths at which a POST returns a secret, so that no error may quote what came back.
    """

    headers: Mapping[str, str]
    limits: Mapping[str, float]
    read_error: Callable[[Mapping[str, Any]], ErrorBody]
    takes_token: Callable[[str], bool]
    secret_posts: re.Pattern[str] = re.compile(r"(?!)")

    def may_quote(self, method: str, path: str) -> bool:
        """Whether an error may quote a body that is not in this API's format.

        :param method: HTTP method of the request.
        :param path: Its path.
        """
        return method != "POST" or not self.secret_posts.search(path)


def read_astro_error(body: Mapping[str, Any]) -> ErrorBody:
    """Read the API's ``Error``: ``message``, ``requestId``, ``statusCode`` and, with 400, ``fieldErrors``.

    :param body: The JSON object.
    """
    entries = body.get("fieldErrors")
    return ErrorBody(
        _text(body.get("message")),
        _text(body.get("requestId")),
        tuple(
            FieldError(str(e.get("field", "?")), str(e.get("code", "?")), str(e.get("message", "")))
            for e in (entries if isinstance(entries, list) else ())
            if isinstance(e, dict)
        ),
    )


def read_registry_error(body: Mapping[str, Any]) -> ErrorBody:
    """Read a registry's ``errors`` (each with ``code`` and ``message``), or the one sentence of its token service.

    :param body: The JSON object.
    """
    entries = body.get("errors")
    said = [
        ": ".join(filter(None, (_text(entry.get("code")), _text(entry.get("message")))))
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict)
    ]
    alone = (_text(body.get(key)) for key in ("message", "details", "error_description", "error"))
    return ErrorBody("; ".join(filter(None, said)) or next(filter(None, alone), None))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


#: Astro API v1. Source of the limits: "Astro API overview" of Astronomer's docs.
ASTRO = Profile(
    headers={
        "Accept": "application/json",
        "User-Agent": f"{CLIENT_NAME}/{__version__}",
        "X-API-Version": API_VERSION,
        "X-Astro-Client-Identifier": CLIENT_NAME,
        "X-Astro-Client-Version": __version__,
        "X-Client-OS-Identifier": f"{platform.system().lower()}-{platform.machine()}",
    },
    limits={"GET": 25.0, "POST": 10.0, "DELETE": 5.0},
    read_error=read_astro_error,
    takes_token=is_safe_for_token,
    # A token's value, and the URL that a deploy's code is uploaded to.
    secret_posts=re.compile(r"/(agent-)?tokens(/[^/]+/rotate)?$|/deploys$"),
)

#: Container registries. Each has limits of its own, and says 429 with Retry-After.
REGISTRY = Profile(
    headers={"User-Agent": ASTRO.headers["User-Agent"]},
    limits={},
    read_error=read_registry_error,
    takes_token=lambda _: False,
)

#: The store of uploaded code, an Azure blob store: no token, and errors in XML, whose first words say enough.
STORE = Profile(
    headers={"User-Agent": ASTRO.headers["User-Agent"]},
    limits={},
    read_error=lambda _: ErrorBody(),
    takes_token=lambda _: False,
)
