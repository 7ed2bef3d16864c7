"""What of a folder is left out of its archive: by patterns that the user chooses, and by one rule that nobody chooses.

A pattern without a slash is compared with the name of each file and folder, wherever it is: ``*.csv``, ``notebooks``.
One with a slash is compared with the path below the folder: ``reports/*.csv``; ``**`` stands for any number of folders,
``*`` never for a slash. A slash at the end means folders only, one at the beginning only says "with a slash". A folder
that matches is left out with all that is in it. Upper and lower case differ.
"""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING, NamedTuple

from astro_provider.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Byte code, hidden caches, and what editors and file managers leave behind.
DEFAULT_EXCLUDE = (
    "__pycache__",
    "*.py[co]",
    ".cache",
    ".hypothesis",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".ruff_cache",
    ".tox",
    "*~",
    "*.sw[op]",
    ".#*",
    "#*#",
    "._*",
    ".DS_Store",
    ".idea",
    ".vscode",
    "Thumbs.db",
)
#: Always left out: the configuration of a version control system may hold credentials, and its history every file that
#: was ever deleted. In worktrees and submodules of git, ``.git`` is a file.
VERSION_CONTROL = frozenset({".bzr", ".git", ".hg", ".jj", ".pijul", ".sl", ".svn", "_darcs"})


class _Path(NamedTuple):
    """A pattern with a slash: one expression for each part, ``None`` for ``**``."""

    parts: tuple[re.Pattern[str] | None, ...]
    folders_only: bool


class Patterns:
    """Says of each file and folder whether it is left out.

    :param patterns: The patterns; see the head of this module.
    :raises ConfigurationError: One of them is not a text, or has ``..`` in it.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        names: list[str] = []
        folder_names: list[str] = []
        self._paths: list[_Path] = []
        for pattern in [patterns] if isinstance(patterns, str) else patterns:
            text, folders_only = _checked(pattern)
            if not text.strip("/"):
                continue
            if "/" not in text:
                (folder_names if folders_only else names).append(text)
            else:
                parts = tuple(None if part == "**" else _compiled([part]) for part in text.split("/") if part)
                self._paths.append(_Path(parts, folders_only))
        self._name = _compiled(names)
        self._folder_name = _compiled([*names, *folder_names])

    def leaves_out(self, path: str, *, is_folder: bool) -> bool:
        """Whether a file or a folder is left out; what is in a folder that is need not be asked for.

        :param path: Path below the folder.
        :param is_folder: Whether it is a folder; a link to one is none.
        """
        name = path.rpartition("/")[2]
        if name.lower() in VERSION_CONTROL or (name == "CVS" and is_folder):
            return True
        if (self._folder_name if is_folder else self._name).match(name):
            return True
        return any(_fits(path.split("/"), each.parts) for each in self._paths if is_folder or not each.folders_only)


def _checked(pattern: object) -> tuple[str, bool]:
    """Return a pattern without the slash at its end, and whether it had one."""
    if not isinstance(pattern, str):
        raise ConfigurationError(f"exclude: {pattern!r} is not a pattern; allowed: texts such as '*.csv' and 'tests/'.")
    text = pattern.strip().removeprefix("./")
    if text.startswith("!"):
        raise ConfigurationError(f"exclude: {pattern!r} would re-include files; patterns can only exclude.")
    if ".." in text.split("/"):
        raise ConfigurationError(f"exclude: {pattern!r} points outside the folder; paths are relative to the folder.")
    return text.rstrip("/"), text.endswith("/")


def _compiled(patterns: Sequence[str]) -> re.Pattern[str]:
    """Return one expression for many patterns; none at all matches nothing."""
    return re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns) or r"(?!)")


def _fits(names: Sequence[str], parts: Sequence[re.Pattern[str] | None]) -> bool:
    if not parts:
        return not names
    if parts[0] is None:
        # At the end, everything in a folder; elsewhere any number of folders, none included.
        return bool(names) if len(parts) == 1 else any(_fits(names[at:], parts[1:]) for at in range(len(names) + 1))
    return bool(names) and parts[0].match(names[0]) is not None and _fits(names[1:], parts[1:])
