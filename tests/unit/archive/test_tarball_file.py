"""The file that an archive is packed into: where it is, what is left of it, and what may go wrong meanwhile."""

from __future__ import annotations

import base64
import errno
import hashlib
import os
import tempfile
import tracemalloc
from pathlib import Path

import pytest

from astro_provider.archive import scan
from astro_provider.archive import tarball as module
from astro_provider.errors import FolderError

from .trees import checkout, unpacked, write


def test_the_file_is_rewound_and_its_size_and_checksum_are_known(tmp_path):
    with scan(checkout(tmp_path / "dags")).pack() as packed:
        assert packed.file.tell() == 0
        data = packed.file.read()
    assert packed.size == len(data)
    assert packed.md5 == base64.b64encode(hashlib.md5(data).digest()).decode()
    assert packed.file.closed


@pytest.mark.parametrize("limit", [1, 10_000_000], ids=["on the disk", "in memory"])
def test_nothing_is_left_behind_and_nothing_is_written_into_the_folder(tmp_path, monkeypatch, limit):
    folder = checkout(tmp_path / "dags")
    before = sorted(folder.rglob("*"))
    monkeypatch.setattr(module, "IN_MEMORY", limit)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    with scan(folder).pack():
        assert sorted(folder.rglob("*")) == before
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_temporary_folder_inside_the_folder_is_not_used(tmp_path, monkeypatch):
    folder = checkout(tmp_path / "dags")
    (folder / "tmp").mkdir()
    used = []
    real = tempfile.SpooledTemporaryFile
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "tmp"))
    monkeypatch.setattr(
        tempfile, "SpooledTemporaryFile", lambda *args, **named: used.append(named["dir"]) or real(*args, **named)
    )
    with scan(folder).pack():
        assert not Path(used[0]).is_relative_to(folder)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_folder(folder):
    with (folder / "large.bin").open("wb") as file:
        for _ in range(24):
            file.write(os.urandom(1024 * 1024))
    tracemalloc.start()
    try:
        with scan(folder).pack() as packed:
            assert packed.size > 24 * 1024 * 1024
            assert tracemalloc.get_traced_memory()[1] < 12 * 1024 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: path.write_text("two"), "changed while it was being packed"),
        (lambda path: path.write_text("longer"), "grew while it was being packed"),
        (lambda path: path.write_text("s"), "changed while it was being packed"),
        (lambda path: path.unlink(), "could not be read again"),
        (lambda path: path.unlink() or path.symlink_to("other.py"), "could not be read again"),
        (lambda path: path.unlink() or path.mkdir(), "could not be read again"),
        (lambda path: path.unlink() or os.mkfifo(path), "changed while it was being packed"),
    ],
    ids=["same length", "longer", "shorter", "gone", "a link now", "a folder now", "a pipe now"],
)
def test_a_file_that_changes_between_scan_and_pack_is_noticed(folder, change, words):
    write(folder, {"a.py": "one", "other.py": "one"})
    listing = scan(folder)
    change(folder / "a.py")
    with pytest.raises(FolderError, match=rf"'dags/a\.py' {words}") as caught:
        listing.pack()
    assert caught.value.retryable


def test_a_file_that_was_only_touched_or_added_does_not_matter(folder):
    write(folder, {"a.py": "one"})
    listing = scan(folder)
    write(folder, {"a.py": "one", "later.py": ""})
    with listing.pack() as packed:
        assert list(unpacked(packed.file.read())) == ["dags/a.py"]


def test_a_full_disk_is_an_error_that_says_where(folder, monkeypatch):
    write(folder, {"a.py": os.urandom(2_000_000)})

    class Full:
        def write(self, data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", lambda *_, **__: Full())
    with pytest.raises(FolderError, match=r"cannot be written in '.*' \(No space left on device\)") as caught:
        scan(folder).pack()
    assert caught.value.retryable


def test_an_archive_that_the_store_would_not_take_is_refused(folder, monkeypatch):
    write(folder, {"a.py": os.urandom(2000)})
    monkeypatch.setattr(module, "LARGEST", 1000)
    with pytest.raises(FolderError, match=r"bytes when packed; Astro's storage accepts 1,000 at most"):
        scan(folder).pack()
