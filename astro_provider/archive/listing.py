"""What is in a folder: every file and link that is shipped, and one digest over all of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from astro_provider.archive.tarball import Packed

#: The first bytes that are digested. A digest that is made in another way needs another one.
FORMAT = b"astro_provider archive 1\n"
#: What Airflow looks for DAGs in.
CODE = (".py", ".zip")


class Entry(NamedTuple):
    """One file or link.

    :param path: Its path in the archive, the prefix included.
    :param source: Where it is on this machine.
    :param size: Bytes of a file.
    :param sha256: Digest of a file's content; empty for a link.
    :param executable: Whether its owner may execute it.
    :param target: Where a link leads, as the archive has it; ``None`` for a file.
    """

    path: str
    source: str
    size: int = 0
    sha256: bytes = b""
    executable: bool = False
    target: str | None = None


@dataclass(frozen=True)
class Listing:
    """A folder as it was read.

    :param folder: The folder, every link in its own path resolved.
    :param entries: What is shipped, ordered by path; folders are not: an empty one does not exist for Astro.
    """

    folder: str
    entries: tuple[Entry, ...]

    @property
    def files(self) -> int:
        """How many files and links there are."""
        return len(self.entries)

    @cached_property
    def bytes(self) -> int:
        """How many bytes its files have together."""
        return sum(entry.size for entry in self.entries)

    @cached_property
    def python_files(self) -> int:
        """How many files there are in which Airflow would look for DAGs; without one, a deploy leaves no DAG."""
        return sum(entry.path.endswith(CODE) for entry in self.entries)

    @cached_property
    def digest(self) -> str:
        """``sha256:...`` over path, executable bit, link target and content of each entry.

        Not over the packed bytes: they change with the release of the compression library.
        """
        digest = hashlib.sha256(FORMAT)
        for entry in self.entries:
            kind = b"l" if entry.target is not None else b"x" if entry.executable else b"f"
            content = entry.sha256 if entry.target is None else entry.target.encode()
            # With the lengths, no two listings can be read alike.
            for part in (kind, entry.path.encode(), content):
                digest.update(b"%d:%b" % (len(part), part))
        return f"sha256:{digest.hexdigest()}"

    def pack(self) -> Packed:
        """Pack it into a temporary file, which is gone when the returned context ends.

        :raises FolderError: A file has changed or vanished since it was read, or the archive is too large.
        """
        from astro_provider.archive.tarball import pack

        return pack(self)
