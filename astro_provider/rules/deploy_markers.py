"""What a deploy's description says to later tasks: digests of its code, and the task that began it. Pure.

The API has no field for either. A marker at the end of the description, such as ``[dags sha256:…]``, says what was
deployed; a reader who finds none, or only a piece of one, knows nothing, and the code is deployed again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from astro_provider.models.deploys import LONGEST_DESCRIPTION

if TYPE_CHECKING:
    from astro_provider.rules.dag_runs import TaskIdentity

#: Characters of a task instance's digest that tell it from the others of one Deployment.
KEY_LENGTH = 12
#: Anything that looks like a marker, in whatever spelling; a person's own text must not have one.
_LIKE_A_MARKER = re.compile(
    r"\[\s*(?:dags|image|dbt)\s+sha256\s*:[^\]]*\]|\[\s*task\s+[0-9a-f]+-\d+\s*\]", re.IGNORECASE
)
_DIGEST = re.compile(r"\[\s*(dags|image|dbt)\s+(sha256):([0-9a-f]{64})\s*\]", re.IGNORECASE)
_TASK = re.compile(rf"\[\s*task\s+([0-9a-f]{{{KEY_LENGTH}}})-(\d+)\s*\]", re.IGNORECASE)


@dataclass(frozen=True)
class TaskMark:
    """Which task began a deploy.

    :param key: The same for all tries of a task instance; nobody can read the task's name from it.
    :param round: The first try of the present round: it changes when a person clears the task, and not when Airflow
        retries it by itself.
    """

    key: str
    round: int = 1

    def __str__(self) -> str:
        return f"[task {self.key}-{self.round}]"


@dataclass(frozen=True)
class Marker:
    """What a deploy's description says about it.

    :param dags: Digest of the folder of DAGs that it brought, as ``sha256:…``; ``None``: none, or not known.
    :param image: Digest of the image that it brought.
    :param dbt: Digest of the dbt project that it brought.
    :param task: The task that began it.
    """

    dags: str | None = None
    image: str | None = None
    dbt: str | None = None
    task: TaskMark | None = None

    def written_after(self, text: str) -> str:
        """Return a description with this marker at its end; a text that is too long for both is cut.

        :param text: A person's own description; what looks like a marker in it is left out.
        """
        own, room = without_markers(text), LONGEST_DESCRIPTION - len(str(self)) - 1
        if len(own) > room:
            own = f"{own[: room - 1].rstrip()}…"
        return f"{own} {self}".strip()

    def __str__(self) -> str:
        digests = {"dags": self.dags, "image": self.image, "dbt": self.dbt}
        parts = [f"[{kind} {digest}]" for kind, digest in digests.items() if digest]
        if self.task is not None:
            parts.append(str(self.task))
        return " ".join(parts)


def task_mark(identity: TaskIdentity, first_of_round: int) -> TaskMark:
    """Return how a task instance marks its deploys.

    :param identity: What stays the same over all its tries.
    :param first_of_round: The first try since it was cleared, from 1.
    """
    return TaskMark(identity.digest()[:KEY_LENGTH], first_of_round)


def read_marker(description: str | None) -> Marker:
    """Return what a description says; an empty marker where it says nothing that can be relied on.

    :param description: A deploy's description.
    """
    # The last one of a kind counts: ours stands at the end, and a person may have put a text before it since.
    found = _DIGEST.findall(description or "")
    digests = {kind.lower(): f"{algorithm}:{digest}".lower() for kind, algorithm, digest in found}
    tasks = [TaskMark(key.lower(), int(first)) for key, first in _TASK.findall(description or "")]
    return Marker(**digests, task=tasks[-1] if tasks else None)


def without_markers(text: str) -> str:
    """Return a text without anything that looks like a marker.

    :param text: A description.
    """
    while (cut := _LIKE_A_MARKER.sub("", text)) != text:  # what is around a marker may be another one in two pieces
        text = cut
    return text.strip()
