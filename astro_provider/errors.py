"""What can go wrong, as one tree.

::

    AstroError
    ├── ConfigurationError        connection, token or arguments cannot be used
    ├── DeploymentFileError       a Deployment file is wrong; names file, line and key
    ├── RefusedError              the request would not be possible or not be right; nothing was sent
    │   ├── PlanError             the file is well formed, but what it asks for is not possible
    │   ├── FolderError           a folder cannot be deployed as it is; names everything in it that is in the way
    │   ├── NameLookupError       a name or an id finds nothing
    │   │   ├── AmbiguousNameError    a name finds more than one, or a file's id and name disagree
    │   │   └── NotParsedError        a Deployment has no such DAG or asset, or has not parsed it yet
    │   ├── ImageError            an image is not one that Astro can run
    │   └── GuardError            a guard of the task forbids it: a pattern, a limit, the task's own Deployment
    ├── ApiError                  the API returned an error status
    │   ├── BadRequestError       400
    │   ├── UnauthorizedError     401
    │   ├── ForbiddenError        403
    │   │   └── UploadExpiredError    the URL of an upload has expired; a new deploy has a new one
    │   ├── NotFoundError         404
    │   ├── ConflictError         409, 412
    │   │   └── AlreadyExistsError    what was to be created has been there before
    │   ├── RateLimitedError      429
    │   └── ServerError           5xx
    ├── NoResponseError           no complete response arrived: connection refused, dropped, timed out
    ├── UnexpectedResponseError   a response that is not the API's: HTML, truncated JSON, a redirect elsewhere
    ├── HibernatingError          a Deployment hibernates, so its Airflow does not respond
    ├── LostUpdateError           Astro does not show what was sent; somebody else may be changing the same
    ├── HandOverError             a token's new value could not be stored, or does not work
    ├── PartialFailureError       some of several things were refused; the others are done
    └── WaitError                 a wait ended badly
        ├── WaitTimeoutError      the goal was not reached in time
        ├── WaitFailedError       a status that was declared to be a failure
        │   ├── DeployFailedError     Astro could not roll a deploy out
        │   └── DagRunFailedError     a DAG run has failed; says which of its tasks did
        └── WaitGoneError         what was waited for was deleted in the meantime

``retryable`` says whether trying again later can help. If it is false, operators raise Airflow's
``AirflowFailException`` so that the task is not retried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self


class AstroError(Exception):
    """Base of everything this package raises on its own."""

    retryable: bool = False


class ConfigurationError(AstroError):
    """The connection, the token or an argument cannot be used as it is."""


class DeploymentFileError(AstroError):
    """A Deployment file cannot be used; the message names the file, the line and the key.

    :param problem: What was found and what is allowed, one sentence.
    :param source: The file's path, or a description such as ``"template"`` if it came as text or dict.
    :param line: Line number, from 1, where known.
    :param key: Dotted path of the key, for example ``deployment.configuration.executor``.
    """

    def __init__(self, problem: str, *, source: str, line: int | None = None, key: str | None = None) -> None:
        self.problem = problem
        self.source = source
        self.line = line
        self.key = key
        where = source if line is None else f"{source}, line {line}"
        super().__init__(f"{where}: {key}: {problem}" if key else f"{where}: {problem}")


class RefusedError(AstroError):
    """What was asked for is not possible, or something forbids it. Nothing was sent."""


class PlanError(RefusedError):
    """The file is well formed, but what it asks for is not possible. Nothing was sent.

    :param problems: One sentence for each thing that is not possible.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(
            problems[0] if len(problems) == 1 else "\n".join(["Not possible:", *(f"- {p}" for p in problems)])
        )


class FolderError(RefusedError):
    """A folder cannot be deployed as it is. Nothing was sent.

    :param folder: Its path, as it was given.
    :param problems: One sentence for each thing that is in the way; the message has the first of them.
    :param retryable: Whether a moment later the folder may be as it should be.
    """

    #: How many problems the message lists, and most characters of each.
    LISTED, LONGEST = 20, 400

    def __init__(self, folder: str, problems: list[str], *, retryable: bool = False) -> None:
        self.folder = folder
        self.problems = problems
        self.retryable = retryable
        shown = [p if len(p) <= self.LONGEST else f"{p[: self.LONGEST]}..." for p in problems[: self.LISTED]]
        if len(problems) > len(shown):
            shown.append(f"and {len(problems) - len(shown):,} more")
        what = shown[0] if len(shown) == 1 else "".join(f"\n- {each}" for each in shown)
        super().__init__(f"The folder {folder!r} cannot be deployed:{'' if len(shown) > 1 else ' '}{what}")


class NameLookupError(RefusedError):
    """A name or an id finds nothing; the message lists what is near."""


class AmbiguousNameError(NameLookupError):
    """What was given could mean more than one: a name that several have, a file whose id and name disagree.

    The message lists them.
    """


class NotParsedError(NameLookupError):
    """A Deployment has no such DAG or asset, or has not parsed it yet; it may be there when the task is tried again."""

    retryable = True


class ImageError(RefusedError):
    """An image is there, but it is not one that Astro can run: for another platform, in an old format, no image."""


class GuardError(RefusedError):
    """A guard of the task forbids what it was about to do."""


@dataclass(frozen=True)
class FieldError:
    """One entry of the API's ``fieldErrors``.

    :param field: The request field that was refused.
    :param code: The API's code for the reason.
    :param message: The API's sentence about it.
    """

    field: str
    code: str
    message: str


class ApiError(AstroError):
    """The API returned an error status.

    :param method: HTTP method of the request.
    :param path: Path of the request below the API's base URL.
    :param status: HTTP status code.
    :param message: The API's own message, or a description of a body that was not the API's.
    :param request_id: The ``requestId`` that Astronomer support asks for, where there was one.
    :param field_errors: The refused fields (only with status 400).
    :param retry_after: Seconds the API asked to wait, if it did.
    :param is_foreign: Whether the body is not in the API's own format: something in front of it may have responded.
    """

    #: Whether the message already says what the reason may be.
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
        """Return the same error with a sentence more.

        :param explanation: What the reason may be.
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
    """400: the request is malformed or refused, a used name included."""


class UnauthorizedError(ApiError):
    """401: there is no token, or it is wrong, expired or revoked."""


class ForbiddenError(ApiError):
    """403: the token's role does not allow the request."""


class UploadExpiredError(ForbiddenError):
    """403 of the store that code is uploaded to: the signed URL has expired, or never allowed it.

    A new deploy has a new URL.
    """

    retryable = True


class NotFoundError(ApiError):
    """404: unknown or deleted."""


class ConflictError(ApiError):
    """409 or 412: the resource's state forbids the request."""


class AlreadyExistsError(ConflictError):
    """409: what was to be created has been there before, so that this request did not create it."""


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
    :param reason: What happened, in words; the HTTP library's own exception may hold the token and is not kept.
    :param sent: False when the request surely never reached the API (refused connection, unknown host).
    """

    retryable = True

    def __init__(self, method: str, path: str, reason: str, *, sent: bool = True) -> None:
        self.method = method
        self.path = path
        self.reason = reason
        self.sent = sent
        super().__init__(f"{method} {path} got no response: {reason}")


class UnexpectedResponseError(AstroError):
    """A response that does not come from the API, or not the whole of it.

    :param method: HTTP method of the request.
    :param path: Path of the request below the API's base URL.
    :param status: HTTP status code.
    :param reason: What was found instead of the expected response.
    :param retryable: Whether another attempt may bring the expected response.
    """

    def __init__(self, method: str, path: str, status: int, reason: str, *, retryable: bool = True) -> None:
        self.retryable = retryable
        self.method = method
        self.path = path
        self.status = status
        self.reason = reason
        super().__init__(f"{method} {path} returned {status}, but {reason}")


class HibernatingError(AstroError):
    """A Deployment hibernates, so its Airflow does not respond; it may be awake when the task is tried again."""

    retryable = True


class LostUpdateError(AstroError):
    """Twice in a row Astro did not show what was sent: somebody else may be changing the same thing."""

    retryable = True


class HandOverError(AstroError):
    """A token's new value could not be stored, or does not work; another try makes another value."""

    retryable = True


class PartialFailureError(AstroError):
    """Some of several things were refused; the others are done. The message lists what was refused, and why."""


class WaitError(AstroError):
    """A wait ended without reaching its goal."""


class WaitTimeoutError(WaitError):
    """The goal was not reached in time."""

    retryable = True


class WaitFailedError(WaitError):
    """A status was reached that the task declared to be a failure."""


class DeployFailedError(WaitFailedError):
    """Astro could not roll a deploy out. A retry makes a new one."""

    retryable = True


class DagRunFailedError(WaitFailedError):
    """A DAG run that the task waited for has failed.

    :param message: Which of its tasks failed, and why.
    :param retryable: Whether a retry of the task lets the run go on, or starts another one.
    """

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class WaitGoneError(WaitError):
    """What was waited for was deleted in the meantime."""
