"""What all operators and sensors of this package share: the hook, clear failures, the template guard, XCom facts."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.errors import AstroError
from astro_provider.links import OpenAirflowLink, OpenInAstroLink
from astro_provider.tasks.map_index import NamedMapIndex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from airflow.providers.common.compat.sdk import BaseOperatorLink, Context

    from astro_provider.hooks.astro import AstroHook
    from astro_provider.models.deployments import Deployment

PARAMETER = ":param "


class AstroTask(NamedMapIndex):
    """An operator or a sensor that talks to Astro.

    Subclasses write :meth:`run_task`. Their docstrings describe their own parameters only: those of their bases are
    added when the class is made.

    :param astro_conn_id: Id of a connection of type ``astro``.
    """

    template_fields: Sequence[str] = ("astro_conn_id",)
    operator_extra_links: Collection[BaseOperatorLink] = (OpenInAstroLink(), OpenAirflowLink())
    ui_color = "#e8e2fb"
    #: What this try has stored as XComs; ``None`` while that is not known, since another process may have stored some.
    stored_facts: Mapping[str, str] | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__doc__:
            cls.__doc__ = _with_inherited_parameters(cls)

    def __init__(self, *, astro_conn_id: str = "astro_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.astro_conn_id = astro_conn_id

    @cached_property
    def hook(self) -> AstroHook:
        """The hook of this task's connection."""
        from astro_provider.hooks.astro import AstroHook

        return AstroHook(self.astro_conn_id)

    def execute(self, context: Context) -> Any:
        """Do the task's work.

        :param context: The task's context.
        """
        self.stored_facts = {}
        with self.failing_well():
            return self.run_checked(context)

    def run_checked(self, context: Context) -> Any:
        """Do the task's work once every template has turned out to give something.

        :param context: The task's context.
        """
        self.check_rendered(may_lack=self.may_lack())
        return self.run_task(context)

    @abstractmethod
    def run_task(self, context: Context) -> Any:
        """Do the task's work; what subclasses write.

        :param context: The task's context.
        """

    @contextmanager
    def failing_well(self) -> Iterator[None]:
        """Turn errors that no retry can mend into ``AirflowFailException``, so that Airflow does not retry them."""
        try:
            yield
        except AstroError as error:
            # One traceback, not three: only that of a DAG author's own function says more than the message.
            cause = None if isinstance(error.__cause__, AstroError) else error.__cause__
            if hint := self.hook.explain(error):
                error.begin_with(hint)
            if error.retryable:
                raise error from cause
            raise AirflowFailException(str(error)) from cause

    def announce(self, context: Context, deployment: Deployment) -> str:
        """Store what is known about the Deployment, for links and later tasks; returns its page's address.

        :param context: The task's context.
        :param deployment: The Deployment.
        """
        url = self.hook.client.deployment_url(deployment.workspace_id, deployment.id)
        self.store_facts(context, deployment.facts, url)
        return url

    def store_facts(self, context: Context, facts: Mapping[str, str | None], url: str | None = None) -> None:
        """Store what is known about a Deployment as XComs of their own; before a wait, so that links work meanwhile.

        :param context: The task's context.
        :param facts: Of the Deployment; those without a value are left out.
        :param url: The Deployment's page in the Astro UI.
        """
        known = {key: value for key, value in {OpenInAstroLink.xcom_key: url, **facts}.items() if value is not None}
        for key, value in known.items():
            context["ti"].xcom_push(key=key, value=value)
        self.known_deployment_name = known.get("deployment_name", self.known_deployment_name)
        if self.stored_facts is not None:
            self.stored_facts = {**self.stored_facts, **known}


def _with_inherited_parameters(cls: type[AstroTask]) -> str:
    """Return a class's docstring with the descriptions of the parameters that only its bases describe."""
    text = str(cls.__doc__).rstrip()
    described = set(_parameters(text))
    if not described:
        text += "\n"  # the list of parameters is a paragraph of its own
    for base in cls.__bases__:
        if issubclass(base, AstroTask):
            for name, description in _parameters(str(base.__doc__)).items():
                if name not in described:
                    described.add(name)
                    text += description
    return f"{text}\n"


def _parameters(doc: str) -> dict[str, str]:
    """Return the description of each parameter, as it stands in a docstring."""
    before, *found = doc.split(PARAMETER)
    indent = before[before.rfind("\n") :]  # none from Python 3.13 on
    return {part.partition(":")[0]: f"{indent}{PARAMETER}{part.rstrip()}" for part in found}
