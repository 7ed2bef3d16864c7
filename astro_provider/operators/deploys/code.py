"""Deploying a folder of DAGs, an image, or both."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowSkipException

from astro_provider.common.arguments import check_choice, check_flags, is_given
from astro_provider.errors import GuardError
from astro_provider.tasks.deploys import DeployTask, check_dag_ids, may_be_api_token
from astro_provider.tasks.own_deployment import own_deployment_id
from astro_provider.tasks.registry import registry_login

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.archive import Listing
    from astro_provider.images import Image
    from astro_provider.models.deployments import Deployment
    from astro_provider.models.deploys import Deploy
    from astro_provider.rules.deploys import DeployPlan
    from astro_provider.rules.running_code import RunningCode


class DeployCodeOperator(DeployTask):
    """Deploys a folder of DAGs, an image, or both, and waits until the code is live; returns the deploy's id.

    Only what differs from the code that the Deployment runs is deployed; where nothing differs, nothing is. A retry
    goes on with what an earlier try began, and never overwrites a newer deploy.

    :param dags_folder: Folder whose content becomes the Deployment's DAGs, all of them: what is not in it is deleted.
        Absolute, or relative to the DAG file's folder.
    :param image: Reference of an image that is built already, in any registry: ``ghcr.io/acme/astro:1.2``. It is copied
        from registry to registry.
    :param exclude: Patterns of files that are left out; takes the place of the default, which leaves out byte code,
        hidden caches and what editors leave behind. Folders of version control are left out always.
    :param archive_prefix: Folder of the bundle that the DAGs come into; blank: none.
    :param git: What the deploy history says about the commit: ``auto`` asks ``git``, ``None`` says nothing, or a dict
        with the API's own field names.
    :param if_unchanged: What to do if nothing changed: ``ignore`` it and succeed, ``skip`` the task, or ``deploy`` all
        the same.
    :param if_empty: What to do with a folder without Python files, which deletes every DAG: ``fail`` or ``deploy``.
    :param expect_dags: Ids of DAGs that have to be there before the deploy counts as live.
    :param fail_on_import_errors: Whether a DAG file that cannot be imported fails the task, or is only logged.
    :param registry_conn_id: Connection of type ``docker`` with the login for the image's registry.
    """

    template_fields: Sequence[str] = (
        "dags_folder",
        "image",
        "exclude",
        "archive_prefix",
        "git",
        "expect_dags",
        "registry_conn_id",
        *DeployTask.template_fields,
    )
    may_be_blank = (*DeployTask.may_be_blank, "archive_prefix")
    lists_of_text = ("exclude", "expect_dags")
    not_text = (*DeployTask.not_text, "git")

    def __init__(
        self,
        *,
        dags_folder: str | None = None,
        image: str | None = None,
        exclude: Sequence[str] | None = None,
        archive_prefix: str = "dags",
        git: Mapping[str, Any] | str | None = "auto",
        if_unchanged: str = "ignore",
        if_empty: str = "fail",
        expect_dags: Sequence[str] | None = None,
        fail_on_import_errors: bool = True,
        registry_conn_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if dags_folder is None and image is None:
            raise ValueError("There is nothing to deploy: give dags_folder, image, or both.")
        check_choice("if_unchanged", if_unchanged, ("ignore", "skip", "deploy"))
        check_choice("if_empty", if_empty, ("fail", "deploy"))
        check_flags(fail_on_import_errors=fail_on_import_errors)
        check_dag_ids(expect_dags)
        self.dags_folder = dags_folder
        self.image = image
        self.exclude = exclude
        self.archive_prefix = archive_prefix
        self.git = git
        self.if_unchanged = if_unchanged
        self.if_empty = if_empty
        self.expect_dags = expect_dags
        self.fail_on_import_errors = fail_on_import_errors
        self.registry_conn_id = registry_conn_id

    def run_task(self, context: Context) -> Any:
        """Read the folder, the Deployment and the image, plan, deploy what changed, and wait.

        :param context: The task's context.
        """
        from astro_provider.rules.deploy_markers import Marker
        from astro_provider.rules.deploy_retries import Step
        from astro_provider.rules.deploys import check_deployable, plan_deploy
        from astro_provider.rules.running_code import running_code

        only_plan = self.is_dry_run
        folder = self._folder()
        client = self.hook.client
        deployment = self.get_deployment()
        self.announce(context, deployment)
        check_deployable(
            deployment, dags_argument="dags_folder" if folder is not None else None, is_api_token=may_be_api_token(client.claims)
        )
        image = self._image(deployment)
        deploys = client.deploys.list(deployment.id)
        running = running_code(deployment, deploys)
        wanted = Marker(dags=folder.digest if folder is not None else None, image=image.digest if image is not None else None)
        force = self.if_unchanged == "deploy"
        plan = plan_deploy(deployment, running, dags=wanted.dags, image=wanted.image, force=force)
        self.store_result(context, dags_digest=wanted.dags, image_digest=wanted.image)
        planned = Marker(dags=plan.dags, image=plan.image)
        present = Marker(dags=running.dags, image=running.image)
        earlier = self.earlier_try(context, deployment, deploys, wanted=wanted, running=present, planned=planned)
        if earlier.step is Step.WAIT and earlier.deploy is not None and not only_plan:
            return self._live(context, deployment, earlier.deploy, deploys)
        self._tell(deployment, plan, folder, image)
        if only_plan or not plan.is_needed:
            return self._nothing(context, deployment, running, plan, only_plan=only_plan)
        self.check_awake(deployment)
        deploy = self._deploy(context, deployment, plan, folder, image, deploys, earlier.deploy)
        return self._live(context, deployment, deploy, deploys)

    def _folder(self) -> Listing | None:
        """Return what is in the folder, if the task has one; whatever is wrong with it is said before any request."""
        from astro_provider.archive import DEFAULT_EXCLUDE, scan

        if not is_given(self.dags_folder):
            return None
        path = Path(str(self.dags_folder)).expanduser()
        if not path.is_absolute() and self.has_dag():  # type: ignore[no-untyped-call]
            path = Path(self.dag.folder) / path
        exclude = DEFAULT_EXCLUDE if self.exclude is None else self.exclude
        folder = scan(path, prefix=self.archive_prefix or "", exclude=exclude)
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

    def _tell(self, deployment: Deployment, plan: DeployPlan, folder: Listing | None, image: Image | None) -> None:
        """Log the plan before anything is made."""
        lines = list(plan.lines)
        if folder is not None and plan.dags:
            lines.append(f"{folder.files} files, {folder.bytes} bytes, from {folder.folder}.")
        if image is not None and plan.image:
            lines.append(f"{image.reference}: Astro Runtime {image.runtime_version}, {image.size} bytes.")
        self.log.info("Plan for %s:\n%s", deployment.label, "\n".join(lines))
        if plan.image and deployment.id == own_deployment_id():
            self.log.warning("This task runs in %s: a new image may end it before it is done.", deployment.label)

    def _nothing(
        self, context: Context, deployment: Deployment, running: RunningCode, plan: DeployPlan, *, only_plan: bool
    ) -> Any:
        """End without a deploy."""
        deploy_id = running.deploy.id if running.deploy else None
        version = deployment.desired_dag_tarball_version
        self.store_result(context, deploy_type=plan.type, changed=False, dag_tarball_version=version)
        if only_plan:
            self.log.info("dry_run: nothing is deployed.")
            return deploy_id
        if self.if_unchanged == "skip":
            raise AirflowSkipException(f"{deployment.label} already runs this code.")
        return self.unchanged(context, deployment, running.deploy)

    def _deploy(
        self,
        context: Context,
        deployment: Deployment,
        plan: DeployPlan,
        folder: Listing | None,
        image: Image | None,
        deploys: Sequence[Deploy],
        begun: Deploy | None,
    ) -> Deploy:
        """Make the deploy, or finish what an earlier try began; the folder is packed before anything is made."""
        from astro_provider.models.deploys import DeployRequest
        from astro_provider.rules.deploy_markers import Marker
        from astro_provider.tasks.new_deploys import NewDeploy

        client = self.hook.client
        marker = Marker(dags=plan.dags, image=plan.image, task=self.mark(context))
        fields: dict[str, Any] = {"type": plan.type, "description": self.described(context, marker)}
        with ExitStack() as stack:
            packed = stack.enter_context(folder.pack()) if folder is not None and plan.dags else None
            new = NewDeploy(client, deployment, DeployRequest(**fields), earlier=deploys, begun=begun)
            version = new.upload(packed) if packed is not None else None
        deploy = new.deploy
        if image is not None and plan.image:
            client.images.copy(image, repository=str(deploy.image_repository), tag=str(deploy.image_tag))
        done = client.deploys.finalize(deployment.id, deploy.id, dag_tarball_version=plan.finalize_version(version))
        return done.model_copy(update={"dag_tarball_version": version or done.dag_tarball_version})

    def _live(self, context: Context, deployment: Deployment, deploy: Deploy, deploys: Sequence[Deploy]) -> Any:
        """Wait until the deploy is live."""
        from astro_provider.rules.running_code import brings_dags, version_before

        version = deploy.dag_tarball_version if brings_dags(deploy) else None
        self.store_result(
            context, deploy_type=deploy.type, changed=True, dag_tarball_version=deploy.dag_tarball_version
        )
        return self.until_live(
            context,
            deployment,
            deploy,
            version=version,
            previous=version_before(deploy, deploys),
            expect_dags=self.expect_dags or (),
            fail_on_import_errors=self.fail_on_import_errors,
        )
