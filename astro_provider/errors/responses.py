"""How a request can fail: an error status, no response, or one that is not the API's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from astro_provider.errors.base import AstroError

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(frozen=True)
class FieldError:
    """One entry of the API's ``fieldErrors``.

    :param field: The request field that was refused.
    :param code: The API's code for the reason.
    :param message: The API's explanation.
    """

    field: str
    code: str
    message: str


class ApiError(AstroError):
    """The API returned an error status.

    :param method: HTTP method of the request.
    :param path: Path of the request below the API's base URL.
    :param status: HTTP status code.
    :param message: The API's own message, or a description of a body that did not come from the API.
    :param request_id: The ``requestId`` that Astronomer's support asks for, if there is one.
    :param field_errors: The refused fields (only with status 400).
    :param retry_after: Seconds the API asked to wait, if it did.
    :param is_foreign: Whether the body is not in the API's own format: a proxy may have responded instead.
    """

    #: Whether the message already explains the likely reason.
    is_explained = False

    def __init__(
        self,
        method: str,
        path: str,
        status: int,
        message: str,
        *,
        request_id: str | None = None,
        field_errors: tuple[FieldError, ...] = (),
        retry_after: float | None = None,
        is_foreign: bool = False,
    ) -> None:
        self.method = method
        self.path = path
        self.status = status
        self.message = message
        self.request_id = request_id
        self.field_errors = field_errors
        self.retry_after = retry_after
        self.is_foreign = is_foreign
        text = f"{method} {path} returned {status}: {message}"
        for error in field_errors:
            text += f"\n  {error.field}: {error.message} ({error.code})"
        if request_id:
            text += f" [requestId {request_id}]"
        super().__init__(text)

    def explained(self, explanation: str) -> Self:
        """Return the same error with one more sentence.

        :param explanation: The likely reason.
        """
        error = type(self)(
            self.method,
            self.path,
            self.status,
            f"{self.message.rstrip('.')}. {explanation}",
            request_id=self.request_id,
            field_errors=self.field_errors,
            retry_after=self.retry_after,
            is_foreign=self.is_foreign,
        )
        error.is_explained = True
        return error


class BadRequestError(ApiError):
    """400: the request is malformed or refused, for example because the name is in use."""


class UnauthorizedError(ApiError):
    """401: there is no token, or it is wrong, expired or revoked."""


class ForbiddenError(ApiError):
    """403: the token's role does not allow the request."""


class UploadExpiredError(ForbiddenError):
    """403 from the store that code is uploaded to: the signed URL has expired, or does not allow the upload.

    A new deploy has a new URL.
    """

    retryable = True


class NotFoundError(ApiError):
    """404: unknown or deleted."""


class ConflictError(ApiError):
    """409 or 412: the resource's state forbids the request."""


class AlreadyExistsError(ConflictError):
    """409: the resource already existed, so this request did not create it."""


class RateLimitedError(ApiError):
    """429: too many requests for this token."""

    retryable = True


class ServerError(ApiError):
    """5xx: Astro or something in front of it failed."""

    retryable = True


class NoResponseError(AstroError):
    """No complete response arrived. The request may or may not have taken effect.

    :param method: HTTP method of the request.
    :param path: Path of the request below the API's base URL.
    :param reason: What happened, in words; the HTTP library's own exception may contain the token and is dropped.
    :param sent: False if the request certainly did not reach the API (refused connection, unknown host).
    :param host: Host and port of the request, unless the path begins with them.
    """

    retryable = True

    def __init__(self, method: str, path: str, reason: str, *, sent: bool = True, host: str | None = None) -> None:
        self.method = method
        self.path = path
        self.reason = reason
        self.sent = sent
        self.host = host
        #: The reason as the end of a sentence.
        self.ending = reason if reason.endswith((".", "?")) else f"{reason}."
        whence = f" from {host}" if host else ""
        super().__init__(f"{method} {path} got no response{whence}: {self.ending}")


class UnexpectedResponseError(AstroError):
    """The response does not come from the API, or is incomplete.

    :param method: HTTP method of the request.
    :param path: Path of the request below the API's base URL.
    :param status: HTTP status code.
    :param reason: What was found instead of the expected response.
    :param retryable: Whether another attempt may get the expected response.
    """

    def __init__(self, method: str, path: str, status: int, reason: str, *, retryable: bool = True) -> None:
        self.retryable = retryable
        self.method = method
        self.path = path
        self.status = status
        self.reason = reason
        super().__init__(f"{method} {path} returned {status}, but {reason}")
