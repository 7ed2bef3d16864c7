"""What a task does if something has the name already that it is to create. Pure: no clock, no network, no Airflow.

One decision for all that can be created: it may be an earlier try's, it may come from a request whose response was
lost, or it may be somebody else's, and then the DAG author says what to do.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from astro_provider.rules.authorship import is_made_by

if TYPE_CHECKING:
    from datetime import datetime

    from astro_provider.rules.authorship import Authored

    class Existing(Authored, Protocol):
        """Something that was created."""

        @property
        def id(self) -> str:
            """Its id."""


#: What a DAG author can do about a name that is in use.
INSTEAD = (
    "Set if_exists to 'reuse' to use it unchanged, to 'update' to change it, or to 'skip' to skip the task. Or choose "
    "another name."
)


class Action(enum.Enum):
    """What to do next; the values of those that a DAG author chooses are the words of ``if_exists``."""

    #: It is the task's own: go on with it as if this try had created it.
    CONTINUE = "continue"
    FAIL = "fail"
    REUSE = "reuse"
    UPDATE = "update"
    SKIP = "skip"


@dataclass(frozen=True)
class OwnCreates:
    """How a task recognises what it created itself.

    :param created_id: What an earlier attempt remembered having created.
    :param since: Earliest moment, by the API's clock, at which an earlier attempt may have created something whose id
        nobody remembers; ``None``: there was no earlier try.
    :param token_id: The token's own id; ``None``: not known.
    """

    created_id: str | None = None
    since: datetime | None = None
    token_id: str | None = None

    def include(self, existing: Existing) -> bool:
        """Whether the task itself created something.

        :param existing: What has the name.
        """
        if existing.id == self.created_id:
            return True
        return self.since is not None and is_made_by(existing, token_id=self.token_id, since=self.since)


def decide(existing: Existing, own: OwnCreates, *, if_exists: str) -> Action:
    """Say what to do with something that has the name which a task is to create something under.

    :param existing: What has the name.
    :param own: How the task recognises what it created itself.
    :param if_exists: What the DAG author wants if it is somebody else's.
    """
    return Action.CONTINUE if own.include(existing) else Action(if_exists)
