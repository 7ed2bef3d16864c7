"""Symbolic links: those that stay inside are shipped as links, by real paths; every other one is refused."""

from __future__ import annotations

import os

import pytest

from astro_provider.archive import scan
from astro_provider.errors import FolderError

from .trees import packed_bytes, unpacked, write


def targets(folder, **arguments) -> dict[str, str]:
    return {e.path: e.target for e in scan(folder, **arguments).entries if e.target is not None}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("x", "a.py"),
        ("x", "./a.py"),
        ("x", "sub//b.py"),
        ("x", "sub"),
        ("sub/x", "../a.py"),
        ("sub/x", "../sub/b.py"),
        ("sub/deep/x", "../../a.py"),
        ("x", "sub/../a.py"),
    ],
)
def test_a_link_inside_stays_what_it_is(folder, path, text):
    write(folder, {"a.py": "a", "sub/b.py": "b", "sub/deep/c.py": "c", path: f"-> {text}"})
    assert targets(folder) == {f"dags/{path}": text}
    member = unpacked(packed_bytes(folder))[f"dags/{path}"]
    assert (member.issym(), member.linkname, member.size) == (True, text, 0)


def test_a_chain_of_links_inside_stays_a_chain(folder):
    write(folder, {"a.py": "a", "one": "-> two", "two": "-> sub/three", "sub/three": "-> ../a.py"})
    assert targets(folder) == {"dags/one": "two", "dags/two": "sub/three", "dags/sub/three": "../a.py"}


def test_a_way_through_a_linked_folder_stays_what_it_is(folder):
    write(folder, {"real/a.py": "a", "lib": "-> real", "x": "-> lib/a.py", "y": "-> lib/../real/a.py"})
    assert targets(folder) == {"dags/lib": "real", "dags/x": "lib/a.py", "dags/y": "lib/../real/a.py"}


def test_an_absolute_link_into_the_folder_is_written_as_a_relative_one(folder):
    write(folder, {"a.py": "a", "sub/x": f"-> {folder}/a.py", "sub/y": f"-> {folder}/lib", "lib/l.py": ""})
    assert targets(folder) == {"dags/sub/x": "../a.py", "dags/sub/y": "../lib"}


@pytest.mark.parametrize("text", ["../dags/a.py", "../hop", "../hop2/a.py"])
def test_a_way_that_leaves_the_folder_and_comes_back_is_written_without_the_detour(folder, text):
    write(folder, {"a.py": "a", "x": f"-> {text}"})
    write(folder.parent, {"hop": "-> dags/a.py", "hop2": "-> dags"})
    assert targets(folder) == {"dags/x": "a.py"}


def test_where_the_folder_lies_makes_no_difference(tmp_path):
    found = set()
    for place in ("one", "two/three"):
        folder = tmp_path / place / "dags"
        write(folder, {"a.py": "a", "sub/x": f"-> {folder}/a.py", "y": f"-> {folder}/sub"})
        found.add((scan(folder).digest, packed_bytes(folder)))
    assert len(found) == 1


def test_a_folder_that_is_reached_by_a_link_is_inside_itself(folder, tmp_path):
    write(folder, {"a.py": "a", "x": f"-> {tmp_path}/current/a.py"})
    (tmp_path / "current").symlink_to("dags")
    assert targets(tmp_path / "current") == {"dags/x": "a.py"}


@pytest.mark.parametrize(
    "text", ["/etc/passwd", "../dags2/a.py", "../dags2", "../../..", "..", "/", "hop", "sub/../../dags2/a.py"]
)
def test_a_link_that_leads_outside_is_refused_by_its_real_path(folder, text):
    write(folder.parent, {"dags2/a.py": "not ours"})
    write(folder, {"sub/b.py": "", "a.py": "", "x": f"-> {text}", "hop": "-> ../dags2/a.py"})
    with pytest.raises(FolderError) as caught:
        scan(folder)
    real = os.path.realpath(folder / "x")
    end = "" if real == text else f", to '{real}'"
    assert f"'x' is a link to '{text}', which leads outside the folder{end}" in caught.value.problems


def test_an_absolute_link_beside_the_folder_with_the_same_beginning_is_outside(folder):
    write(folder.parent, {"dags-old/a.py": ""})
    write(folder, {"x": f"-> {folder}-old/a.py"})
    with pytest.raises(FolderError, match="leads outside the folder"):
        scan(folder)


def test_a_name_that_begins_with_two_dots_is_inside(folder):
    write(folder, {"..data/a.py": "", "x": "-> ..data/a.py"})
    assert targets(folder) == {"dags/x": "..data/a.py"}


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"x": "-> x"}, "'x' is a link that leads in a circle"),
        ({"x": "-> y", "y": "-> x"}, "'x' is a link that leads in a circle"),
        ({"x": "-> gone.py"}, r"'x' is a link to 'gone\.py', which does not exist"),
        ({"a.py": "", "x": "-> a.py/below"}, r"'x' is a link to 'a\.py/below', which does not exist"),
        ({"sub/x": "-> ../sub", "sub/a.py": ""}, r"'sub/x' is a link to '\.\./sub', a folder that contains the link"),
        ({"sub/x": "-> .", "sub/a.py": ""}, r"'sub/x' is a link to '\.', a folder that contains the link"),
        ({"x": "-> .", "a.py": ""}, r"'x' is a link to '\.', a folder that contains the link"),
        ({"x": "-> a.pyc", "a.pyc": ""}, r"'x' is a link to 'a\.pyc', which is not deployed"),
        ({"x": "-> .git/config", ".git/config": ""}, r"'x' is a link to '\.git/config', which is not deployed"),
        ({"x": "-> sub", "sub": None}, "'x' is a link to 'sub', which is not deployed"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_link_to_nothing_that_is_shipped_is_refused(folder, tree, words):
    write(folder, tree)
    with pytest.raises(FolderError, match=words) as caught:
        scan(folder)
    assert not caught.value.retryable


def test_a_chain_whose_middle_is_left_out_is_written_to_its_end(folder):
    write(folder, {"a.py": "", "x": "-> middle.pyc", "middle.pyc": "-> a.py"})
    assert targets(folder) == {"dags/x": "a.py"}


def test_a_link_whose_text_is_not_utf8_is_refused(folder):
    (folder / os.fsdecode(b"d\xff")).mkdir()
    write(folder, {"a.py": ""})
    (folder / "x").symlink_to(os.fsdecode(b"d\xff/../a.py"))
    with pytest.raises(FolderError, match="'x' is a link whose target is not UTF-8"):
        scan(folder, exclude=["d?"])


def test_another_target_is_another_digest(folder):
    write(folder, {"a.py": "", "b.py": "", "x": "-> a.py"})
    first = scan(folder).digest
    (folder / "x").unlink()
    write(folder, {"x": "-> b.py"})
    assert scan(folder).digest != first
