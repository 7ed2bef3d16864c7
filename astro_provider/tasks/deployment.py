"""The Deployment that a task is about: by id, or by name in a Workspace."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowSkipException

from astro_provider.common.arguments import check_choice, is_given
from astro_provider.common.choices import IfMissing
from astro_provider.errors import AstroError, NameLookupError
from astro_provider.tasks.base import AstroTask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from astro_provider.models.deployments import Deployment

#: The template fields that say which Deployment a task is about.
DEPLOYMENT = ("deployment_id", "deployment_name", "workspace")
#: The end of an error about something that does not exist.
MAY_BE_MISSING = "To accept that it is missing, set if_missing to 'ignore' or 'skip'."


class DeploymentTask(AstroTask):
    """A task about one Deployment.

    :param deployment_id: The Deployment's id. If you set a name as well, it must be the name of this Deployment.
    :param deployment_name: The Deployment's exact name, if you do not know its id.
    :param workspace: Id or name of the Workspace in which to look up the name; default: the connection's, else the
        token's, else the whole Organization.
    """

    template_fields: Sequence[str] = (*DEPLOYMENT, *AstroTask.template_fields)
    needs: ClassVar[Mapping[tuple[str, ...], str]] = {("deployment_id", "deployment_name"): "which Deployment to use"}

    def __init__(
        self,
        *,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.deployment_id = deployment_id
        self.deployment_name = deployment_name
        self.workspace = workspace

    def names_deployment(self) -> bool:
        """Whether the task has an id or a name to look for."""
        return is_given(self.deployment_id) or is_given(self.deployment_name)

    def find_deployment(self, *, must_be_certain: bool = False) -> Deployment | None:
        """Return the Deployment; ``None`` if there is no such Deployment.

        :param must_be_certain: Whether a name needs a Workspace: the only one left may be a namesake of one that is
            gone.
        """
        from astro_provider.lookup.deployments import find_deployment

        deployment = find_deployment(
            self.hook.client,
            deployment_id=self.deployment_id,
            deployment_name=self.deployment_name,
            workspace=self.workspace,
            must_be_certain=must_be_certain,
        )
        if deployment is not None:
            self.known_deployment_name = deployment.name
        return deployment

    def get_deployment(self) -> Deployment:
        """Return the Deployment.

        :raises NameLookupError: There is no such Deployment.
        """
        from astro_provider.lookup.deployments import get_deployment

        deployment = get_deployment(
            self.hook.client,
            deployment_id=self.deployment_id,
            deployment_name=self.deployment_name,
            workspace=self.workspace,
        )
        self.known_deployment_name = deployment.name
        return deployment

    def describe_deployment(self) -> str:
        """Return in words what is looked for."""
        from astro_provider.lookup.deployments import describe

        return describe(self.deployment_id, self.deployment_name, self.workspace)


class OptionalDeploymentTask(DeploymentTask):
    """A task about one Deployment that may not exist.

    :param if_missing: What to do if the Deployment does not exist: ``fail``, ``ignore`` it and succeed, or ``skip`` the
        task.
    """

    def __init__(self, *, if_missing: IfMissing = "fail", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_choice("if_missing", if_missing, IfMissing)
        self.if_missing = if_missing

    def check_may_be_missing(self) -> None:
        """Do what ``if_missing`` says of a Deployment that does not exist; returns where it is to be ignored.

        :raises NameLookupError: It says ``fail``.
        :raises AirflowSkipException: It says ``skip``.
        """
        missing = f"{self.describe_deployment()} does not exist, or this token cannot see it."
        if self.if_missing == "skip":
            raise AirflowSkipException(missing)
        if self.if_missing == "fail":
            raise NameLookupError(f"{missing}{self._similar_name()} {MAY_BE_MISSING}")

    def _similar_name(self) -> str:
        """Return a hint at the name that may be meant; a missing Deployment is an error with or without it."""
        from astro_provider.lookup.deployments import name_suggestion

        if is_given(self.deployment_id) or not is_given(self.deployment_name):
            return ""
        with suppress(AstroError):
            return name_suggestion(self.hook.client, str(self.deployment_name), self.workspace)
        return ""
