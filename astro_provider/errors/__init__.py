"""All errors of this package, as one tree.

::

    AstroError
    ├── ConfigurationError        the connection, the token or an argument cannot be used
    ├── DeploymentFileError       a Deployment file is invalid; names file, line and key
    ├── RefusedError              the task's request is impossible or not allowed; it was not sent
    │   ├── PlanError             the file is valid, but Astro does not allow what it describes
    │   ├── FolderError           a folder cannot be deployed; lists what is wrong with it
    │   ├── NameLookupError       a name or an id matches nothing
    │   │   ├── AmbiguousNameError    a name has several matches, or an id and a name disagree
    │   │   └── NotParsedError        a Deployment has no such DAG or asset, or has not parsed it yet
    │   ├── ImageError            Astro cannot run the image
    │   └── GuardError            a guard prevents the action, such as a pattern or a limit
    ├── ApiError                  the API returned an error status
    │   ├── BadRequestError       400
    │   ├── UnauthorizedError     401
    │   ├── ForbiddenError        403
    │   │   └── UploadExpiredError    the upload URL has expired; a new deploy has a new one
    │   ├── NotFoundError         404
    │   ├── ConflictError         409, 412
    │   │   └── AlreadyExistsError    it already existed, so nothing was created
    │   ├── RateLimitedError      429
    │   └── ServerError           5xx
    ├── NoResponseError           no complete response arrived: connection refused, dropped, timed out
    ├── UnexpectedResponseError   a response that is not the API's: HTML, truncated JSON, a redirect elsewhere
    ├── HibernatingError          a Deployment is hibernating, so its Airflow does not respond
    ├── LostUpdateError           what Astro returns is not what was sent; somebody else may be changing the same thing
    ├── HandOverError             the new value of a token could not be stored, or does not work
    ├── PartialFailureError       some changes were refused; the others were made
    └── WaitError                 a wait failed
        ├── WaitTimeoutError      the goal was not reached in time
        ├── WaitFailedError       the status counts as a failure
        │   ├── DeployFailedError     Astro could not roll out a deploy
        │   └── DagRunFailedError     a DAG run failed; lists its failed tasks
        └── WaitGoneError         what the task waited for was deleted

``retryable`` tells whether a later attempt can succeed. If it is false, operators raise Airflow's
``AirflowFailException``, and the task is not retried.
"""

from __future__ import annotations

from astro_provider.errors.base import (
    AstroError,
    ConfigurationError,
    DeploymentFileError,
)
from astro_provider.errors.outcomes import (
    DagRunFailedError,
    DeployFailedError,
    HandOverError,
    HibernatingError,
    LostUpdateError,
    PartialFailureError,
    WaitError,
    WaitFailedError,
    WaitGoneError,
    WaitTimeoutError,
)
from astro_provider.errors.refusals import (
    AmbiguousNameError,
    FolderError,
    GuardError,
    ImageError,
    NameLookupError,
    NotParsedError,
    PlanError,
    RefusedError,
)
from astro_provider.errors.responses import (
    AlreadyExistsError,
    ApiError,
    BadRequestError,
    ConflictError,
    FieldError,
    ForbiddenError,
    NoResponseError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    UnauthorizedError,
    UnexpectedResponseError,
    UploadExpiredError,
)

__all__ = [
    "AlreadyExistsError",
    "AmbiguousNameError",
    "ApiError",
    "AstroError",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "DagRunFailedError",
    "DeployFailedError",
    "DeploymentFileError",
    "FieldError",
    "FolderError",
    "ForbiddenError",
    "GuardError",
    "HandOverError",
    "HibernatingError",
    "ImageError",
    "LostUpdateError",
    "NameLookupError",
    "NoResponseError",
    "NotFoundError",
    "NotParsedError",
    "PartialFailureError",
    "PlanError",
    "RateLimitedError",
    "RefusedError",
    "ServerError",
    "UnauthorizedError",
    "UnexpectedResponseError",
    "UploadExpiredError",
    "WaitError",
    "WaitFailedError",
    "WaitGoneError",
    "WaitTimeoutError",
]
