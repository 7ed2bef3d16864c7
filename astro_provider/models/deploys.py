"""Deploys as the API shows them, and what it takes to make one."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it at run time)
from typing import Literal

from pydantic import SecretStr  # noqa: TC002  (the same)

from astro_provider.models.base import ApiModel, Item, RequestModel
from astro_provider.models.deployments import SubjectProfile  # noqa: TC001  (the same)

#: Longest description of a deploy. Source: ``maxLength`` of the API document.
LONGEST_DESCRIPTION = 500


class DeployGit(ApiModel):
    """The commit that a deploy was made from."""

    provider: str | None = None
    commit_sha: str | None = None
    branch: str | None = None
    commit_url: str | None = None
    remote_url: str | None = None
    account: str | None = None
    repo: str | None = None
    path: str | None = None
    author_name: str | None = None


class DeployBundle(ApiModel):
    """What lies at one mount path; ``current_version`` lags behind ``desired_version`` while it is rolled out."""

    bundle_type: str | None = None
    deploy_id: str | None = None
    mount_path: str | None = None
    current_version: str | None = None
    desired_version: str | None = None


class Deploy(Item):
    """One deploy of code to a Deployment.

    ``type`` and ``status`` are text, not a closed set of words: the API document lists no type for a dbt project's
    deploy, but its bundle fields show that there is one. The upload URLs are credentials: whoever has one may replace
    the code, so they show themselves only when they are asked for.
    """

    type: str
    status: str
    status_reason: str | None = None
    created_at: datetime
    created_by_subject: SubjectProfile | None = None
    description: str | None = None
    deployment_id: str | None = None
    is_dag_deploy_enabled: bool | None = None
    image_repository: str | None = None
    image_tag: str | None = None
    airflow_version: str | None = None
    astro_runtime_version: str | None = None
    dags_upload_url: SecretStr | None = None
    dag_tarball_version: str | None = None
    bundle_upload_url: SecretStr | None = None
    bundle_mount_path: str | None = None
    bundles: tuple[DeployBundle, ...] | None = None
    rollback_from_id: str | None = None
    git: DeployGit | None = None

    @property
    def created_by(self) -> SubjectProfile | None:
        """Who created it, if Astro says so."""
        return self.created_by_subject

    @property
    def label(self) -> str:
        """What log lines and errors call it."""
        return f"Deploy {self.id}"

    @property
    def facts(self) -> dict[str, str | None]:
        """What tasks pass on about it as XComs: no upload URL, nothing secret."""
        return {
            "deploy_id": self.id,
            "deploy_type": self.type,
            "status": self.status,
            "dag_tarball_version": self.dag_tarball_version,
            "image_tag": self.image_tag,
        }


class DeployGitRequest(RequestModel):
    """The commit that a deploy is made from; what each provider needs is checked before this is built."""

    provider: Literal["GITHUB", "GENERIC"]
    commit_sha: str
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


class DeployRequest(RequestModel):
    """What a new deploy is made of."""

    type: Literal["IMAGE_AND_DAG", "IMAGE_ONLY", "DAG_ONLY", "BUNDLE"]
    description: str | None = None
    git: DeployGitRequest | None = None
    bundle_mount_path: str | None = None
    bundle_type: str | None = None
