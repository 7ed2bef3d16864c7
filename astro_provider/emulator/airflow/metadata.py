"""What one Airflow stores, as the metadata database of a Deployment has it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from astro_provider.emulator.state import State

Document = dict[str, Any]


class Metadata:
    """The documents of one Deployment's Airflow, by kind and key, in the order in which they were made.

    :param state: The emulator's state.
    :param deployment_id: The Deployment.
    """

    def __init__(self, state: State, deployment_id: str) -> None:
        self.state = state
        self.deployment_id = deployment_id

    def _kind(self, kind: str) -> str:
        return f"airflow/{self.deployment_id}/{kind}"

    def all(self, kind: str) -> list[Document]:
        """Return all documents of a kind.

        :param kind: For example ``dag``.
        """
        return self.state.store.all(self._kind(kind))

    def get(self, kind: str, key: str) -> Document | None:
        """Return a document.

        :param kind: For example ``dag``.
        :param key: Its key.
        """
        return self.state.store.get(self._kind(kind), key)

    def put(self, kind: str, key: str, document: Document) -> Document:
        """Store a document; returns it.

        :param kind: For example ``dag``.
        :param key: Its key.
        :param document: The document.
        """
        document["id"] = key
        self.state.store.put(self._kind(kind), document)
        return document

    def delete(self, kind: str, key: str) -> None:
        """Forget a document.

        :param kind: For example ``dag``.
        :param key: Its key.
        """
        self.state.store.delete(self._kind(kind), key)

    def number(self, kind: str) -> int:
        """Return the next number for a kind whose keys are numbers.

        :param kind: For example ``import_error``.
        """
        counter = self.get("counter", kind) or {"last": 0}
        counter["last"] += 1
        self.put("counter", kind, counter)
        return int(counter["last"])

    def now(self) -> str:
        """Return the present moment as it is stored."""
        return datetime.fromtimestamp(self.state.clock(), timezone.utc).isoformat(timespec="microseconds")
