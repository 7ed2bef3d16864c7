"""Which commit a deploy was made from, as the API takes it: read with ``git`` where there is one, or given by the user.

What is read is never an obstacle: no ``git``, no repository, an unborn branch, a repository of somebody else's, a
command that takes too long: a log line, and the deploy goes without it.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic.alias_generators import to_camel

from astro_provider.common.arguments import is_given
from astro_provider.common.suggestions import did_you_mean
from astro_provider.errors import ConfigurationError
from astro_provider.models.deploys import DeployGitRequest

log = logging.getLogger(__name__)

#: Seconds for all calls of ``git`` together.
TIME_LIMIT = 10.0
#: Where other repositories would be found than the folder's own.
_MISLEADING = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE")
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_PAGER": "cat", "LC_ALL": "C"}
#: No monitor that the repository's own configuration names, no signatures among the output.
_OPTIONS = ("-c", "core.fsmonitor=false", "-c", "log.showSignature=false", "-c", "i18n.logOutputEncoding=UTF-8")
_SCP = re.compile(r"(?:(?P<user>[^@/]*)@)?(?P<host>[\w.-]+):(?P<path>(?!//).+)")
_FIELDS = {to_camel(name): field for name, field in DeployGitRequest.model_fields.items()}
#: The fields that each provider needs, and those that it does not take. Source: the API document.
_NEEDED = {"GITHUB": (("account", "repo"), ("remoteUrl",)), "GENERIC": (("remoteUrl",), ("account", "repo"))}


class _NotReadError(Exception):
    """The commit cannot be read, or should not be named; the text says why."""


def git_fields(git: object, folder: str | os.PathLike[str] | None) -> dict[str, object] | None:
    """Return the ``git`` object of a new deploy.

    :param git: ``"auto"``: read from the repository that the folder is in; ``None``: none; or a mapping with the
        API's field names. Whatever it says, no URL keeps its user, password or query.
    :param folder: The folder that is deployed; ``None``: there is nothing to read from.
    :raises ConfigurationError: The mapping is not what the API takes; names everything that is wrong.
    """
    if isinstance(git, Mapping):
        return checked_git(git)
    if not is_given(git):
        return None
    if git != "auto":
        raise ConfigurationError(
            f"git={git!r} is not valid; allowed: 'auto', None, or a dict with the fields {', '.join(_FIELDS)}."
        )
    if folder is None:
        return None
    try:
        return read_commit(os.fspath(folder))
    except _NotReadError as error:
        log.info("The deploy history will show no git commit: %s.", error)
        return None


def checked_git(git: Mapping[object, object]) -> dict[str, object]:
    """Return a user's own fields, if the API takes them.

    :param git: By the API's field names; blank values count as absent.
    :raises ConfigurationError: See :func:`git_fields`.
    """
    given = {str(name): value for name, value in git.items() if is_given(value)}
    problems = [f"there is no field {name!r}.{did_you_mean(name, _FIELDS)}" for name in given if name not in _FIELDS]
    problems += [f"{name} is {value!r}, which is not a text" for name, value in given.items() if not _is_text(value)]
    provider = given.get("provider")
    if provider not in _NEEDED:
        hint = did_you_mean(str(provider), _NEEDED) if provider else ""
        problems.append(f"provider is {provider!r}; allowed: 'GITHUB', 'GENERIC'.{hint}")
    needed, foreign = _NEEDED.get(str(provider), ((), ()))
    problems += [f"{provider} takes no {name}" for name in foreign if name in given]
    problems += [f"{name} is missing" for name in ("commitSha", *needed) if name not in given]
    if problems:
        raise ConfigurationError("git: " + "; ".join(problems))
    urls = {name: without_credentials(str(given[name])) for name in _FIELDS if name.endswith("Url") and name in given}
    return DeployGitRequest.model_validate({**given, **urls}).body()


def read_commit(folder: str) -> dict[str, object]:
    """Return what the repository of a folder says about the commit that is checked out.

    As with the Astro CLI, a tree with changes that are not committed has no commit: naming one would be wrong.

    :param folder: A folder of its working tree.
    :raises _NotReadError: See the head of this module.
    """
    run = _Git(folder)
    prefix, _, branch = run("rev-parse", "--show-prefix", "--abbrev-ref", "HEAD").rstrip("\n").rpartition("\n")
    sha, _, author = run("log", "-1", "--format=%H%n%an").rstrip("\n").partition("\n")
    if run("status", "--porcelain", "--untracked-files=no").strip():
        raise _NotReadError("there are uncommitted changes")
    try:
        remote = run("remote", "get-url", "origin").strip()
    except _NotReadError:
        raise _NotReadError("the repository has no remote named origin") from None
    fields = {"commitSha": sha, "branch": branch, "path": prefix, "authorName": author, **remote_fields(remote, sha)}
    return DeployGitRequest.model_validate({name: value for name, value in fields.items() if value}).body()


def remote_fields(remote: str, sha: str) -> dict[str, str]:
    """Return what the API wants to know about where a commit can be found.

    :param remote: The remote's URL, in any form that git takes.
    :param sha: The commit.
    """
    clean = without_credentials(remote)
    host, path = _host_and_path(clean)
    parts = path.strip("/").removesuffix(".git").split("/")
    if host.removeprefix("www.").removeprefix("ssh.") != "github.com" or len(parts) != 2 or not all(parts):
        return {"provider": "GENERIC", "remoteUrl": clean}
    account, repo = parts
    commit_url = f"https://github.com/{account}/{repo}/commit/{sha}"
    return {"provider": "GITHUB", "account": account, "repo": repo, "commitUrl": commit_url}


def without_credentials(url: str) -> str:
    """Return a URL that may be shown: without password and query, and with no user but ``git``, who is nobody's secret.

    :param url: The URL, in any form that git takes.
    """
    if "://" not in url:
        found = _SCP.fullmatch(url)
        if not found:
            return url.rpartition("@")[2] if "@" in url.partition("/")[0] else url  # a path on this machine
        return f"{'git@' if found['user'] == 'git' else ''}{found['host']}:{found['path']}"
    scheme, _, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    users, at, host = place.rpartition("@")
    if not re.fullmatch(r"[^:]*(:\d*)?|\[.*\](:\d*)?", host.partition("?")[0]):
        # A password with a slash in it: what looks like the host is its beginning.
        return f"{scheme}://{re.split('[?#]', rest.rpartition('@')[2])[0]}"
    user = "git@" if at and users.partition(":")[0] == "git" and "ssh" in scheme else ""
    return f"{scheme}://{user}{host.partition('?')[0]}{slash}{re.split('[?#]', path)[0]}"


def _host_and_path(url: str) -> tuple[str, str]:
    if found := _SCP.fullmatch(url) if "://" not in url else None:
        return found["host"].lower(), found["path"]
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").lower(), parts.path
    except ValueError:
        return "", url


def _is_text(value: object) -> bool:
    return isinstance(value, str)


class _Git:
    """Calls ``git`` in a folder, without a shell, a prompt, a pager, or a lock, and not for long."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._deadline = time.monotonic() + TIME_LIMIT
        self._environment = {name: value for name, value in os.environ.items() if name not in _MISLEADING} | _QUIET

    def __call__(self, *words: str) -> str:
        command = ["git", "--no-pager", *_OPTIONS, "-C", self._folder, *words]
        try:
            done = subprocess.run(  # noqa: S603  (git itself, and words of ours)
                command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=max(0.1, self._deadline - time.monotonic()),
                check=False,
            )
        except FileNotFoundError:
            raise _NotReadError("git is not installed on this machine") from None
        except subprocess.TimeoutExpired:
            raise _NotReadError(f"git took more than {TIME_LIMIT:g} s") from None
        except (OSError, ValueError) as error:
            raise _NotReadError(f"git cannot be run ({error})") from None
        if done.returncode:
            raise _NotReadError(
                self._reason(done.stderr.decode(errors="replace")) or f"git {words[0]} ended with {done.returncode}"
            )
        return done.stdout.decode(errors="replace")

    def _reason(self, output: str) -> str:
        """Return why git refused, as one line that may be shown, without git's word "fatal"."""
        if "dubious ownership" in output or "unsafe repository" in output:
            found = re.search(r"^\s*git config --global --add safe\.directory .+", output, re.MULTILINE)
            return (
                "the repository does not belong to the user that runs the task; to let git read it anyway, run this "
                f"as the user that runs the task: {found.group().strip()}"
                if found
                else f"the repository of {self._folder} does not belong to the user that runs the task"
            )
        if "not a git repository (or any" in output:
            return "the folder is not in a git repository"
        if "not a git repository: " in output:
            return "the file .git names a repository that does not exist on this machine"
        if "ambiguous argument 'HEAD'" in output or "does not have any commits yet" in output:
            return "the branch has no commits yet"
        line = output.strip().partition("\n")[0].removeprefix("fatal: ").removesuffix(".")
        return re.sub(r"\S+://\S+", lambda url: without_credentials(url.group()), line)[:300]
