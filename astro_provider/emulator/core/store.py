"""Documents in SQLite: in memory by default, in a file where a restart is to keep them."""

from __future__ import annotations

import json
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class Store:
    """Keeps JSON documents by kind and id, in the order in which they were made.

    :param database: Path of a SQLite file; ``None``: in memory.
    """

    def __init__(self, database: str | Path | None = None) -> None:
        self.lock = threading.RLock()
        self._db = sqlite3.connect(database or ":memory:", check_same_thread=False, isolation_level=None)
        if database:
            self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS documents ("
            "number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, id TEXT, body TEXT, UNIQUE (kind, id))"
        )

    def put(self, kind: str, body: dict[str, Any]) -> None:
        """Keep a document, in place of the one with its id.

        :param kind: For example ``deployment``.
        :param body: The document; its ``id`` is the key.
        """
        with self.lock:
            self._db.execute(
                "INSERT INTO documents (kind, id, body) VALUES (?, ?, ?) "
                "ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                (kind, body["id"], json.dumps(body)),
            )

    def get(self, kind: str, identifier: str) -> dict[str, Any] | None:
        """Return a document.

        :param kind: For example ``deployment``.
        :param identifier: Its id.
        """
        with self.lock:
            row = self._db.execute(
                "SELECT body FROM documents WHERE kind = ? AND id = ?", (kind, identifier)
            ).fetchone()
        return json.loads(row[0]) if row else None

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Return all documents of a kind, oldest first.

        :param kind: For example ``deployment``.
        """
        with self.lock:
            rows = self._db.execute("SELECT body FROM documents WHERE kind = ? ORDER BY number", (kind,)).fetchall()
        return [json.loads(row[0]) for row in rows]

    def delete(self, kind: str, identifier: str) -> None:
        """Forget a document.

        :param kind: For example ``deployment``.
        :param identifier: Its id.
        """
        with self.lock:
            self._db.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, identifier))

    def delete_below(self, kind: str) -> None:
        """Forget all documents of the kinds whose names begin alike.

        :param kind: The beginning, such as ``airflow/ID/``.
        """
        with self.lock:
            self._db.execute("DELETE FROM documents WHERE substr(kind, 1, ?) = ?", (len(kind), kind))

    def clear(self) -> None:
        """Forget everything."""
        with self.lock:
            self._db.execute("DELETE FROM documents")

    def close(self) -> None:
        """Close the database."""
        with self.lock:
            self._db.close()
