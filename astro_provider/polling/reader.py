"""What the board needs to know about one kind of thing that has a status."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

KeyT = TypeVar("KeyT", bound=Hashable)
#: What is read: a thing that has a status, or something else that a poll needs to know.
StateT_co = TypeVar("StateT_co", covariant=True)
ClientT_contra = TypeVar("ClientT_contra", contravariant=True)


@runtime_checkable
class Reader(Protocol[ClientT_contra, KeyT, StateT_co]):
    """How things of one kind are read for waits, many with one request.

    Its methods run in a thread of the pool and make one attempt: the waits are the retry loop. Readers are compared and
    hashed, so that waits of one kind find each other: one without fields of its own is made once, for all waits.
    """

    @property
    def batch_size(self) -> int:
        """How many things one request can ask for."""

    def group(self, key: KeyT) -> Hashable:
        """Return what the keys of one request have in common; for a deploy, say, its Deployment.

        :param key: What identifies one thing: its id, or a tuple of ids.
        """

    def read_batch(self, client: ClientT_contra, keys: Sequence[KeyT]) -> Mapping[KeyT, StateT_co]:
        """Read things of one group with one request; those that the response leaves out are missing in the result.

        :param client: The connection's client.
        :param keys: Up to ``batch_size`` keys.
        """

    def read_one(self, client: ClientT_contra, key: KeyT) -> StateT_co:
        """Read one thing by itself: a list may lag behind, so only this says for certain that something is gone.

        :param client: The connection's client.
        :param key: Its key.
        :raises NotFoundError: It does not exist.
        """


AnyReader = Reader[Any, Any, Any]
