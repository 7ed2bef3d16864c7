"""How a task's work ended badly although its requests were answered."""

from __future__ import annotations

from astro_provider.errors.base import AstroError


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
