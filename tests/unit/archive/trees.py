"""Folders to archive, and what comes out of an archive again."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from pathlib import Path

from astro_provider.archive import scan


def write(folder: Path, tree: dict[str, str | bytes | None]) -> Path:
    """Write files; ``None`` makes an empty folder, and a text ``-> x`` a link to x."""
    for name, content in tree.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir()
        elif isinstance(content, bytes):
            path.write_bytes(content)
        elif content.startswith("-> "):
            path.symlink_to(content.removeprefix("-> "))
        else:
            path.write_text(content)
    return folder


def packed_bytes(folder, **arguments) -> bytes:
    with scan(folder, **arguments).pack() as packed:
        return packed.file.read()


class Member(tarfile.TarInfo):
    """A file or link of an archive, with its content."""

    content: bytes | None = None


def unpacked(data: bytes) -> dict[str, Member]:
    """Return the members of an archive, in its order."""
    members = {}
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(data)), mode="r:", tarinfo=Member) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            member.content = file.read() if file else None
            assert member.name not in members
            members[member.name] = member
    return members


TREE = {
    "a.py": "import airflow",
    "sub/b.py": b"\x00\xff" * 3000,
    "sub/run.sh": "#!/bin/sh",
    "empty.txt": "",
    "x": "-> sub/b.py",
    "ü/" + "long" * 30 + ".sql": "select 1",
}


def checkout(folder: Path, *, umask: int = 0o022, when: int = 1_700_000_000, reverse: bool = False) -> Path:
    before = os.umask(umask)
    try:
        write(folder, dict(sorted(TREE.items(), reverse=reverse)))
        (folder / "sub" / "run.sh").chmod(0o777 & ~umask)
    finally:
        os.umask(before)
    for path in folder.rglob("*"):
        os.utime(path, (when, when), follow_symlinks=False)
    return folder
