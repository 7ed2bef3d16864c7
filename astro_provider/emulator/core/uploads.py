"""The upload store: files that clients put at signed addresses. As with Azure's blobs, each upload is a new version."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import shutil
import tempfile
import threading
import uuid
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

#: Seconds for which a signed address is good.
LIFETIME = 3600.0
#: Bytes of all uploads together.
MOST_BYTES = 2 * 1024**3
_KEY = b"the emulator's upload key protects nothing"


class Refusal(Exception):  # noqa: N818  (a response, not a fault of the emulator)
    """What the store refuses, in Azure's words.

    :param status: HTTP status code.
    :param code: Azure's error code.
    :param message: What is wrong.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Uploads:
    """Keeps uploads as files: nothing of them stays in memory.

    :param folder: Where; ``None``: in a temporary folder that is removed by ``close``.
    :param clock: Epoch seconds, for versions and the end of signed addresses.
    :param most_bytes: Bytes of all uploads together.
    """

    def __init__(self, folder: Path | None, clock: Callable[[], float], most_bytes: int = MOST_BYTES) -> None:
        self._lock = threading.Lock()
        self._wanted, self._folder = folder, folder
        self._clock = clock
        self._most_bytes = most_bytes
        self._last = datetime.fromtimestamp(0, timezone.utc)

    # Addresses

    def signed_query(self, blob: str, expires: float) -> str:
        """Return the query that lets its bearer write a blob, in the form of a shared access signature.

        :param blob: The blob's name.
        :param expires: Epoch seconds of its end.
        """
        end = datetime.fromtimestamp(expires, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return urlencode({"sv": "2022-11-02", "se": end, "sr": "b", "sp": "cw", "sig": _signature(blob, end)})

    def check_query(self, blob: str, query: str) -> None:
        """Check the signature of an address.

        :param blob: The blob's name.
        :param query: The address's query.
        :raises Refusal: It is not signed for this blob, or has expired.
        """
        given = dict(parse_qsl(query))
        end = given.get("se", "")
        if not hmac.compare_digest(_signature(blob, end).encode(), given.get("sig", "").encode()):
            raise Refusal(403, "AuthenticationFailed", "Signature did not match.")
        if datetime.strptime(end, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp() <= self._clock():
            raise Refusal(403, "AuthenticationFailed", "Signed expiry time must be after the current time.")

    # Uploads

    async def receive(self, chunks: AsyncIterator[bytes], md5: str | None) -> Path:
        """Write a request's body to a file that has no name in the store yet.

        :param chunks: The body.
        :param md5: What ``Content-MD5`` says; ``None``: it is not sent.
        :raises Refusal: The body does not fit, or is not what ``Content-MD5`` says.
        """
        room = self._most_bytes - sum(file.stat().st_size for file in self._files())
        arriving = self._root() / f"arriving-{uuid.uuid4().hex}"
        digest = hashlib.md5(usedforsecurity=False)
        try:
            with arriving.open("wb") as file:
                async for chunk in chunks:
                    room = self._room(room, chunk)
                    digest.update(chunk)
                    file.write(chunk)
            _check_md5(md5, digest.digest())
        except BaseException:
            arriving.unlink(missing_ok=True)
            raise
        return arriving

    def keep(self, blob: str, arrived: Path) -> str:
        """Make what has arrived the newest version of a blob; returns the version.

        :param blob: The blob's name.
        :param arrived: From ``receive``.
        """
        with self._lock:
            version = self._next_version()
            path = self._path(blob, version)
            path.parent.mkdir(exist_ok=True)
            arrived.replace(path)
        return version

    def add(self, blob: str, content: bytes) -> str:
        """Upload past HTTP; returns the version.

        :param blob: The blob's name.
        :param content: Its content.
        """
        arrived = self._root() / f"arriving-{uuid.uuid4().hex}"
        arrived.write_bytes(content)
        return self.keep(blob, arrived)

    def keep_block(self, blob: str, block_id: str, arrived: Path) -> None:
        """Keep a block until its list is committed.

        :param blob: The blob's name.
        :param block_id: The block's id, in base64.
        :param arrived: From ``receive``.
        """
        path = self._block(blob, block_id)
        path.parent.mkdir(exist_ok=True)
        arrived.replace(path)

    def commit(self, blob: str, arrived: Path) -> str:
        """Make a version of the blocks that a list names; returns the version.

        :param blob: The blob's name.
        :param arrived: The list, from ``receive``.
        :raises Refusal: A block was not sent.
        """
        listed = re.findall(r"<(Latest|Uncommitted)>\s*([^<\s]+)\s*</\1>", arrived.read_text("utf-8", "replace"))
        blocks = [self._block(blob, block_id) for _, block_id in listed]
        if not all(block.is_file() for block in blocks):
            arrived.unlink()
            raise Refusal(400, "InvalidBlockList", "The specified block list is invalid.")
        with arrived.open("wb") as whole:
            for block in blocks:
                with block.open("rb") as part:
                    shutil.copyfileobj(part, whole)
        for block in set(blocks):
            block.unlink()
        return self.keep(blob, arrived)

    def has(self, blob: str, version: str) -> bool:
        """Whether a version of a blob was uploaded.

        :param blob: The blob's name.
        :param version: The version.
        """
        return self._path(blob, version).is_file()

    def open(self, blob: str, version: str) -> BinaryIO:
        """Open a version of a blob for reading.

        :param blob: The blob's name.
        :param version: The version.
        :raises FileNotFoundError: It was never uploaded.
        """
        return self._path(blob, version).open("rb")

    def forget(self, prefix: str) -> None:
        """Remove the blobs whose names begin alike.

        :param prefix: The beginning; empty: all.
        """
        for folder in self._root().glob(f"{prefix}*") if self._folder else ():
            if folder.is_dir():
                shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Remove a temporary folder; one that was named stays."""
        if self._wanted is None and self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _room(self, room: int, chunk: bytes) -> int:
        """Return what is left of the room for uploads after one more chunk."""
        if len(chunk) > room:
            raise Refusal(413, "RequestBodyTooLarge", f"The emulator keeps {self._most_bytes:,} bytes.")
        return room - len(chunk)

    def _root(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="astro-emulator-"))
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder

    def _files(self) -> Iterable[Path]:
        return (file for file in self._root().rglob("*") if file.is_file())

    def _path(self, blob: str, version: str) -> Path:
        return self._root() / blob / _file_name(version)

    def _block(self, blob: str, block_id: str) -> Path:
        return self._root() / blob / f"block-{_file_name(block_id)}"

    def _next_version(self) -> str:
        """Return the present moment as Azure writes it, later than any before."""
        now = datetime.fromtimestamp(self._clock(), timezone.utc)
        self._last = max(now, self._last + timedelta(microseconds=1))
        return self._last.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def _file_name(text: str) -> str:
    """Return a name for a file that no client can choose."""
    return hashlib.sha256(text.encode()).hexdigest()


def _check_md5(said: str | None, found: bytes) -> None:
    if said is None:
        return
    wanted = b""
    with suppress(binascii.Error, ValueError):
        wanted = base64.b64decode(said, validate=True)
    if len(wanted) != len(found):
        raise Refusal(400, "InvalidMd5", "The MD5 value specified in the request is invalid.")
    if wanted != found:
        raise Refusal(400, "Md5Mismatch", "The MD5 value specified in the request did not match the calculated value.")


def _signature(blob: str, end: str) -> str:
    return base64.b64encode(hmac.new(_KEY, f"{blob}\n{end}".encode(), hashlib.sha256).digest()).decode()
