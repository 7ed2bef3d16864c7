"""How a task can fail although its requests got responses."""

from __future__ import annotations

from astro_provider.errors.base import AstroError


class HibernatingError(AstroError):
    """A Deployment is hibernating, so its Airflow does not respond; it may be awake when the task is retried."""

    retryable = True


class LostUpdateError(AstroError):
    """Twice in a row, Astro did not show what was sent; somebody else may be changing the same thing."""

    retryable = True


class HandOverError(AstroError):
    """The new value of a token could not be stored, or does not work; a retry creates another value."""

    retryable = True


class PartialFailureError(AstroError):
    """Some of several changes were refused; the others were made. The message lists what was refused, and why."""


class WaitError(AstroError):
    """A wait ended without reaching its goal."""


class WaitTimeoutError(WaitError):
    """The goal was not reached in time."""

    retryable = True


class WaitFailedError(WaitError):
    """The status is one that the task counts as a failure."""


class DeployFailedError(WaitFailedError):
    """Astro could not roll out a deploy. A retry creates a new one."""

    retryable = True


class DagRunFailedError(WaitFailedError):
    """A DAG run that the task waited for failed.

    :param message: Which of its tasks failed, and why.
    :param retryable: Whether a retry of the task continues the run or starts another one.
    """

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class WaitGoneError(WaitError):
    """What the task waited for was deleted."""
