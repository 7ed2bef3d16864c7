"""What is in a tarball of DAGs. Nothing of it is written anywhere, and no name in it leads out of it."""

from __future__ import annotations

import io
import posixpath
import tarfile
import zlib
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Bytes of all files together.
MOST_BYTES = 256 * 1024**2
#: Links from one file to the next.
MOST_LINKS = 8


def unpack(file: BinaryIO) -> dict[str, bytes]:
    """Return the files of a tarball, plain or gzipped, by their paths.

    A link stands for the file in the tarball that it leads to. Links out of the tarball, absolute paths, paths with
    ``..``, and whatever is neither a file nor a link are left out.

    :param file: The tarball.
    :raises ValueError: It is none, or too large.
    """
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    room = MOST_BYTES
    try:
        with tarfile.open(fileobj=file, mode="r:*") as tarball:
            for member in tarball:
                path = _inside(member.name)
                if path is None:
                    continue
                if member.isreg():
                    room -= member.size
                    if room < 0:
                        raise ValueError(f"the tarball has more than {MOST_BYTES:,} bytes")
                    opened = tarball.extractfile(member)
                    files[path] = opened.read() if opened else b""
                elif member.islnk() or member.issym():
                    base = posixpath.dirname(path) if member.issym() else ""
                    target = _inside(posixpath.join(base, member.linkname))
                    if target is not None:
                        links[path] = target
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise ValueError(f"the upload cannot be read as a tarball: {error}") from None
    return files | _linked(files, links)


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return a tarball.

    :param files: Contents by path.
    """
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tarball:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            tarball.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _inside(name: str) -> str | None:
    """Return a path without its dots; ``None`` when it leads out of the tarball."""
    path = posixpath.normpath(name)
    if path.startswith("/") or path == "." or path.split("/")[0] == "..":
        return None
    return path


def _linked(files: dict[str, bytes], links: dict[str, str]) -> dict[str, bytes]:
    found = {}
    for path, target in links.items():
        for _ in range(MOST_LINKS):
            if target not in links:
                break
            target = links[target]
        if target in files:
            found[path] = files[target]
    return found
