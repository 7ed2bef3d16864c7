"""Deploying a dbt project beside the DAGs, and taking it away again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowSkipException

from astro_provider.common.arguments import check_choice, is_given
from astro_provider.common.choices import IfMissing
from astro_provider.errors import ConfigurationError, NameLookupError
from astro_provider.tasks.deployment import MAY_BE_MISSING
from astro_provider.tasks.deploys import DeployTask, Work
from astro_provider.tasks.folder_deploys import FolderDeployTask
from astro_provider.tasks.waiting import DEFAULT_DEFERRABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.archive import Listing
    from astro_provider.common.choices import IfHibernating, IfUnchanged
    from astro_provider.models.deployments import Deployment
    from astro_provider.models.deploys import Deploy

#: How the Astro CLI, too, calls bundles of this kind.
BUNDLE_TYPE = "dbt"


@dataclass(kw_only=True)
class DbtWork(Work):
    """What the task found out.

    :param mount_path: Where the project comes.
    :param folder: The project; ``None``: it is to be deleted.
    """

    mount_path: str
    folder: Listing | None = None


class DeployDbtProjectOperator(FolderDeployTask):
    """Deploys a dbt project alongside the DAGs, and waits until the Deployment has it; returns the deploy's id.

    A project that has not changed is not deployed again. DAG deploys must be enabled for the Deployment.

    :param project_folder: Folder with the ``dbt_project.yml``; absolute, or relative to the DAG file's folder.
    :param mount_path: Path of the project in the Deployment; default: ``/usr/local/airflow/dbt/`` and the project's
        name.
    """

    template_fields: Sequence[str] = ("project_folder", "mount_path", *FolderDeployTask.template_fields)
    checks_dags: ClassVar[bool] = False

    def __init__(
        self,
        *,
        project_folder: str,
        mount_path: str | None = None,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        exclude: Sequence[str] | None = None,
        description: str | None = None,
        git: Mapping[str, Any] | str | None = "auto",
        if_unchanged: IfUnchanged = "ignore",
        dry_run: bool | str = False,
        if_hibernating: IfHibernating = "fail",
        wait: bool = True,
        poll_interval: float | timedelta = 10,
        timeout: float | timedelta = 1800,
        deferrable: bool = DEFAULT_DEFERRABLE,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            workspace=workspace,
            exclude=exclude,
            description=description,
            git=git,
            if_unchanged=if_unchanged,
            dry_run=dry_run,
            if_hibernating=if_hibernating,
            wait=wait,
            poll_interval=poll_interval,
            timeout=timeout,
            deferrable=deferrable,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        self.project_folder = project_folder
        self.mount_path = mount_path

    def look(self, context: Context) -> DbtWork:
        """Read the folder, the Deployment and its deploys, and plan.

        :param context: The task's context.
        """
        from astro_provider.rules.deploy_markers import Marker, read_marker
        from astro_provider.rules.running_code import is_at, running_bundle

        self.check_git()
        mount_path, folder = self._project()
        deployment = self.start(context)
        self.check_deployable(deployment, "project_folder")
        deploys = self.hook.client.deploys.list(deployment.id)
        running = running_bundle(mount_path, deploys)
        digest = read_marker(running.description).dbt if running else None
        is_needed = digest != folder.digest or self.if_unchanged == "deploy"
        wanted = Marker(dbt=folder.digest)
        present, planned = Marker(dbt=digest), wanted if is_needed else Marker()
        digests = {"wanted": wanted, "running": present, "planned": planned}
        earlier = self.earlier_try(context, deployment, deploys, **digests, fits=lambda d: is_at(mount_path, d))
        return DbtWork(
            deployment=deployment,
            deploys=deploys,
            running=running,
            lines=_lines(mount_path, folder, digest, is_needed=is_needed),
            is_needed=is_needed,
            earlier=earlier,
            mount_path=mount_path,
            folder=folder,
        )

    def _project(self) -> tuple[str, Listing]:
        from astro_provider.deployment_file.dbt_project import project_name
        from astro_provider.rules.deploys import DBT_PATH, checked_mount_path

        if not is_given(self.project_folder):
            raise ConfigurationError(f"project_folder={self.project_folder!r} is not a folder.")
        path = self.path_of(str(self.project_folder))
        folder = self.scan(path, prefix="")
        name = project_name(path)
        given = str(self.mount_path) if is_given(self.mount_path) else f"{DBT_PATH}/{name}"
        return checked_mount_path(given), folder

    def make(self, context: Context, work: DbtWork) -> tuple[Deploy, str | None]:
        """Make the deploy, or finish what an earlier try began; the folder is packed before anything is made.

        :param context: The task's context.
        :param work: What was found out.
        """
        from astro_provider.rules.deploy_markers import Marker
        from astro_provider.rules.running_code import BUNDLE
        from astro_provider.tasks.new_deploys import NewDeploy

        assert work.folder is not None  # noqa: S101  (only a deletion has none)
        marker = Marker(dbt=work.folder.digest, task=self.mark(context))
        bundle = {"type": BUNDLE, "bundle_mount_path": work.mount_path, "bundle_type": BUNDLE_TYPE}
        request = self.request(context, marker, work.folder, **bundle)
        with work.folder.pack() as packed:
            new = NewDeploy(self.hook.client, work.deployment, request, earlier=work.deploys, begun=work.earlier.deploy)
            version = new.upload(packed)
        return new.finalize(version, bundle_tarball_version=version)


class DeleteDbtProjectOperator(DeployTask):
    """Removes a dbt project from a Deployment, and waits until it is gone; returns the deploy's id.

    :param mount_path: Path of the project in the Deployment.
    :param if_missing: What to do if the project does not exist: ``fail``, ``ignore`` it and succeed, or ``skip`` the
        task.
    """

    template_fields: Sequence[str] = ("mount_path", *DeployTask.template_fields)
    checks_dags: ClassVar[bool] = False

    def __init__(
        self,
        *,
        mount_path: str,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        description: str | None = None,
        dry_run: bool | str = False,
        if_missing: IfMissing = "fail",
        if_hibernating: IfHibernating = "fail",
        wait: bool = True,
        poll_interval: float | timedelta = 10,
        timeout: float | timedelta = 1800,
        deferrable: bool = DEFAULT_DEFERRABLE,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            workspace=workspace,
            description=description,
            dry_run=dry_run,
            if_hibernating=if_hibernating,
            wait=wait,
            poll_interval=poll_interval,
            timeout=timeout,
            deferrable=deferrable,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        check_choice("if_missing", if_missing, IfMissing)
        self.mount_path = mount_path
        self.if_missing = if_missing

    def look(self, context: Context) -> DbtWork:
        """Read the Deployment and its deploys, and see whether there is a project.

        :param context: The task's context.
        :raises NameLookupError: There is none, and that is not allowed.
        """
        from astro_provider.rules.deploy_markers import Marker
        from astro_provider.rules.deploy_retries import Step
        from astro_provider.rules.deploys import checked_mount_path
        from astro_provider.rules.running_code import has_bundle, is_at, running_bundle

        if not is_given(self.mount_path):
            raise ConfigurationError(f"mount_path={self.mount_path!r} is not a path.")
        mount_path = checked_mount_path(str(self.mount_path))
        deployment = self.start(context)
        self.check_deployable(deployment, "mount_path")
        deploys = self.hook.client.deploys.list(deployment.id)
        none = {"wanted": Marker(), "running": Marker(), "planned": Marker()}
        earlier = self.earlier_try(context, deployment, deploys, **none, fits=lambda d: is_at(mount_path, d))
        is_there = has_bundle(mount_path, deploys)
        if not is_there and earlier.step is Step.PLAN:
            self._check_may_be_missing(deployment, mount_path)
        return DbtWork(
            deployment=deployment,
            deploys=deploys,
            running=running_bundle(mount_path, deploys),
            lines=[f"The dbt project at {mount_path} {'will be deleted' if is_there else 'does not exist'}."],
            is_needed=is_there or earlier.step is Step.RESUME,
            earlier=earlier,
            mount_path=mount_path,
        )

    def _check_may_be_missing(self, deployment: Deployment, mount_path: str) -> None:
        missing = f"{deployment.label} has no dbt project at {mount_path}."
        if self.if_missing == "skip":
            raise AirflowSkipException(missing)
        if self.if_missing == "fail":
            raise NameLookupError(f"{missing} {MAY_BE_MISSING}")

    def make(self, context: Context, work: DbtWork) -> tuple[Deploy, str | None]:
        """Make the deploy that takes the project away, or finish what an earlier try began.

        :param context: The task's context.
        :param work: What was found out.
        """
        from astro_provider.models.deploys import DeployRequest
        from astro_provider.rules.deploy_markers import Marker
        from astro_provider.rules.running_code import BUNDLE
        from astro_provider.tasks.new_deploys import NewDeploy

        request = DeployRequest(
            type=BUNDLE,
            bundle_mount_path=work.mount_path,
            bundle_type=BUNDLE_TYPE,
            description=self.described(context, Marker(task=self.mark(context))),
        )
        client, earlier = self.hook.client, work.earlier.deploy
        new = NewDeploy(client, work.deployment, request, earlier=work.deploys, begun=earlier)
        return new.finalize("", bundle_tarball_version="")


def _lines(mount_path: str, folder: Listing, digest: str | None, *, is_needed: bool) -> list[str]:
    """Say what is deployed."""
    size = f"{folder.files:,} file{'' if folder.files == 1 else 's'}, {folder.bytes:,} bytes, in {folder.folder}"
    if not is_needed:
        return [f"dbt project at {mount_path}: {digest} is already there."]
    return [f"dbt project at {mount_path}: {digest or 'not known, or none'} -> {folder.digest}.", f"Folder: {size}."]
