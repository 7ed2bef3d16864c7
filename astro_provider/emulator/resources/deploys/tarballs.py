"""What is in a tarball of DAGs. Nothing of it is written anywhere, and no name in it leads out of it."""

from __future__ import annotations

import gzip
import io
import posixpath
import tarfile
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Bytes of a tarball, unpacked.
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
    bounded: Any = _Bounded(file)
    try:
        with tarfile.open(fileobj=bounded, mode="r|") as tarball:
            for member in tarball:
                _read(tarball, member, files, links)
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise ValueError(f"the upload cannot be read as a tarball: {error}") from None
    return files | _linked(files, links)


def _read(tarball: tarfile.TarFile, member: tarfile.TarInfo, files: dict[str, bytes], links: dict[str, str]) -> None:
    path = _inside(member.name)
    if path is None:
        return
    if member.isreg():
        opened = tarball.extractfile(member)
        files[path] = opened.read() if opened else b""
    elif member.islnk() or member.issym():
        base = posixpath.dirname(path) if member.issym() else ""
        target = _inside(posixpath.join(base, member.linkname))
        if target is not None:
            links[path] = target


class _Bounded:
    """A tarball, unpacked if it is gzipped, as a stream that ends with an error instead of filling the memory."""

    def __init__(self, file: BinaryIO) -> None:
        is_gzipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        self._stream: Any = gzip.GzipFile(fileobj=file) if is_gzipped else file
        self._room = MOST_BYTES

    def read(self, size: int) -> bytes:
        """Return the next bytes.

        :param size: How many.
        :raises ValueError: They are more than fit.
        """
        content: bytes = self._stream.read(size)
        self._room -= len(content)
        if self._room < 0:
            raise ValueError(f"the tarball has more than {MOST_BYTES:,} bytes")
        return content


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
