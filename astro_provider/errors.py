"""All errors of this package, as one tree.

::

    AstroError
    ├── ConfigurationError        the connection, the token or an argument cannot be used
    ├── DeploymentFileError       a Deployment file is wrong; names file, line and key
    ├── RefusedError              the request would fail or do harm; nothing was sent
    │   ├── PlanError             the file is well formed, but what it asks for is not possible
    │   ├── FolderError           a folder cannot be deployed; lists every reason
    │   ├── NameLookupError       a name or an id finds nothing
    │   │   ├── AmbiguousNameError    a name finds more than one, or a file's id and name disagree
    │   │   └── NotParsedError        a Deployment does not have this DAG or asset, or has not parsed it yet
    │   ├── ImageError            Astro cannot run the image
    │   └── GuardError            a guard of the task prevents it: a pattern, a limit, the task's own Deployment
    ├── ApiError                  the API returned an error status
    │   ├── BadRequestError       400
    │   ├── UnauthorizedError     401
    │   ├── ForbiddenError        403
    │   │   └── UploadExpiredError    the URL of an upload has expired; a new deploy gets a new one
    │   ├── NotFoundError         404
    │   ├── ConflictError         409, 412
    │   │   └── AlreadyExistsError    what the task wanted to create already exists
    │   ├── RateLimitedError      429
    │   └── ServerError           5xx
    ├── NoResponseError           no complete response arrived: connection refused, dropped, timed out
    ├── UnexpectedResponseError   a response that is not the API's: HTML, truncated JSON, a redirect elsewhere
    ├── HibernatingError          a Deployment hibernates, so its Airflow does not respond
    ├── LostUpdateError           Astro does not show what was sent; somebody else may have changed it
    ├── HandOverError             a token's new value could not be stored, or does not work
    ├── PartialFailureError       some of several changes were refused; the others were made
    └── WaitError                 a wait ended badly
        ├── WaitTimeoutError      the goal was not reached in time
        ├── WaitFailedError       a status that counts as a failure
        │   ├── DeployFailedError     Astro could not roll out a deploy
        │   └── DagRunFailedError     a DAG run has failed; names its failed tasks
        └── WaitGoneError         what the task waited for was deleted in the meantime

``retryable`` says whether trying again later can help. If it is false, operators raise Airflow's
``AirflowFailException`` so that the task is not retried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self


class AstroError(Exception):
    """Base of all errors of this package."""

    retryable: bool = False


class ConfigurationError(AstroError):
    """The connection, the token or an argument cannot be used."""


class DeploymentFileError(AstroError):
    """A Deployment file cannot be used; the message names the file, the line and the key.

    :param problem: One sentence that says what was found and what is allowed.
    :param source: The file's path, or a description such as ``"template"`` if it came as text or dict.
    :param line: Line number, from 1, if it is known.
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
    """The request would fail or do harm. Nothing was sent."""


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
    """A folder cannot be deployed. Nothing was sent.

    :param folder: The folder's path, as the task received it.
    :param problems: One sentence for each problem; the message lists the first ones.
    :param retryable: Whether the folder may be deployable a moment later.
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
    """A name or an id finds nothing; the message lists similar names."""


class AmbiguousNameError(NameLookupError):
    """More than one thing matches: several have the name, or a file's id and name disagree.

    The message lists all of them.
    """


class NotParsedError(NameLookupError):
    """A Deployment does not have this DAG or asset, or has not parsed it yet; a retry may find it."""

    retryable = True


class ImageError(RefusedError):
    """Astro cannot run an image: it is for another platform, in an old format, or not a container image."""


class GuardError(RefusedError):
    """A guard of the task prevents what it was about to do."""


@dataclass(frozen=True)
class FieldError:
    """One entry of the API's ``fieldErrors``.

    :param field: The rejected field of the request.
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
    :param message: The API's own message, or a description of a body that was not the API's.
    :param request_id: The ``requestId`` that Astronomer support asks for, if there was one.
    :param field_errors: The rejected fields (only with status 400).
    :param retry_after: Seconds that the API asked to wait, if it did.
    :param is_foreign: Whether the body is not in the API's own format: a proxy may have responded.
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
        """Return the same error with an additional sentence.

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
    """400: the request is malformed or not allowed, for example because a name is in use."""


class UnauthorizedError(ApiError):
    """401: there is no token, or it is wrong, expired or revoked."""


class ForbiddenError(ApiError):
    """403: the token's role does not allow the request."""


class UploadExpiredError(ForbiddenError):
    """403 from the store that receives uploads: the signed URL has expired, or never allowed the upload.

    A new deploy gets a new URL.
    """

    retryable = True


class NotFoundError(ApiError):
    """404: the thing does not exist, was deleted, or is not visible to the token."""


class ConflictError(ApiError):
    """409 or 412: the resource is not in a state that allows the request."""


class AlreadyExistsError(ConflictError):
    """409: what the request should create already exists, so this request did not create it."""


class RateLimitedError(ApiError):
    """429: too many requests for this token."""

    retryable = True


class ServerError(ApiError):
    """5xx: Astro, or a proxy in front of it, failed."""

    retryable = True


class NoResponseError(AstroError):
    """No complete response arrived. The request may or may not have taken effect.

    :param method: HTTP method of the request.
    :param path: Path of the request below the API's base URL.
    :param reason: What happened, in words. The HTTP library's own exception may contain the token and is dropped.
    :param sent: False if the request certainly did not reach the API (connection refused, unknown host).
    """

    retryable = True

    def __init__(self, method: str, path: str, reason: str, *, sent: bool = True) -> None:
        self.method = method
        self.path = path
        self.reason = reason
        self.sent = sent
        super().__init__(f"{method} {path} got no response: {reason}")


class UnexpectedResponseError(AstroError):
    """A response is incomplete, or does not come from the API.

    :param method: HTTP method of the request.
    :param path: Path of the request below the API's base URL.
    :param status: HTTP status code.
    :param reason: What the response was instead.
    :param retryable: Whether another attempt may get the expected response.
    """

    def __init__(self, method: str, path: str, status: int, reason: str, *, retryable: bool = True) -> None:
        self.retryable = retryable
        self.method = method
        self.path = path
        self.status = status
        self.reason = reason
        super().__init__(f"{method} {path} returned {status}, but {reason}")


class HibernatingError(AstroError):
    """A Deployment hibernates, so its Airflow does not respond; it may be awake at the next try."""

    retryable = True


class LostUpdateError(AstroError):
    """Twice in a row, Astro did not show what was sent; somebody else may be changing the same thing."""

    retryable = True


class HandOverError(AstroError):
    """A token's new value could not be stored, or does not work; another try creates another value."""

    retryable = True


class PartialFailureError(AstroError):
    """Some of several changes were refused; the others were made. The message lists the refused ones and why."""


class WaitError(AstroError):
    """A wait ended without reaching its goal."""


class WaitTimeoutError(WaitError):
    """The goal was not reached in time."""

    retryable = True


class WaitFailedError(WaitError):
    """The task counts the status that was reached as a failure."""


class DeployFailedError(WaitFailedError):
    """Astro could not roll out a deploy. A retry creates a new one."""

    retryable = True


class DagRunFailedError(WaitFailedError):
    """A DAG run that the task waited for has failed.

    :param message: Which tasks of the run failed, and why.
    :param retryable: Whether a retry of the task continues the run or starts another one.
    """

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class WaitGoneError(WaitError):
    """What the task waited for was deleted in the meantime."""
