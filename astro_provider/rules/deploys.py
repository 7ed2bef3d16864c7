"""What to deploy, and as what: only what differs from the code that runs now. Pure."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from astro_provider.common.moments import moment_in_words
from astro_provider.errors import ConfigurationError, PlanError
from astro_provider.rules.running_code import DAG_ONLY, IMAGE_AND_DAG, IMAGE_ONLY

if TYPE_CHECKING:
    from astro_provider.models.deployments import Deployment
    from astro_provider.rules.running_code import RunningCode

#: Where the DAGs are, and where dbt projects come unless somebody says otherwise.
DAGS_PATH, DBT_PATH = "/usr/local/airflow/dags", "/usr/local/airflow/dbt"
#: The type of a deploy that is not made, since nothing changed.
NO_DEPLOY = "none"


@dataclass(frozen=True)
class DeployPlan:
    """What a task is about to deploy.

    :param type: The API's type of the deploy, or ``none``.
    :param dags: Digest of the DAGs that it brings; ``None``: they stay as they are.
    :param image: Digest of the image that it brings; ``None``: it stays as it is.
    :param lines: The plan in words, for the log.
    :param dag_deploys: Whether the Deployment takes DAGs apart from its image.
    """

    type: str
    dags: str | None
    image: str | None
    lines: tuple[str, ...]
    dag_deploys: bool = True

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to deploy."""
        return self.type != NO_DEPLOY

    def finalize_version(self, uploaded: str | None) -> str | None:
        """Return the ``dagTarballVersion`` to finalize with; ``None``: none is sent.

        :param uploaded: The version of the tarball that was uploaded, if one was.
        """
        if uploaded is not None:
            return uploaded
        # As the Astro CLI does: blank text keeps the DAGs that are there. Without DAG deploys there is no such field.
        return "" if self.dag_deploys else None


def plan_deploy(
    deployment: Deployment, running: RunningCode, *, dags: str | None, image: str | None, force: bool = False
) -> DeployPlan:
    """Choose what to deploy.

    :param deployment: The Deployment.
    :param running: The code that it runs now.
    :param dags: Digest of the folder of DAGs; ``None``: the task has none.
    :param image: Digest of the image; ``None``: the task has none.
    :param force: Whether to deploy what is unchanged, too.
    :raises PlanError: The Deployment has no DAGs yet that an image could come to.
    """
    changed_dags = dags if force or dags != running.dags else None
    changed_image = image if force or image != running.image else None
    lines = [
        _line("DAGs", running.dags, dags, running, is_sent=changed_dags is not None),
        _line("Image", running.image, image, running, is_sent=changed_image is not None),
    ]
    deploy_type, why = _type(deployment, changed_dags, changed_image)
    lines.append(f"Type: {deploy_type}, since {why}.")
    told = tuple(line for line in lines if line)
    return DeployPlan(deploy_type, changed_dags, changed_image, told, deployment.is_dag_deploy_enabled)


def _type(deployment: Deployment, dags: str | None, image: str | None) -> tuple[str, str]:
    if dags and image:
        return IMAGE_AND_DAG, "the image and the DAGs change"
    if dags:
        return DAG_ONLY, "only the DAGs change"
    if not image:
        return NO_DEPLOY, "nothing changed"
    if not deployment.is_dag_deploy_enabled:
        return IMAGE_AND_DAG, "DAG deploys are disabled on this Deployment, so its DAGs come with the image"
    if not deployment.desired_dag_tarball_version:
        raise PlanError(
            [
                f"{deployment.label} has DAG deploys enabled, but no DAGs yet. Until it has some, Astro does not "
                "accept an image on its own. Set dags_folder as well, or deploy the DAGs first."
            ]
        )
    return IMAGE_ONLY, "only the image changes"


def _line(what: str, old: str | None, new: str | None, running: RunningCode, *, is_sent: bool) -> str:
    """Say about one part what is there, what comes, and why."""
    if new is None:
        return ""
    if not is_sent:
        return f"{what}: {new} is already running."
    if old is None:
        return f"{what}: unknown -> {new} (the current code, if any, was not deployed by this package)."
    again = " once more, since if_unchanged='deploy'" if old == new else ""
    since = f" (deploy {running.deploy.id} of {moment_in_words(running.deploy.created_at)})" if running.deploy else ""
    return f"{what}: {old}{since} -> {new}{again}."


def check_deployable(deployment: Deployment, *, dags_argument: str | None, is_api_token: bool) -> None:
    """Refuse a deploy that Astro would refuse, or that could not come to anything, before anything is made.

    :param deployment: The Deployment.
    :param dags_argument: The task's argument that brings a tarball; ``None``: it only brings an image.
    :param is_api_token: Whether the token is an API token, not a person's session.
    :raises PlanError: The Deployment does not take it.
    """
    problems = []
    if dags_argument and deployment.remote_execution and deployment.remote_execution.enabled:
        problems.append(
            f"{deployment.label} uses Remote Execution: its agents load code from their own bundles, so "
            f"{dags_argument} cannot be deployed to it."
        )
    elif dags_argument and not deployment.is_dag_deploy_enabled:
        problems.append(
            f"{deployment.label} has DAG deploys disabled, so {dags_argument} cannot be deployed to it: its DAGs come "
            "with its image. Leave the argument out, or enable DAG deploys (dag_deploy_enabled in a Deployment file) "
            "and deploy an image right after that."
        )
    if deployment.is_cicd_enforced and not is_api_token:
        problems.append(
            f"{deployment.label} enforces CI/CD deploys: only an API token may deploy to it, and this connection's "
            "token is a user's. Use an API token of the Deployment, the Workspace or the Organization."
        )
    if problems:
        raise PlanError(problems)


def checked_mount_path(mount_path: str) -> str:
    """Return the path at which a dbt project is mounted, if Astro can mount one there.

    :param mount_path: The path.
    :raises ConfigurationError: It is not absolute, not in its shortest form, or it is the DAGs' own folder.
    """
    shortest = posixpath.normpath(mount_path)
    if not mount_path.startswith("/") or mount_path.startswith("//") or shortest != (mount_path.rstrip("/") or "/"):
        raise ConfigurationError(f"mount_path={mount_path!r} is not an absolute path in its shortest form.")
    if shortest == "/" or shortest == DAGS_PATH or shortest.startswith(f"{DAGS_PATH}/"):
        raise ConfigurationError(
            f"mount_path={mount_path!r} is not valid: Astro mounts nothing at the root, or at or below {DAGS_PATH}, "
            f"where the DAGs are. The default is {DBT_PATH}/<name of the project>."
        )
    return shortest
