"""The commit that a deploy was made from: read with git, given as a dict, and never an obstacle."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from astro_provider.archive import git as module
from astro_provider.archive.git import git_fields, remote_fields, without_credentials
from astro_provider.errors import ConfigurationError
from tests.api_document import needs_document, schema_problems

from .trees import write

SHA = "7d1f0a3c" * 5


@pytest.fixture(autouse=True)
def _own_git(monkeypatch, tmp_path):
    """No configuration of whoever runs the tests, and no repository above the temporary folder."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_CEILING_DIRECTORIES": str(tmp_path),
        "HOME": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def run(tmp_path):
    """Run git in the repository of the test."""
    if not shutil.which("git"):
        pytest.skip("no git")

    def run(*words: str) -> str:
        identity = ["-c", "user.name=Ada Löve", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
        command = ["git", *identity, "-C", str(tmp_path / "repo"), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    return run


@pytest.fixture
def dags(tmp_path, run) -> Path:
    """The DAGs of a repository with one commit and a remote."""
    folder = write(tmp_path / "repo" / "dags", {"a.py": "import airflow"})
    run("init", "-q", "-b", "main")
    run("add", "-A")
    run("commit", "-qm", "first")
    run("remote", "add", "origin", "https://x-access-token:ghs_secret@github.com/acme/dags.git")
    return folder


def assert_left_out(folder, caplog, words: str) -> None:
    caplog.set_level(logging.INFO, "astro_provider")
    assert git_fields("auto", folder) is None
    assert words in caplog.text
    assert "ghs_secret" not in caplog.text


def test_the_commit_of_the_repository_is_read(dags, run):
    sha = run("rev-parse", "HEAD")
    assert git_fields("auto", dags) == {
        "provider": "GITHUB",
        "commitSha": sha,
        "account": "acme",
        "repo": "dags",
        "branch": "main",
        "path": "dags/",
        "commitUrl": f"https://github.com/acme/dags/commit/{sha}",
        "authorName": "Ada Löve",
    }


def test_at_the_root_of_the_repository_there_is_no_path(dags):
    assert "path" not in git_fields("auto", dags.parent)


def test_a_detached_head_is_what_git_calls_it(dags, run):
    run("checkout", "-q", "--detach")
    assert git_fields("auto", str(dags))["branch"] == "HEAD"


def test_a_worktree_knows_its_commit(dags, run, tmp_path):
    run("worktree", "add", "-q", str(tmp_path / "tree"), "-b", "other")
    assert git_fields("auto", tmp_path / "tree" / "dags")["branch"] == "other"


@needs_document
@pytest.mark.parametrize("remote", ["https://github.com/acme/dags", "git@gitlab.com:team/project.git"])
def test_what_is_read_is_what_the_document_asks_for(dags, run, remote):
    run("remote", "set-url", "origin", remote)
    assert schema_problems("CreateDeployGitRequest", git_fields("auto", dags)) == []


@pytest.mark.parametrize("staged", [False, True])
@pytest.mark.parametrize("path", ["dags/a.py", "README.md"])
def test_a_tree_with_changes_has_no_commit(dags, run, caplog, path, staged):
    (dags.parent / "README.md").write_text("words")
    run("add", "-A")
    run("commit", "-qm", "second")
    (dags.parent / path).write_text("changed")
    if staged:
        run("add", "-A")
    assert_left_out(dags, caplog, "there are uncommitted changes")


def test_files_that_git_does_not_know_do_not_count(dags):
    (dags / "new.py").write_text("")
    assert git_fields("auto", dags)["provider"] == "GITHUB"


def test_without_a_remote_there_is_no_commit_to_name(dags, run, caplog):
    run("remote", "rename", "origin", "upstream")
    assert_left_out(dags, caplog, "no remote named origin")


def test_before_the_first_commit_there_is_none(dags, run, caplog):
    run("checkout", "-q", "--orphan", "unborn")
    assert_left_out(dags, caplog, "The deploy history will show no git commit: the branch has no commits yet.")


def test_a_folder_that_is_in_no_repository_has_none(tmp_path, caplog, run):
    (tmp_path / "plain").mkdir()
    assert_left_out(tmp_path / "plain", caplog, "show no git commit: the folder is not in a git repository.")
    assert "fatal" not in caplog.text


def test_a_worktree_whose_repository_is_missing_is_told_from_a_plain_folder(tmp_path, caplog, run):
    write(tmp_path / "copied", {".git": "gitdir: /nowhere/repo/.git/worktrees/copied"})
    assert_left_out(
        tmp_path / "copied", caplog, "the file .git names a repository that does not exist on this machine."
    )


def test_a_repository_of_somebody_else_is_left_alone(dags, caplog):
    if os.geteuid() != 0:
        pytest.skip("only root may give a folder away")
    for path in [dags.parent, *dags.parent.rglob("*")]:
        os.chown(path, 1234, 1234)
    words = "the repository does not belong to the user that runs the task; to let git read it anyway, run this as the"
    assert_left_out(dags, caplog, words)
    assert f"as the user that runs the task: git config --global --add safe.directory {dags.parent}." in caplog.text
    assert "fatal" not in caplog.text


def test_a_machine_without_git_deploys_too(dags, caplog, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert_left_out(dags, caplog, "git is not installed on this machine")


def script(tmp_path, monkeypatch, text: str) -> None:
    """Put another program in git's place."""
    write(tmp_path / "bin", {"git": f"#!/bin/sh\n{text}\n"})
    (tmp_path / "bin" / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")


def test_a_git_that_takes_too_long_is_not_waited_for(tmp_path, caplog, monkeypatch):
    script(tmp_path, monkeypatch, "exec sleep 60")
    monkeypatch.setattr(module, "TIME_LIMIT", 0.2)
    assert_left_out(tmp_path, caplog, "git took more than 0.2 s")


def test_a_git_that_fails_may_say_why_but_not_with_what_password(tmp_path, caplog, monkeypatch):
    script(tmp_path, monkeypatch, "echo 'fatal: cannot read https://me:ghs_secret@example.com/x?t=1 now' >&2; exit 3")
    assert_left_out(tmp_path, caplog, "show no git commit: cannot read https://example.com/x now.")


def test_a_git_that_fails_without_a_word_is_no_obstacle(tmp_path, caplog, monkeypatch):
    script(tmp_path, monkeypatch, "exit 3")
    assert_left_out(tmp_path, caplog, "git rev-parse ended with 3")


def test_git_is_called_without_locks_prompts_and_pagers(tmp_path, monkeypatch):
    script(tmp_path, monkeypatch, f"env >> {tmp_path}/env; echo $0 $@ >> {tmp_path}/words; exit 1")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    git_fields("auto", tmp_path)
    seen = (tmp_path / "env").read_text().splitlines()
    assert {"GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_PAGER=cat"} <= set(seen)
    assert not [line for line in seen if line.startswith("GIT_DIR=")]
    assert "--no-pager" in (tmp_path / "words").read_text()


def test_the_repositorys_own_configuration_runs_nothing(dags, run, tmp_path):
    write(tmp_path, {"monitor": f"#!/bin/sh\ntouch {tmp_path}/ran\n"})
    (tmp_path / "monitor").chmod(0o755)
    run("config", "core.fsmonitor", str(tmp_path / "monitor"))
    git_fields("auto", dags)
    assert not (tmp_path / "ran").exists()


def test_the_repository_is_not_written_to(dags):
    os.utime(dags / "a.py", (1, 1))  # git status would like to note that in its index
    before = (dags.parent / ".git" / "index").read_bytes()
    git_fields("auto", dags)
    assert (dags.parent / ".git" / "index").read_bytes() == before


@pytest.mark.parametrize("git", [None, "", "None", " "])
def test_no_git_is_no_git(dags, git):
    assert git_fields(git, dags) is None


def test_without_a_folder_there_is_nothing_to_read(dags):
    assert git_fields("auto", None) is None


# ---------------------------------------------------------------- remotes


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/acme/dags.git",
        "https://github.com/acme/dags",
        "https://github.com/acme/dags/",
        "https://user:pw@github.com/acme/dags.git",
        "https://ghp_token@github.com:443/acme/dags",
        "https://www.github.com/acme/dags",
        "https://GitHub.com/acme/dags",
        "git@github.com:acme/dags.git",
        "org-7@github.com:acme/dags",
        "github.com:acme/dags.git",
        "ssh://git@github.com/acme/dags.git",
        "ssh://git@ssh.github.com:443/acme/dags.git",
        "git://github.com/acme/dags.git",
    ],
)
def test_a_repository_at_github_is_recognised_in_every_form(remote):
    assert remote_fields(remote, SHA) == {
        "provider": "GITHUB",
        "account": "acme",
        "repo": "dags",
        "commitUrl": f"https://github.com/acme/dags/commit/{SHA}",
    }


@pytest.mark.parametrize(
    ("remote", "shown"),
    [
        ("git@gitlab.com:team/sub/project.git", "git@gitlab.com:team/sub/project.git"),
        ("https://oauth2:glpat-secret@gitlab.com/team/project.git", "https://gitlab.com/team/project.git"),
        ("https://glpat-secret@gitlab.com:8443/team/project.git", "https://gitlab.com:8443/team/project.git"),
        ("https://gitlab.com/team/project.git?private_token=secret#x", "https://gitlab.com/team/project.git"),
        ("https://gitlab.com?private_token=secret", "https://gitlab.com"),
        ("https://me:se/cret@gitlab.com/team/x", "https://gitlab.com/team/x"),
        ("https://me:se@cret@gitlab.com/team/x", "https://gitlab.com/team/x"),
        ("ssh://git:secret@gitlab.com:22/team/x", "ssh://git@gitlab.com:22/team/x"),
        ("ssh://secret@gitlab.com/team/x", "ssh://gitlab.com/team/x"),
        ("git+ssh://git@gitlab.com/team/x", "git+ssh://git@gitlab.com/team/x"),
        ("oauth2:secret@gitlab.com:team/x", "gitlab.com:team/x"),
        ("https://git:secret@gitlab.com/team/x", "https://gitlab.com/team/x"),
        ("https://me:secret@[::1]:8443/x", "https://[::1]:8443/x"),
        ("/srv/git/dags.git", "/srv/git/dags.git"),
        ("../origin", "../origin"),
        ("file:///srv/git/dags.git", "file:///srv/git/dags.git"),
        ("https://github.com.evil.example/acme/dags", "https://github.com.evil.example/acme/dags"),
        ("https://github.com/acme", "https://github.com/acme"),
        ("https://github.com/acme/dags/tree", "https://github.com/acme/dags/tree"),
        ("https://github.acme.com/acme/dags", "https://github.acme.com/acme/dags"),
    ],
)
def test_every_other_remote_is_named_without_its_credentials(remote, shown):
    assert remote_fields(remote, SHA) == {"provider": "GENERIC", "remoteUrl": shown}
    assert without_credentials(remote) == shown


# ---------------------------------------------------------------- a dict


GITHUB = {"provider": "GITHUB", "commitSha": SHA, "account": "acme", "repo": "dags"}
GENERIC = {"provider": "GENERIC", "commitSha": SHA, "remoteUrl": "https://gitlab.com/acme/dags"}


@pytest.mark.parametrize("git", [GITHUB, GENERIC, {**GITHUB, "branch": "main", "beforeCommitSha": "0"}])
def test_a_dict_with_the_apis_fields_is_taken_as_it_is(git):
    assert git_fields(git, None) == git


def test_what_a_template_leaves_blank_is_left_out():
    assert git_fields({**GITHUB, "branch": "None", "authorName": "", "remoteUrl": None}, None) == GITHUB


def test_a_dicts_urls_lose_their_credentials_too():
    given = {**GENERIC, "remoteUrl": "https://me:secret@gitlab.com/x", "commitUrl": "https://t@gitlab.com/x/-/commit/1"}
    checked = git_fields(given, None)
    assert (checked["remoteUrl"], checked["commitUrl"]) == ("https://gitlab.com/x", "https://gitlab.com/x/-/commit/1")


@pytest.mark.parametrize(
    ("git", "words"),
    [
        ({**GITHUB, "commit_sha": "x"}, r"there is no field 'commit_sha'\. Did you mean 'commitSha'\?"),
        ({**GITHUB, "provider": "GITLAB"}, "provider is 'GITLAB'; allowed: 'GITHUB', 'GENERIC'"),
        ({**GITHUB, "provider": "github"}, r"Did you mean 'GITHUB'\?"),
        ({"commitSha": SHA}, "provider is None"),
        ({**GITHUB, "remoteUrl": "x"}, "GITHUB takes no remoteUrl"),
        ({**GENERIC, "repo": "x"}, "GENERIC takes no repo"),
        ({"provider": "GITHUB", "commitSha": SHA}, "account is missing; repo is missing"),
        ({"provider": "GENERIC", "commitSha": SHA}, "remoteUrl is missing"),
        ({**GITHUB, "commitSha": "None"}, "commitSha is missing"),
        ({**GITHUB, "branch": 7}, "branch is 7, which is not a text"),
        ({}, "provider is None.*commitSha is missing"),
    ],
    ids=str,
)
def test_a_dict_that_the_api_would_not_take_is_refused_with_all_that_is_wrong(git, words):
    with pytest.raises(ConfigurationError, match=f"git: .*{words}"):
        git_fields(git, None)


@pytest.mark.parametrize("git", ["github", True, 7, ["x"]], ids=str)
def test_anything_else_is_refused(git):
    with pytest.raises(ConfigurationError, match=r"git=.* is not valid; allowed: 'auto', None, or a dict"):
        git_fields(git, None)
