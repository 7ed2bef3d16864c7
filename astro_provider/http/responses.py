"""Reading answers: the API's JSON, its errors, and what turns up instead of them."""

from __future__ import annotations

import email.utils
import json
import math
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

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
    from collections.abc import Sequence

    from requests import Response

#: Longest piece of a foreign body that an error message quotes.
QUOTE = 200

_BY_STATUS: dict[int, type[ApiError]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    412: ConflictError,
    429: RateLimitedError,
}


def parse_json(method: str, path: str, response: Response) -> Any:
    """Return the answer's JSON object.

    :param method: HTTP method of the call.
    :param path: Path of the call below the base URL.
    :param response: A 2xx answer.
    :raises UnexpectedResponseError: The body is empty, not JSON or not an object.
    """
    if not response.content.strip():
        raise UnexpectedResponseError(method, path, response.status_code, "the body is empty")
    try:
        answer = json.loads(response.content)
    except ValueError:
        reason = f"the body is not JSON but {_describe(response)}"
        raise UnexpectedResponseError(method, path, response.status_code, reason) from None
    if not isinstance(answer, dict):
        reason = f"the body is a JSON {type(answer).__name__}, not an object"
        raise UnexpectedResponseError(method, path, response.status_code, reason)
    return answer


def api_error(method: str, path: str, response: Response, hide: Sequence[str] = ()) -> ApiError:
    """Build the typed error for an error answer, whatever its body is.

    :param method: HTTP method of the call.
    :param path: Path of the call below the base URL.
    :param response: An answer with status 400 or more.
    :param hide: Secrets that the answer may repeat; they become ``****``.
    """
    status = response.status_code
    kind = _BY_STATUS.get(status, ServerError if status >= 500 else ApiError)
    body = _error_body(response)
    message = body.get("message")
    if not isinstance(message, str) or not message:
        message = _describe(response)
    return kind(
        method,
        path,
        status,
        masked(message, hide),
        request_id=_text(body.get("requestId")),
        field_errors=_field_errors(body.get("fieldErrors"), hide),
        retry_after=_retry_after(response.headers.get("Retry-After")),
    )


def _error_body(response: Response) -> dict[str, Any]:
    # The content type is not asked: audit logs send the same error object as application/octet-stream.
    try:
        body = json.loads(response.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _field_errors(entries: object, hide: Sequence[str]) -> tuple[FieldError, ...]:
    if not isinstance(entries, list):
        return ()
    return tuple(
        FieldError(str(e.get("field", "?")), str(e.get("code", "?")), masked(str(e.get("message", "")), hide))
        for e in entries
        if isinstance(e, dict)
    )


def _describe(response: Response) -> str:
    """Say what a body is that is not the API's; the first characters help to recognise a proxy's page."""
    text = " ".join(response.text.split())
    if not text:
        return f"{response.reason or 'no message'} (empty body)"
    kind = response.headers.get("Content-Type", "an unnamed type").split(";")[0]
    quoted = text if len(text) <= QUOTE else text[:QUOTE] + "..."
    return f"{kind}: {quoted}"


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


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
