"""Reading a folder: what is shipped, and everything that cannot be, found in one go and before anything is sent."""

from __future__ import annotations

import hashlib
import os
import posixpath
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from astro_provider.archive.links import LinkError, read_link, shipped_target
from astro_provider.archive.listing import Entry, Listing
from astro_provider.archive.patterns import DEFAULT_EXCLUDE, Patterns
from astro_provider.archive.reading import BLOCK, is_utf8, open_file
from astro_provider.common.suggestions import did_you_mean
from astro_provider.errors import ConfigurationError, FolderError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SPECIAL = (
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISFIFO, "is a pipe"),
    (stat.S_ISBLK, "is a device"),
    (stat.S_ISCHR, "is a device"),
)


def scan(folder: str | os.PathLike[str], *, prefix: str = "dags", exclude: Iterable[str] = DEFAULT_EXCLUDE) -> Listing:
    """Read a folder and return what is shipped of it.

    A link as the folder itself is followed, once: what it leads to is what is read and packed, even if it leads
    elsewhere a moment later (as with git-sync). Owners, times, and modes other than "executable" are not looked at.
    Hard links are files like all others. An empty folder is not shipped.

    :param folder: The folder.
    :param prefix: Folder of the archive that its content comes into; empty: none.
    :param exclude: Patterns of what is left out, besides version control; see :mod:`astro_provider.archive.patterns`.
    :raises FolderError: There is no such folder, or something in it cannot be shipped; names everything that cannot.
    :raises ConfigurationError: A pattern or the prefix cannot be used.
    """
    start, patterns = _checked_prefix(prefix), Patterns(exclude)
    root = _resolved(folder)
    scanned = _Scan(root, patterns)
    scanned.run()
    if scanned.problems:
        raise FolderError(os.fspath(folder), sorted(scanned.problems), retryable=not scanned.is_lasting)
    entries = [entry._replace(path=start + entry.path) for entry in scanned.entries]
    return Listing(root, tuple(sorted(entries)))


class _Scan:
    """One reading of a folder. Paths are below it."""

    def __init__(self, folder: str, patterns: Patterns) -> None:
        self.entries: list[Entry] = []
        self.problems: list[str] = []
        #: Whether something is in the way that will still be there in a moment.
        self.is_lasting = False
        self._folder = folder
        self._patterns = patterns
        self._shipped: set[str] = set()
        self._links: dict[str, str] = {}
        self._ends: dict[str, str] = {}
        self._buffer = bytearray(BLOCK)

    def run(self) -> None:
        folders = [""]
        while folders:
            folders += self._read_folder(folders.pop())
        for path, end in self._ends.items():
            try:
                target = shipped_target(path, self._links[path], end, self._links, self._shipped)
            except LinkError as error:
                self._add_problem(path, str(error))
            else:
                self.entries.append(Entry(path, self._source(path), target=target))

    def _source(self, path: str) -> str:
        return posixpath.join(self._folder, path)

    def _read_folder(self, folder: str) -> Iterator[str]:
        """Add what is in a folder; yields the folders in it."""
        try:
            with os.scandir(self._source(folder)) as found:
                listed = list(found)
        except OSError as error:
            self._add_error(folder, error)
            return
        for each in listed:
            path = posixpath.join(folder, each.name)
            try:
                status = each.stat(follow_symlinks=False)
            except OSError as error:
                self._add_error(path, error)
                continue
            is_folder = stat.S_ISDIR(status.st_mode)
            if self._patterns.leaves_out(path, is_folder=is_folder):
                continue
            if not is_utf8(each.name):
                self._add_problem(path, "has a name that is not UTF-8")
            elif is_folder:
                yield path
            else:
                self._add(path, status.st_mode)

    def _add(self, path: str, mode: int) -> None:
        special = next((words for is_kind, words in _SPECIAL if is_kind(mode)), None)
        try:
            if special:
                self._add_problem(path, special)
                return
            if stat.S_ISLNK(mode):
                self._links[path], self._ends[path] = read_link(self._folder, path)
            else:
                self.entries.append(self._read_file(path))
        except LinkError as error:
            self._add_problem(path, str(error))
        except OSError as error:
            self._add_error(path, error)
        else:
            self._note_shipped(path)

    def _read_file(self, path: str) -> Entry:
        source = self._source(path)
        size, digest = 0, hashlib.sha256()
        view = memoryview(self._buffer)
        with open(source, "rb", buffering=0, opener=open_file) as file:
            mode = os.fstat(file.fileno()).st_mode
            while count := file.readinto(view):
                digest.update(view[:count])
                size += count
        return Entry(path, source, size, digest.digest(), bool(mode & stat.S_IXUSR))

    def _note_shipped(self, path: str) -> None:
        while path and path not in self._shipped:
            self._shipped.add(path)
            path = posixpath.dirname(path)

    def _add_error(self, path: str, error: OSError) -> None:
        if isinstance(error, FileNotFoundError):
            self.problems.append(f"{path!r} was deleted while the folder was being read")
        else:
            self._add_problem(path, f"cannot be read ({error.strerror})")

    def _add_problem(self, path: str, problem: str) -> None:
        self.problems.append(f"{path or '.'!r} {problem}")
        self.is_lasting = True


def _resolved(folder: str | os.PathLike[str]) -> str:
    """Return a folder's real path."""
    path = os.fspath(folder)
    try:
        real = os.path.realpath(path, strict=True)
    except (FileNotFoundError, NotADirectoryError):
        problem = f"it does not exist.{_near(path)}"
    except (OSError, ValueError) as error:  # the latter: a NUL in it
        problem = f"it cannot be read ({getattr(error, 'strerror', error)})"
    else:
        if Path(real).is_dir():
            return real
        problem = "it is not a folder"
    raise FolderError(path, [problem])


def _near(path: str) -> str:
    """Return a hint at a folder that has nearly the name of the first one of a path that is missing."""
    missing = Path.cwd() / path
    while not missing.parent.is_dir() and missing.parent != missing:
        missing = missing.parent
    try:
        siblings = [each.name for each in missing.parent.iterdir() if each.is_dir()]
    except OSError:
        return ""
    return did_you_mean(missing.name, siblings)


def _checked_prefix(prefix: str) -> str:
    """Return what stands before every path in the archive."""
    stripped = prefix.strip().rstrip("/")
    is_path = all(part not in {"", ".", ".."} for part in stripped.split("/")) and stripped.isprintable()
    if stripped and not is_path:
        raise ConfigurationError(
            f"archive_prefix: {prefix!r} is not a folder in the archive, such as 'dags'; use '' for the root."
        )
    return f"{stripped}/" if stripped else ""
