"""Deploying a folder of DAGs, an image, or both."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.common.arguments import check_choice, check_flags, is_given, is_template
from astro_provider.common.choices import IfEmpty
from astro_provider.errors import ConfigurationError, GuardError
from astro_provider.tasks.deploys import Work
from astro_provider.tasks.folder_deploys import FolderDeployTask
from astro_provider.tasks.own_deployment import own_deployment_id
from astro_provider.tasks.registry import registry_login
from astro_provider.tasks.waiting import DEFAULT_DEFERRABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.archive import Listing
    from astro_provider.common.choices import IfHibernating, IfUnchanged
    from astro_provider.images import Image
    from astro_provider.models.deployments import Deployment
    from astro_provider.models.deploys import Deploy
    from astro_provider.rules.deploys import DeployPlan


@dataclass(kw_only=True)
class CodeWork(Work):
    """What the task found out.

    :param folder: The folder of DAGs.
    :param image: The image.
    :param plan: What to deploy.
    """

    folder: Listing | None
    image: Image | None
    plan: DeployPlan


class DeployCodeOperator(FolderDeployTask):
    """Deploys a folder of DAGs, an image, or both, and waits until the code is live; returns the deploy's id.

    The task deploys only what differs from the code that the Deployment runs; if nothing differs, it deploys nothing. A
    retry continues what an earlier try began, and never overwrites a newer deploy.

    :param dags_folder: Folder whose content replaces all DAGs of the Deployment; DAGs that are not in it are deleted.
        Absolute, or relative to the DAG file's folder.
    :param image: Reference of an existing image in any registry, such as ``ghcr.io/acme/astro:1.2``. It is copied from
        that registry to Astro's.
    :param archive_prefix: Folder in the bundle that contains the DAGs. Blank means the root.
    :param if_empty: What to do if the folder contains no Python files, so that every DAG would be deleted: ``fail`` or
        ``deploy``.
    :param expect_dags: Ids of DAGs that must be parsed before the deploy counts as live.
    :param fail_on_import_errors: Whether a DAG file that cannot be imported fails the task. If not, it is only logged.
    :param registry_conn_id: Connection of type ``docker`` with the login for the image's registry.
    """

    template_fields: Sequence[str] = (
        "dags_folder",
        "image",
        "archive_prefix",
        "expect_dags",
        "registry_conn_id",
        *FolderDeployTask.template_fields,
    )
    may_be_blank: ClassVar[tuple[str, ...]] = (*FolderDeployTask.may_be_blank, "archive_prefix")
    lists_of_text: ClassVar[tuple[str, ...]] = (*FolderDeployTask.lists_of_text, "expect_dags")

    def __init__(
        self,
        *,
        dags_folder: str | None = None,
        image: str | None = None,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        exclude: Sequence[str] | None = None,
        archive_prefix: str = "dags",
        description: str | None = None,
        git: Mapping[str, Any] | str | None = "auto",
        if_unchanged: IfUnchanged = "ignore",
        if_empty: IfEmpty = "fail",
        expect_dags: Sequence[str] | None = None,
        fail_on_import_errors: bool = True,
        registry_conn_id: str | None = None,
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
        if dags_folder is None and image is None:
            raise ValueError("There is nothing to deploy: set dags_folder, image, or both.")
        check_choice("if_empty", if_empty, IfEmpty)
        check_flags(fail_on_import_errors=fail_on_import_errors)
        if isinstance(expect_dags, str) and not is_template(expect_dags):
            raise ValueError(f"expect_dags={expect_dags!r} is not valid; allowed: a list of DAG ids.")
        self.dags_folder = dags_folder
        self.image = image
        self.archive_prefix = archive_prefix
        self.if_empty = if_empty
        self.expect_dags = expect_dags
        self.fail_on_import_errors = fail_on_import_errors
        self.registry_conn_id = registry_conn_id

    def look(self, context: Context) -> CodeWork:
        """Read the folder, the Deployment, the image and the deploys, and plan.

        :param context: The task's context.
        """
        from astro_provider.rules.deploy_markers import Marker
        from astro_provider.rules.deploys import plan_deploy
        from astro_provider.rules.running_code import running_code

        self._check_arguments()
        folder = self._folder()
        deployment = self.start(context)
        self.check_deployable(deployment, None if folder is None else "dags_folder")
        image = self._image(deployment)
        deploys = self.hook.client.deploys.list(deployment.id)
        running = running_code(deployment, deploys)
        dags = None if folder is None else folder.digest
        digest = None if image is None else image.digest
        self.store_deploy(context, dags_digest=dags, image_digest=digest)
        plan = plan_deploy(deployment, running, dags=dags, image=digest, force=self.if_unchanged == "deploy")
        earlier = self.earlier_try(
            context,
            deployment,
            deploys,
            wanted=Marker(dags=dags, image=digest),
            running=Marker(dags=running.dags, image=running.image),
            planned=Marker(dags=plan.dags, image=plan.image),
        )
        return CodeWork(
            deployment=deployment,
            deploys=deploys,
            running=running.deploy,
            lines=_lines(plan, folder, image),
            is_needed=plan.is_needed,
            earlier=earlier,
            folder=folder,
            image=image,
            plan=plan,
        )

    def _check_arguments(self) -> None:
        """Refuse what templates may have left blank, before any request."""
        self.check_git()
        if not (is_given(self.dags_folder) or is_given(self.image)):
            raise ConfigurationError(
                f"There is nothing to deploy: dags_folder is {self.dags_folder!r} and image is {self.image!r}."
            )
        if not all(map(is_given, self.expect_dags or ())):
            raise ConfigurationError(f"expect_dags={self.expect_dags!r} has a blank id; allowed: ids of DAGs.")

    def _folder(self) -> Listing | None:
        """Return what is in the folder, if the task has one; whatever is wrong with it is said before any request."""
        if not is_given(self.dags_folder):
            return None
        path = self.path_of(str(self.dags_folder))
        folder = self.scan(path, prefix=self.archive_prefix or "")
        if self.if_empty == "fail" and not folder.python_files:
            raise GuardError(
                f"dags_folder={str(path)!r} has no Python file, and deploying it would delete every DAG of the "
                "Deployment. Set if_empty='deploy' to allow that."
            )
        return folder

    def _image(self, deployment: Deployment) -> Image | None:
        """Return the image, if the task has one; it is read as far as that tells whether Astro could run it."""
        from astro_provider.rules.runtime_versions import check_runtime

        if not is_given(self.image):
            return None
        login = registry_login(self.registry_conn_id)
        repository = str(deployment.image_repository)
        image = self.hook.client.images.read(str(self.image), repository=repository, **login)
        runtime = deployment.astro_runtime_version or deployment.runtime_version
        check_runtime(str(image.reference), image.runtime_version, runtime)
        return image

    def make(self, context: Context, work: CodeWork) -> tuple[Deploy, str | None]:
        """Make the deploy, or finish what an earlier try began; the folder is packed before anything is made.

        :param context: The task's context.
        :param work: What was found out.
        """
        from astro_provider.rules.deploy_markers import Marker
        from astro_provider.tasks.new_deploys import NewDeploy

        client, deployment, plan, image = self.hook.client, work.deployment, work.plan, work.image
        if plan.image and deployment.id == own_deployment_id():
            self.log.warning(
                "This task runs in %s, so deploying a new image may stop the task before it has finished.",
                deployment.label,
            )
        marker = Marker(dags=plan.dags, image=plan.image, task=self.mark(context))
        request = self.request(context, marker, work.folder, type=plan.type)
        with ExitStack() as stack:
            packed = stack.enter_context(work.folder.pack()) if work.folder is not None and plan.dags else None
            new = NewDeploy(client, deployment, request, earlier=work.deploys, begun=work.earlier.deploy)
            version = new.upload(packed) if packed is not None else None
        deploy = new.deploy
        if image is not None and plan.image:
            client.images.copy(image, repository=str(deploy.image_repository), tag=str(deploy.image_tag))
        return new.finalize(version, dag_tarball_version=plan.finalize_version(version))


def _lines(plan: DeployPlan, folder: Listing | None, image: Image | None) -> list[str]:
    """Say what is deployed."""
    lines = list(plan.lines)
    if folder is not None and plan.dags:
        files = f"{folder.files:,} file{'' if folder.files == 1 else 's'}"
        lines.append(f"Folder: {files}, {folder.bytes:,} bytes, in {folder.folder}.")
    if image is not None and plan.image:
        lines.append(f"Image: {image.reference}, Astro Runtime {image.runtime_version}, {image.size:,} bytes.")
    return lines
