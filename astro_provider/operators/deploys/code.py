"""Deploying a folder of DAGs, an image, or both."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowSkipException

from astro_provider.common.arguments import check_choice, check_flags, is_given
from astro_provider.errors import GuardError
from astro_provider.tasks.deploys import DeployTask, check_dag_ids
from astro_provider.tasks.own_deployment import own_deployment_id

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
        check_deployable(deployment, "dags_folder" if folder else None, is_api_token=client.claims.may_be_api_token)
        image = self._image(deployment)
        deploys = client.deploys.list(deployment.id)
        running = running_code(deployment, deploys)
        wanted = Marker(dags=folder and folder.digest, image=image and image.digest)
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
