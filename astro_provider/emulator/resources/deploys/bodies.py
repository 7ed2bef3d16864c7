"""The bodies of requests about deploys: the fields that they may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from astro_provider.emulator.core.bodies import Body, Text, check
from astro_provider.emulator.core.problems import Complaint

if TYPE_CHECKING:
    from collections.abc import Iterator

Description = Annotated[str, Field(max_length=500)]
#: Where Airflow's own DAGs are mounted, which no bundle may cover.
DAGS_PATH = "/usr/local/airflow/dags"
MountPath = Annotated[Text, check("mountPath", f"not be {DAGS_PATH}", lambda path: path.rstrip("/") != DAGS_PATH)]
BUNDLE = ("bundleMountPath", "bundleType")
#: For each provider the fields that it needs; it must not have those of the other.
GIT = {"GITHUB": ("account", "repo"), "GENERIC": ("remoteUrl",)}


class Git(Body):
    """The commit that a deploy was made from."""

    provider: Literal["GITHUB", "GENERIC"]
    commit_sha: Text
    account: str | None = None
    repo: str | None = None
    remote_url: str | None = None
    branch: str | None = None
    path: str | None = None
    commit_url: str | None = None
    author_name: str | None = None
    author_url: str | None = None
    author_username: str | None = None
    before_commit_sha: str | None = None


class Create(Body):
    """A deploy to begin."""

    type: Literal["IMAGE_AND_DAG", "IMAGE_ONLY", "DAG_ONLY", "BUNDLE"]
    description: Description | None = None
    git: Git | None = None
    bundle_mount_path: MountPath | None = None
    bundle_type: Text | None = None


class Update(Body):
    """What can be changed of a deploy."""

    description: Description | None = None


class Finalize(Body):
    """The versions of what was uploaded."""

    dag_tarball_version: str | None = None
    bundle_tarball_version: str | None = None


class Rollback(Body):
    """What a rollback may say."""

    description: Description | None = None


def read_create(raw: Any) -> dict[str, Any]:
    """Check the body of a create, and return what it gives.

    :param raw: The request's JSON.
    :raises Problem: Astro would refuse it.
    """
    return Create.read(raw, *(_complaints(raw) if isinstance(raw, dict) else ()))


def _complaints(raw: dict[str, Any]) -> Iterator[Complaint]:
    if raw.get("type") == "BUNDLE":
        for name in BUNDLE:
            if not raw.get(name):
                yield Complaint(name, "required_if", "be given for a deploy of type BUNDLE")
    git = raw.get("git")
    if isinstance(git, dict) and str(git.get("provider")) in GIT:
        yield from _git_complaints(git, git["provider"])


def _git_complaints(git: dict[str, Any], provider: str) -> Iterator[Complaint]:
    for name in ("account", "repo", "remoteUrl"):
        if name in GIT[provider] and not git.get(name):
            yield Complaint(f"git.{name}", "required_if", f"be given for the provider {provider}")
        if name not in GIT[provider] and git.get(name):
            yield Complaint(f"git.{name}", "excluded_if", f"be left out for the provider {provider}")
