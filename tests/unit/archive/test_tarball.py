"""The archive: the same bytes for the same content, whoever checked it out, when, and where."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_provider.archive import Entry, scan
from astro_provider.archive import tarball as module
from astro_provider.archive.patterns import VERSION_CONTROL
from tests.slow import examples

from .trees import TREE, checkout, packed_bytes, unpacked, write

#: Of the tree above, unpacked but not untarred, and its digest.
TARBALL = "9617577d65041b5e4c4877f2cdb3f016fa65225d2f675b4f97135bc3db5fa5e7"
DIGEST = "sha256:440929072518cdec94dcb221382253b48a6cf74e825c1770583ccaf638e39a55"


def test_an_archive_holds_exactly_what_was_listed(tmp_path):
    members = unpacked(packed_bytes(checkout(tmp_path / "dags")))
    assert {name: member.content for name, member in members.items() if member.isfile()} == {
        f"dags/{name}": content.encode() if isinstance(content, str) else content
        for name, content in TREE.items()
        if name != "x"
    }
    assert list(members) == sorted(members)


def test_it_says_nothing_about_whoever_made_it(tmp_path):
    data = packed_bytes(checkout(tmp_path / "dags"))
    for name, member in unpacked(data).items():
        assert (member.uid, member.gid, member.uname, member.gname, member.mtime) == (0, 0, "", "", 0)
        assert member.mode == (0o777 if member.issym() else 0o755 if name.endswith("run.sh") else 0o644)
    assert data[4:8] == bytes(4), "the time in gzip's own header"
    assert not data[3], "a name in gzip's own header"


def test_two_checkouts_give_the_same_bytes(tmp_path):
    first = checkout(tmp_path / "here" / "dags")
    second = checkout(tmp_path / "there" / "code", umask=0o077, when=1_800_000_000, reverse=True)
    if os.geteuid() == 0:
        for path in second.rglob("*"):
            os.chown(path, 1234, 5678, follow_symlinks=False)
    assert scan(first).digest == scan(second).digest
    assert packed_bytes(first) == packed_bytes(second)


def test_two_clones_of_a_repository_give_the_same_bytes(tmp_path, monkeypatch):
    git = shutil.which("git")
    if not git:
        pytest.skip("no git")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")

    def run(*words: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run([git, *identity, *words], check=True, capture_output=True)

    origin = checkout(tmp_path / "origin" / "dags").parent
    run("init", "-q", str(origin))
    run("-C", str(origin), "add", "-A")
    run("-C", str(origin), "commit", "-qm", "first")
    found = set()
    for name, umask in (("one", 0o022), ("two", 0o077)):
        before = os.umask(umask)
        run("clone", "-q", str(origin), str(tmp_path / name))
        os.umask(before)
        found.add((scan(tmp_path / name).digest, packed_bytes(tmp_path / name)))
    assert len(found) == 1


def test_the_tarball_is_the_same_with_every_python(tmp_path):
    data = gzip.decompress(packed_bytes(checkout(tmp_path / "dags")))
    assert hashlib.sha256(data).hexdigest() == TARBALL


def test_the_digest_never_changes_since_deploys_made_long_ago_have_it(tmp_path):
    assert scan(checkout(tmp_path / "dags")).digest == DIGEST


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "a.py").write_text("import airflox"),
        lambda folder: (folder / "a.py").rename(folder / "b.py"),
        lambda folder: (folder / "a.py").chmod(0o755),
        lambda folder: (folder / "new").write_text(""),
        lambda folder: (folder / "empty.txt").unlink(),
        lambda folder: (folder / "x").unlink() or (folder / "x").write_text("sub/b.py"),
    ],
    ids=["one byte", "a name", "executable", "a file more", "a file less", "a link becomes a file"],
)
def test_whatever_changes_changes_the_digest_and_the_bytes(tmp_path, change):
    folder = checkout(tmp_path / "dags")
    digest, data = scan(folder).digest, packed_bytes(folder)
    change(folder)
    assert scan(folder).digest != digest
    assert packed_bytes(folder) != data


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: os.utime(folder / "a.py", (1, 1)),
        lambda folder: (folder / "a.py").chmod(0o600),
        lambda folder: (folder / "sub").chmod(0o700),
        lambda folder: (folder / "sub" / "run.sh").chmod(0o700),
        lambda folder: (folder / "new folder").mkdir(),
        lambda folder: os.link(folder / "a.py", folder / "a.pyc"),
    ],
    ids=["a time", "a mode", "a folder's mode", "who may execute", "an empty folder", "an excluded hard link"],
)
def test_what_does_not_matter_changes_nothing(tmp_path, change):
    folder = checkout(tmp_path / "dags")
    digest, data = scan(folder).digest, packed_bytes(folder)
    change(folder)
    assert (scan(folder).digest, packed_bytes(folder)) == (digest, data)


def test_the_prefix_is_part_of_what_is_deployed(tmp_path):
    folder = checkout(tmp_path / "dags")
    assert scan(folder).digest != scan(folder, prefix="").digest


def test_the_digest_does_not_depend_on_how_well_it_is_packed(tmp_path, monkeypatch):
    folder = checkout(tmp_path / "dags")
    digest, data = scan(folder).digest, packed_bytes(folder)
    monkeypatch.setattr(module, "LEVEL", 9)
    assert packed_bytes(folder) != data
    assert scan(folder).digest == digest


def test_hard_links_are_files_of_their_own(folder):
    write(folder, {"a.py": "code"})
    os.link(folder / "a.py", folder / "b.py")
    members = unpacked(packed_bytes(folder))
    assert [(name, m.isfile(), m.content) for name, m in members.items()] == [
        ("dags/a.py", True, b"code"),
        ("dags/b.py", True, b"code"),
    ]


def test_a_sparse_file_is_read_as_what_it_says(folder):
    with (folder / "sparse").open("wb") as file:
        file.truncate(3_000_000)
    assert unpacked(packed_bytes(folder))["dags/sparse"].content == bytes(3_000_000)


def test_tar_itself_reads_it(tmp_path):
    tar = shutil.which("tar")
    if not tar:
        pytest.skip("no tar")
    folder = checkout(tmp_path / "dags")
    (tmp_path / "x.tar.gz").write_bytes(packed_bytes(folder))
    (tmp_path / "out").mkdir()
    subprocess.run([tar, "xzf", tmp_path / "x.tar.gz", "-C", tmp_path / "out"], check=True)
    assert scan(tmp_path / "out" / "dags").digest == scan(folder).digest
    assert os.access(tmp_path / "out" / "dags" / "sub" / "run.sh", os.X_OK)


@pytest.mark.parametrize(
    ("entry", "extended"),
    [
        (Entry("dags/" + "a" * 95, "", 8**11 - 1), False),
        (Entry("dags/" + "a" * 96, ""), True),
        (Entry("dags/ü", ""), True),
        (Entry("dags/a", "", 8**11), True),
        (Entry("dags/a", "", target="b" * 100), False),
        (Entry("dags/a", "", target="b" * 101), True),
    ],
    ids=["100 characters, 8 GiB", "101 characters", "not ASCII", "more than 8 GiB", "target of 100", "target of 101"],
)
def test_an_extended_header_is_there_only_if_it_is_needed(entry, extended):
    header = module.header(entry)
    assert (header[156:157] == b"x") == extended
    with tempfile.TemporaryFile() as file:
        file.write(header + bytes(1024))
        file.seek(0)
        with tarfile.open(fileobj=file, mode="r:") as archive:
            member = archive.firstmember
    assert (member.name, member.size, member.linkname) == (entry.path, entry.size, entry.target or "")


# ---------------------------------------------------------------- every tree


NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=8).filter(
    lambda name: name not in {".", ".."}
)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
FILES = st.dictionaries(PATHS, st.tuples(st.binary(max_size=2000), st.booleans()), max_size=8).filter(
    # No file that would have to be a folder, too, and nothing that is always left out.
    lambda tree: (
        not any(other.startswith(f"{path}/") for path in tree for other in tree)
        and not {name.lower() for path in tree for name in path.split("/")} & {*VERSION_CONTROL, "cvs"}
    )
)


@examples(0.6)
@given(tree=FILES)
def test_every_tree_comes_out_as_it_went_in_and_its_digest_is_its_own(tree):
    with tempfile.TemporaryDirectory() as place:
        one, two = Path(place, "one"), Path(place, "two")
        for folder, reverse in ((one, False), (two, True)):
            folder.mkdir()
            for path in sorted(tree, reverse=reverse):
                write(folder, {path: tree[path][0]})
                (folder / path).chmod(0o755 if tree[path][1] else 0o644)
        first = scan(one, exclude=())
        data = packed_bytes(one, exclude=())
        assert (scan(two, exclude=()).digest, packed_bytes(two, exclude=())) == (first.digest, data)
        members = unpacked(data)
        assert {name.removeprefix("dags/"): (m.content, m.mode == 0o755) for name, m in members.items()} == tree
        for path in list(tree)[:1]:
            (two / path).write_bytes(tree[path][0] + b"!")
            assert scan(two, exclude=()).digest != first.digest
