"""From a path to text: finds the file, and refuses what cannot be a Deployment file before reading it."""

from __future__ import annotations

import codecs
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from astro_provider.common.suggestions import nearest
from astro_provider.errors import DeploymentFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST = 1024 * 1024


def find(path: str | Path, base_dirs: Sequence[Path]) -> Path:
    """Return the first place at which a path exists.

    :param path: Absolute, or relative to one of the folders.
    :param base_dirs: Folders in order of preference; none means the working directory.
    """
    if not str(path).strip() or "\0" in str(path):
        raise DeploymentFileError("is not a path", source=repr(str(path)[:80]))
    wanted = Path(os.path.expanduser(path))  # noqa: PTH111  (pathlib fails for the "~" of an unknown user)
    places = [wanted] if wanted.is_absolute() else [folder / wanted for folder in base_dirs] or [wanted]
    try:
        found = next((place for place in places if place.exists()), None)
    except OSError as error:
        raise DeploymentFileError(f"cannot be read: {error.strerror}", source=str(path)[:200]) from None
    if found:
        return found
    near = _nearest(places)
    raise DeploymentFileError(
        f"no such file; looked for {', '.join(map(str, places))}" + (f"; did you mean {str(near)!r}?" if near else ""),
        source=str(path),
    )


def read_text(path: Path) -> str:
    """Return the text of a file of at most 1 MiB.

    :param path: An existing path.
    """
    try:
        state = path.stat()
        if stat.S_ISDIR(state.st_mode):
            raise DeploymentFileError("is a directory, not a file", source=str(path))
        if not stat.S_ISREG(state.st_mode):
            raise DeploymentFileError("is not a regular file", source=str(path))
        if state.st_size > LARGEST:
            raise DeploymentFileError(
                f"is too large for a Deployment file: {state.st_size:,} bytes, at most {LARGEST:,}", source=str(path)
            )
        data = path.read_bytes()
    except OSError as error:
        raise DeploymentFileError(f"cannot be read: {error.strerror}", source=str(path)) from None
    return decode(data, str(path))


def decode(data: bytes, source: str) -> str:
    """Return bytes as text: UTF-8, or UTF-16 with a byte-order mark, which Windows PowerShell writes on redirect.

    :param data: The whole file.
    :param source: What errors call it.
    :raises DeploymentFileError: It is neither.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            problem = f"starts with a UTF-16 byte-order mark, but is not UTF-16 text: see offset {error.start}"
            raise DeploymentFileError(problem, source=source) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DeploymentFileError(
            f"is not UTF-8 text: byte 0x{data[error.start]:02x} at offset {error.start}",
            source=source,
            line=data.count(b"\n", 0, error.start) + 1,
        ) from None


def _nearest(places: list[Path]) -> Path | None:
    """Return the existing file whose name is most like the one looked for."""
    there: dict[str, Path] = {}
    for folder in [place.parent for place in places]:
        with suppress(OSError):
            there = {entry.name: entry for entry in folder.iterdir()} | there
    near = nearest(places[0].name, there, cutoff=0.8)
    return there[near] if near else None
