"""gzip is undone as the standard library undoes it, whatever happened to the bytes and however they are cut up."""

from __future__ import annotations

import gzip
import io
import sys
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_provider.audit_logs import gunzip
from astro_provider.audit_logs.gunzip import BLOCK, DamagedError, unpacked

TEXT = b"".join(b'{"timestamp": "2026-01-01T00:00:%02dZ", "n": %d}\n' % (n % 60, n * n) for n in range(40))
PACKED = gzip.compress(TEXT, mtime=0)


@pytest.fixture(params=["isal", "the standard library"], autouse=True, scope="module")
def library(request):
    """Which of the two undoes gzip: isal where it is installed, else the standard library."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param != "isal":
            patch.setitem(sys.modules, "isal", None)
            patch.setitem(sys.modules, "isal.igzip", None)
        yield request.param


def named(text: bytes) -> bytes:
    """Return gzip whose header has a file name, as the command line tool writes it."""
    stream = io.BytesIO()
    with gzip.GzipFile("records.ndjson", "wb", fileobj=stream) as file:
        file.write(text)
    return stream.getvalue()


def by_the_standard_library(packed: bytes) -> bytes | None:
    try:
        return gzip.decompress(packed)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return None


def by_us(packed: bytes, size: int) -> bytes | None:
    pieces = (packed[start : start + size] for start in range(0, len(packed), size))
    try:
        return b"".join(unpacked(pieces))
    except DamagedError:
        return None


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize(
    "packed",
    [
        PACKED,
        named(TEXT),
        gzip.compress(b"") + PACKED,
        PACKED + named(TEXT),
        PACKED + b"\0" * 700,
        PACKED + b"\0" + PACKED,
    ],
    ids=["one member", "a header with a name", "an empty member", "two members", "padding", "padding between members"],
)
def test_every_member_is_unpacked(packed, size):
    whole = by_the_standard_library(packed)
    assert whole
    assert by_us(packed, size) == whole


def test_isal_is_used_where_it_is_installed(library):
    opened, _ = gunzip._opened(io.BytesIO())
    assert type(opened).__module__ == ("isal.igzip" if library == "isal" else "gzip")


def test_cut_off_anywhere_it_is_damaged():
    assert [end for end in range(1, len(PACKED)) if by_us(PACKED[:end], 64) is not None] == []


@given(at=st.integers(0, len(PACKED) - 1), bits=st.integers(1, 255), size=st.integers(1, len(PACKED)))
def test_a_changed_byte_is_judged_as_the_standard_library_judges_it(at, bits, size):
    changed = PACKED[:at] + bytes([PACKED[at] ^ bits]) + PACKED[at + 1 :]
    assert by_us(changed, size) == by_the_standard_library(changed)


@pytest.mark.parametrize(
    "behind",
    [b"x", b"no gzip member", PACKED[:9], PACKED[:-1]],
    ids=["a byte", "text", "half a header", "a member cut short"],
)
def test_what_stands_behind_must_be_whole_gzip(behind):
    assert by_us(PACKED + behind, 64) is None


def test_no_block_is_large_however_well_it_was_packed():
    sizes = [len(block) for block in unpacked([gzip.compress(b"x" * 5_000_000)])]
    assert sum(sizes) == 5_000_000
    assert max(sizes) <= BLOCK


def test_what_reading_raises_passes_through():
    def pieces():
        yield PACKED[:50]
        raise TimeoutError("nothing more arrived")

    with pytest.raises(TimeoutError, match="nothing more arrived"):
        list(unpacked(pieces()))
