"""Reading responses: an API's JSON, its errors, and what turns up instead of them."""

from __future__ import annotations

import email.utils
import json
import math
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeVar

from astro_provider.common.masking import masked
from astro_provider.errors import (
    ApiError,
    BadRequestError,
    ConflictError,
    FieldError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    UnauthorizedError,
    UnexpectedResponseError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from astro_provider.http.messages import Response
    from astro_provider.http.profile import ErrorBody

#: Longest piece of a foreign body that an error message quotes.
QUOTE = 200

J = TypeVar("J", dict[str, Any], list[Any])

_BY_STATUS: dict[int, type[ApiError]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    412: ConflictError,
    429: RateLimitedError,
}


def parse_json(method: str, path: str, response: Response) -> dict[str, Any]:
    """Return the response's JSON object.

    :param method: HTTP method of the request.
    :param path: Path of the request below the base URL.
    :param response: A 2xx response.
    :raises UnexpectedResponseError: The body is empty, not JSON or not an object.
    """
    return _json(method, path, response, dict, "an object")


def parse_json_list(method: str, path: str, response: Response) -> list[Any]:
    """Return the response's JSON array.

    :param method: HTTP method of the request.
    :param path: Path of the request below the base URL.
    :param response: A 2xx response.
    :raises UnexpectedResponseError: The body is empty, not JSON or not an array.
    """
    return _json(method, path, response, list, "a list")


def _json(method: str, path: str, response: Response, kind: type[J], noun: str) -> J:
    if not response.content.strip():
        raise UnexpectedResponseError(method, path, response.status, "the body is empty")
    reason = None
    try:
        body = json.loads(response.content)
    except ValueError:
        # What was going to be a deploy has a URL to upload code to, and a new token is a secret itself: not quoted.
        if response.content.lstrip()[:1] in {b"{", b"["}:
            reason = f"the body is not JSON: it is cut off or damaged ({len(response.content):,} bytes)"
        elif method != "GET":
            reason = f"the body is not JSON; it is {_measure(response)}"
        else:
            reason = f"the body is not JSON; it is {_describe(response)}"
    if reason is not None:  # raised out here: the parser's error holds the whole body, and would be the context
        raise UnexpectedResponseError(method, path, response.status, reason)
    if not isinstance(body, kind):
        reason = f"the body is a JSON {type(body).__name__}, not {noun}"
        raise UnexpectedResponseError(method, path, response.status, reason)
    return body


def api_error(
    method: str,
    path: str,
    response: Response,
    read_error: Callable[[Mapping[str, Any]], ErrorBody],
    hide: Sequence[str] = (),
    *,
    quote: bool = True,
) -> ApiError:
    """Build the typed error for an error response, whatever its body is.

    :param method: HTTP method of the request.
    :param path: Path of the request below the base URL.
    :param response: A response with status 400 or more.
    :param read_error: The API's own way to read the body of an error.
    :param hide: Secrets that the response may repeat; they become ``****``.
    :param quote: Whether to quote a body that is not in the API's format.
    """
    error_class = _BY_STATUS.get(response.status, ServerError if response.status >= 500 else ApiError)
    body = read_error(_error_object(response))
    return error_class(
        method,
        path,
        response.status,
        masked(body.message, hide) if body.message else _describe(response, hide) if quote else _measure(response),
        request_id=body.request_id,
        field_errors=tuple(FieldError(e.field, e.code, masked(e.message, hide)) for e in body.field_errors),
        retry_after=_retry_after(response.header("Retry-After")),
        is_foreign=body.message is None,
    )


def _error_object(response: Response) -> dict[str, Any]:
    # The content type is not asked: audit logs send the same error object as application/octet-stream.
    try:
        body = json.loads(response.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _describe(response: Response, hide: Sequence[str] = ()) -> str:
    """Say what a body is that is not the API's; the first characters help to recognise a proxy's page."""
    # Masked before it is cut: of a secret that the cut divides, the first half would stay.
    text = " ".join(masked(response.content.decode(errors="replace"), hide).split())
    if not text:
        return f"{response.reason or 'no message'} (empty body)"
    content_type = _content_type(response)
    quoted = text if len(text) <= QUOTE else text[:QUOTE] + "..."
    return f"{content_type}: {quoted}"


def _measure(response: Response) -> str:
    """Say how much of what a body is, without quoting it."""
    return f"{_content_type(response)} ({len(response.content):,} bytes)"


def _content_type(response: Response) -> str:
    return (response.header("Content-Type") or "an unnamed type").split(";")[0]


def _retry_after(value: str | None) -> float | None:
    """Seconds from a ``Retry-After`` header, which holds a number or a date."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = email.utils.parsedate_to_datetime(value)
        except ValueError:
            return None
        if moment.tzinfo is None:
            return None
        seconds = (moment - datetime.now(timezone.utc)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None
