"""Reading tarballs: whatever is uploaded, no name leads out of it."""

from __future__ import annotations

import io
import tarfile

import pytest

from astro_provider.emulator.resources.deploys import tarballs


def tarball(*entries, mode="w"):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as file:
        for name, content, *kind in entries:
            entry = tarfile.TarInfo(name)
            if kind:
                entry.type, entry.linkname = kind[0], content
                file.addfile(entry)
            else:
                entry.size = len(content)
                file.addfile(entry, io.BytesIO(content))
    packed.seek(0)
    return packed


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_plain_and_gzipped(mode):
    packed = tarball(("dags/a.py", b"a"), ("./dags/b.py", b"b"), mode=mode)
    assert tarballs.unpack(packed) == {"dags/a.py": b"a", "dags/b.py": b"b"}


def test_paths_that_lead_out_are_left_out():
    packed = tarball(("/etc/passwd", b"x"), ("../x", b"x"), ("dags/../../x", b"x"), ("dags/x/../a.py", b"a"))
    assert tarballs.unpack(packed) == {"dags/a.py": b"a"}


def test_links_stand_for_files_in_the_tarball_alone():
    packed = tarball(
        ("dags/lib/a.py", b"a"),
        ("dags/b.py", "lib/a.py", tarfile.SYMTYPE),
        ("dags/c.py", "b.py", tarfile.SYMTYPE),
        ("dags/d.py", "dags/lib/a.py", tarfile.LNKTYPE),
        ("dags/e.py", "/etc/passwd", tarfile.SYMTYPE),
        ("dags/f.py", "../../etc/passwd", tarfile.SYMTYPE),
        ("dags/g.py", "g.py", tarfile.SYMTYPE),
        ("dags/h", "", tarfile.FIFOTYPE),
    )
    linked = {f"dags/{name}.py": b"a" for name in ("lib/a", "b", "c", "d")}
    assert tarballs.unpack(packed) == linked


@pytest.mark.parametrize("content", [b"", b"no tarball", b"\x1f\x8b broken"])
def test_what_is_no_tarball_says_so(target, content):
    made = target.create().json()
    version = target.upload(made["dagsUploadUrl"], content).headers["x-ms-version-id"]
    target.finalize(made["id"], dagTarballVersion=version)
    target.get()
    with pytest.raises(ValueError, match="cannot be read as a tarball"):
        target.astro.dags(target.id)


def test_one_that_is_cut_off_says_so():
    whole = tarball(("dags/a.py", b"a" * 5000), mode="w:gz").getvalue()
    with pytest.raises(ValueError, match="cannot be read as a tarball"):
        tarballs.unpack(io.BytesIO(whole[:-20]))


def test_more_than_fits_is_refused(monkeypatch):
    monkeypatch.setattr(tarballs, "MOST_BYTES", 1000)
    for entries in ([("dags/a.py", b"a" * 600), ("dags/b.py", b"b" * 600)], [("x" * 5000, b"a long name")]):
        with pytest.raises(ValueError, match="more than 1,000 bytes"):
            tarballs.unpack(tarball(*entries, mode="w:gz"))
