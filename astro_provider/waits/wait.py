"""One wait as plain data: what a worker hands over to a triggerer, and one triggerer to the next."""

from __future__ import annotations

from dataclasses import dataclass

from astro_provider.waits.goal import Goal, Outcome

#: The task's arguments that limit a wait, and how it ends when one of them is over.
LIMITS = {"timeout": Outcome.TIMED_OUT, "execution_timeout": Outcome.EXECUTION_TIMED_OUT}


@dataclass(frozen=True)
class Words:
    """What messages call the things of one kind.

    :param noun: The thing, as in ``Deployment cl...``.
    :param gone: What has happened to one that no longer exists.
    :param cancelled: What has happened to one after ``on_kill``.
    :param left: What one does whose task no longer waits for it.
    """

    noun: str
    gone: str = "deleted"
    cancelled: str = "deleted"
    left: str = "was not deleted"


@dataclass(kw_only=True, eq=False, repr=False)
class Wait(Goal):
    """A goal and its limits. A new field belongs here, and nowhere else.

    :param started_at: Epoch seconds at which the wait began; ``None``: unknown, and then not mentioned.
    :param deadline: Epoch seconds at which the wait has failed.
    :param limit: The task's argument that the deadline comes from: ``timeout`` or ``execution_timeout``.
    :param poll_interval: Seconds between polls.
    :param url: Where a person would look.
    :param known_as: What messages call the thing until it is seen.
    :param last_status: The status seen before this part of the wait.
    """

    started_at: float | None
    deadline: float
    limit: str = "timeout"
    poll_interval: float = 30.0
    url: str | None = None
    known_as: str | None = None
    last_status: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.limit not in LIMITS:
            raise ValueError(f"limit={self.limit!r} is not valid; allowed: {', '.join(map(repr, LIMITS))}.")
