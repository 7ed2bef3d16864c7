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
