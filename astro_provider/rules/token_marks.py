"""What a token's description says about its renewal: whose it is, and how far it has come. Pure.

The API has no field for either, and nothing outside Astro would survive a killed worker. A mark at the end of the
description, such as ``[renewal 1f3c…: in use]``, says it; a token without this task's own mark is somebody else's.
"""

from __future__ import annotations

import enum
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from astro_provider.common.moments import parse_moment, rfc3339_seconds

if TYPE_CHECKING:
    from astro_provider.models.access import Place

#: Most characters of a token's description.
LONGEST_DESCRIPTION = 500
#: Most characters of a token's name.
LONGEST_NAME = 256
#: Characters of the digest that tells a task from all others.
KEY_LENGTH = 16
_LIKE_A_MARK = re.compile(r"\[\s*renewal\s+[0-9a-f]+\s*:[^\]]*\]", re.IGNORECASE)
_MARK = re.compile(
    r"\[renewal ([0-9a-f]{16}): (new|handing over|in use|retired)(?: (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ))?\]"
)


class TokenState(str, enum.Enum):
    """How far a token's renewal has come."""

    #: Created. Its value was in one process alone; it is lost if that process is.
    NEW = "new"
    #: About to be handed over, or just handed over: it may or may not be in the store.
    HANDING_OVER = "handing over"
    #: Handed over, and its value works.
    IN_USE = "in use"
    #: A newer one is in use.
    RETIRED = "retired"


@dataclass(frozen=True)
class TokenMark:
    """What a description says.

    :param key: The task's own, from :func:`task_key`.
    :param state: How far the renewal has come.
    :param retired_at: When the token was retired.
    """

    key: str
    state: TokenState
    retired_at: datetime | None = None

    def __str__(self) -> str:
        since = f" {rfc3339_seconds(self.retired_at)}" if self.retired_at else ""
        return f"[renewal {self.key}: {self.state.value}{since}]"

    def written_after(self, text: str) -> str:
        """Return a description with this mark at its end; a text that is too long for both is cut.

        :param text: A person's own description; other marks in it are left out.
        """
        own, room = without_marks(text), LONGEST_DESCRIPTION - len(str(self)) - 1
        if len(own) > room:
            own = f"{own[: room - 1].rstrip()}…"
        return f"{own} {self}".strip()


def room_for_text() -> int:
    """Return how many characters of a description are left beside the longest mark."""
    longest = TokenMark("0" * KEY_LENGTH, TokenState.RETIRED, datetime(2000, 1, 1, tzinfo=timezone.utc))
    return LONGEST_DESCRIPTION - len(str(longest)) - 1


def task_key(deployment_id: str, dag_id: str, task_id: str, token_name: str, place: Place) -> str:
    """Return what marks the tokens of one task: the same in all its runs, and no other task's.

    Neither the DAG run nor the place among mapped tasks counts, so that a later run finds what an earlier one made.

    :param deployment_id: The Deployment that the task runs in; empty outside Astro.
    :param dag_id: Its DAG.
    :param task_id: Its task.
    :param token_name: The name of the tokens that it renews.
    :param place: What they are for.
    """
    parts = [deployment_id, dag_id, task_id, token_name, place.type, place.id]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:KEY_LENGTH]


def read_marks(description: str | None) -> list[TokenMark]:
    """Return every mark in a description that can be relied on.

    :param description: A token's description.
    """
    marks = []
    for key, word, moment in _MARK.findall(description or ""):
        state = TokenState(word)
        if (state is TokenState.RETIRED) == bool(moment):
            try:
                marks.append(TokenMark(key, state, parse_moment(moment) if moment else None))
            except ValueError:  # the 31st of February, written by a person
                continue
    return marks


def own_mark(description: str | None, key: str) -> TokenMark | None:
    """Return a task's own mark; ``None``: the token is not the task's.

    :param description: A token's description.
    :param key: The task's own.
    """
    return next((mark for mark in reversed(read_marks(description)) if mark.key == key), None)


def without_marks(text: str) -> str:
    """Return a text without anything that looks like a mark.

    :param text: A description.
    """
    while (cut := _LIKE_A_MARK.sub("", text)) != text:  # what is around a mark may be another one in two pieces
        text = cut
    return text.strip()


def retired_name(name: str, moment: datetime) -> str:
    """Return the name of a token that is no longer in use, such as ``ci (retired 2026-11-26)``.

    :param name: Its name; cut where it is too long for both.
    :param moment: When it is retired.
    """
    suffix = f" (retired {moment:%Y-%m-%d})"
    own = re.sub(r"( \(retired \d{4}-\d\d-\d\d\))+$", "", name)
    return own[: LONGEST_NAME - len(suffix)] + suffix
