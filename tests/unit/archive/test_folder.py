"""What of a folder is shipped, and what is refused, all of it in one error."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from astro_provider.archive import scan
from astro_provider.errors import ConfigurationError, FolderError

from .trees import write


def paths(folder, **arguments) -> list[str]:
    return [entry.path for entry in scan(folder, **arguments).entries]


def test_every_file_is_listed_below_the_prefix_in_the_order_of_its_path(folder):
    write(folder, {"b.py": "b", "a/z.py": "z", "a.py": "", "a/b/c.sql": "c", ".airflowignore": "x", ".env": "y"})
    listing = scan(folder)
    assert [entry.path for entry in listing.entries] == [
        "dags/.airflowignore",
        "dags/.env",
        "dags/a.py",
        "dags/a/b/c.sql",
        "dags/a/z.py",
        "dags/b.py",
    ]
    assert (listing.files, listing.bytes, listing.python_files) == (6, 5, 3)


@pytest.mark.parametrize(
    ("prefix", "path"), [("", "a.py"), ("dags", "dags/a.py"), ("dags/", "dags/a.py"), ("x/y", "x/y/a.py")]
)
def test_the_prefix_is_the_folder_in_the_archive(folder, prefix, path):
    write(folder, {"a.py": "a"})
    assert paths(folder, prefix=prefix) == [path]


@pytest.mark.parametrize("prefix", ["/dags", "../dags", "a//b", "a/./b", "a/.."])
def test_a_prefix_that_leads_elsewhere_is_refused(folder, prefix):
    with pytest.raises(ConfigurationError, match="archive_prefix"):
        scan(folder, prefix=prefix)


def test_an_empty_folder_ships_nothing_and_neither_do_empty_folders_in_it(folder):
    write(folder, {"empty/below": None})
    listing = scan(folder)
    assert (listing.files, listing.bytes, listing.python_files) == (0, 0, 0)
    write(folder, {"README.md": "words"})
    assert (scan(folder).files, scan(folder).python_files) == (1, 0)


def test_a_folder_given_by_a_link_is_followed_once(folder, tmp_path):
    write(folder, {"a.py": "a"})
    link = tmp_path / "current"
    link.symlink_to("dags")
    listing = scan(link)
    write(tmp_path / "next", {"a.py": "other"})
    link.unlink()
    link.symlink_to("next")
    assert (listing.folder, listing.digest) == (str(folder), scan(folder).digest)
    with listing.pack():
        pass


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, r"it does not exist\. Did you mean 'dags'\?"),
        (lambda path: path.write_text(""), "it is not a folder"),
        (lambda path: path.symlink_to("nowhere"), "it does not exist"),
        (lambda path: path.symlink_to("dag"), r"it cannot be read \(Too many levels of symbolic links\)"),
    ],
    ids=["missing", "a file", "a broken link", "a link to itself"],
)
def test_a_folder_that_is_none_is_refused(folder, make, words):
    path = folder.parent / "dag"
    make(path)
    with pytest.raises(FolderError, match=rf"The folder '.*/dag' cannot be deployed: {words}") as caught:
        scan(path)
    assert not caught.value.retryable


def test_of_a_path_the_part_that_is_missing_is_corrected(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    for path in ("dag/included/x", folder.parent / "dag" / "included"):
        with pytest.raises(FolderError, match=r"it does not exist\. Did you mean 'dags'\?"):
            scan(path)


@pytest.mark.parametrize("path", ["a.py/below", "a\0b"])
def test_a_path_that_can_be_no_folder_is_refused(folder, path):
    write(folder, {"a.py": ""})
    with pytest.raises(FolderError, match="cannot be deployed: it"):
        scan(f"{folder}/{path}")


# ---------------------------------------------------------------- what is left out


@pytest.mark.parametrize("name", [".git", ".hg", ".svn", ".bzr", ".jj", ".sl", "_darcs", "CVS", ".GIT"])
@pytest.mark.parametrize("exclude", [(), ("*.csv",)], ids=["nothing excluded", "own patterns"])
def test_version_control_is_left_out_at_every_depth_whatever_is_excluded(folder, name, exclude):
    write(folder, {f"{name}/config": "token", f"a/b/{name}/hooks/x.py": "", "a/b/keep.py": ""})
    assert paths(folder, exclude=exclude) == ["dags/a/b/keep.py"]


def test_the_git_file_of_a_worktree_or_a_submodule_is_left_out_too(folder):
    write(folder, {".git": "gitdir: /home/me/repo", "sub/.git": "gitdir: ../x", "a.py": "", "link/.git": "-> ../a.py"})
    assert paths(folder) == ["dags/a.py"]


def test_what_only_looks_like_version_control_is_shipped(folder):
    names = [".gitignore", ".gitattributes", ".github/workflows/x.yaml", "git/a.py", "cvs/a.py", "CVS", "x.git/a.py"]
    write(folder, dict.fromkeys(names, ""))
    assert paths(folder) == sorted(f"dags/{name}" for name in names)


def test_what_is_wrong_with_something_that_is_left_out_is_in_nobodys_way(folder):
    write(folder, {".git/x": "-> /nowhere", "__pycache__/x": "-> /nowhere", ".#a.py": "-> me@host.17", "a.py": ""})
    assert paths(folder) == ["dags/a.py"]


def test_by_default_byte_code_hidden_caches_and_leftovers_of_editors_are_left_out(folder):
    left_out = [
        "__pycache__/a.cpython-311.pyc",
        "x/a.pyc",
        "x/a.pyo",
        ".mypy_cache/3.11/a.json",
        ".pytest_cache/v/x",
        ".ruff_cache/x",
        ".ipynb_checkpoints/a.ipynb",
        "a.py~",
        ".a.py.swp",
        ".a.py.swo",
        "#a.py#",
        ".#b.py",
        "._a.py",
        ".DS_Store",
        ".idea/x.xml",
        ".vscode/settings.json",
    ]
    kept = ["a.py", ".airflowignore", ".env", "cache/a.py", "pyc", "sql/a.sql", "plugins/a.so"]
    write(folder, dict.fromkeys([*left_out, *kept], "x"))
    assert paths(folder) == sorted(f"dags/{name}" for name in kept)


TREE = dict.fromkeys(
    ["a.csv", "a.py", "data/a.csv", "data/b/a.csv", "data/b/deep/a.csv", "data/a.py", "tests/t.py", "x/tests/t.py"], ""
)


@pytest.mark.parametrize(
    ("pattern", "left_out"),
    [
        ("*.csv", {"a.csv", "data/a.csv", "data/b/a.csv", "data/b/deep/a.csv"}),
        ("data", {"data/a.csv", "data/b/a.csv", "data/b/deep/a.csv", "data/a.py"}),
        ("tests", {"tests/t.py", "x/tests/t.py"}),
        ("tests/", {"tests/t.py", "x/tests/t.py"}),
        ("/tests", {"tests/t.py"}),
        ("./tests/*", {"tests/t.py"}),
        ("a.py/", set()),
        ("data/*.csv", {"data/a.csv"}),
        ("data/*/a.csv", {"data/b/a.csv"}),
        ("data/**/a.csv", {"data/a.csv", "data/b/a.csv", "data/b/deep/a.csv"}),
        ("**/tests/t.py", {"tests/t.py", "x/tests/t.py"}),
        ("data/b/**", {"data/b/a.csv", "data/b/deep/a.csv"}),
        ("data/?/a.csv", {"data/b/a.csv"}),
        ("[ad].py", {"a.py", "data/a.py"}),
        ("A.CSV", set()),
        ("a.cs", set()),
        ("", set()),
        ("/", set()),
    ],
)
def test_a_pattern_leaves_out_what_the_documentation_says(folder, pattern, left_out):
    write(folder, TREE)
    assert paths(folder, exclude=[pattern]) == sorted(f"dags/{name}" for name in set(TREE) - left_out)


def test_exclude_replaces_its_default_and_may_be_one_text(folder):
    write(folder, {"a.pyc": "", "b.csv": "", "c.py": ""})
    assert paths(folder, exclude="*.csv") == ["dags/a.pyc", "dags/c.py"]
    assert paths(folder, exclude=()) == ["dags/a.pyc", "dags/b.csv", "dags/c.py"]


@pytest.mark.parametrize("pattern", ["../x", "a/../b", "!keep.csv", 7, None], ids=str)
def test_a_pattern_that_cannot_be_used_is_refused(folder, pattern):
    with pytest.raises(ConfigurationError, match="exclude: "):
        scan(folder, exclude=[pattern])


# ---------------------------------------------------------------- what is refused


def make_device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root may make a device")


def make_socket(path: Path) -> None:
    os.chdir(path.parent)  # the path of a socket may have no more than 100 characters or so
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


@pytest.mark.parametrize(
    ("make", "words"),
    [(os.mkfifo, "is a pipe"), (make_socket, "is a socket"), (make_device, "is a device")],
    ids=["pipe", "socket", "device"],
)
def test_what_is_not_a_file_is_refused_without_being_opened(folder, make, words, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "below").mkdir()
    make(folder / "below" / "odd")
    with pytest.raises(FolderError, match=f"'below/odd' {words}"):
        scan(folder)


def test_a_name_that_is_not_utf8_is_refused_and_shown(folder):
    for name in (b"caf\xe9.py", b"\xff\xfe"):
        (folder / os.fsdecode(name)).write_text("")
    with pytest.raises(FolderError) as caught:
        scan(folder)
    str(caught.value).encode()  # a log file takes it
    assert [problem.partition("' ")[2] for problem in caught.value.problems] == ["has a name that is not UTF-8"] * 2


@pytest.mark.parametrize("name", ["ünïcode.py", "with space.py", "new\nline.py", "tab\t", "'quote\".py", "日本語.sql"])
def test_every_other_name_is_shipped_as_it_is(folder, name):
    write(folder, {name: "x"})
    assert paths(folder) == [f"dags/{name}"]


def test_unreadable_files_and_folders_are_refused(as_nobody):
    write(as_nobody, {"closed.py": "", "locked/a.py": "", "listed/a.py": "", "fine.py": ""})
    (as_nobody / "closed.py").chmod(0)
    (as_nobody / "locked").chmod(0)
    (as_nobody / "listed").chmod(0o600)  # its names can be read, but nothing about them
    with pytest.raises(FolderError) as caught:
        scan(as_nobody)
    assert caught.value.problems == [
        "'closed.py' cannot be read (Permission denied)",
        "'listed/a.py' cannot be read (Permission denied)",
        "'locked' cannot be read (Permission denied)",
    ]


def test_everything_that_is_wrong_is_one_error(folder):
    os.mkfifo(folder / "pipe")
    (folder / os.fsdecode(b"\xff")).write_text("")
    write(folder, {"out": "-> /etc/passwd", "broken": "-> nowhere", "fine.py": ""})
    with pytest.raises(FolderError) as caught:
        scan(folder)
    assert len(caught.value.problems) == 4
    for words in ("'pipe' is a pipe", "not UTF-8", "'out' is a link", "'broken' is a link"):
        assert words in str(caught.value)


def test_the_error_has_a_bounded_length(folder):
    deep = "/".join(["d" * 200] * 5)
    for number in range(300):
        write(folder, {f"{deep}/{number:03}": "-> nowhere"})
    with pytest.raises(FolderError, match="and 280 more") as caught:
        scan(folder)
    assert len(caught.value.problems) == 300
    assert len(str(caught.value)) < 10_000
    assert not caught.value.retryable


def test_a_file_that_vanishes_while_the_folder_is_read_is_worth_another_try(folder, monkeypatch):
    write(folder, {"a.py": "", "b.py": ""})
    real = os.open

    def vanishing(path, *rest, **named):
        if str(path).endswith("b.py"):
            (folder / "b.py").unlink()
        return real(path, *rest, **named)

    monkeypatch.setattr(os, "open", vanishing)
    with pytest.raises(FolderError, match=r"'b\.py' was deleted while the folder was being read") as caught:
        scan(folder)
    assert caught.value.retryable
