"""``dry_run``: a task that logs its plan and stops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperator

from astro_provider.common.arguments import is_template
from astro_provider.tasks.base import AstroTask
from astro_provider.tasks.template_guard import truth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class DryRunTask(AstroTask):
    """A task that can stop after its plan is logged.

    :param dry_run: Whether to stop after the plan is logged. Can be a template that renders to true or false.
    """

    template_fields: Sequence[str] = ("dry_run", *AstroTask.template_fields)
    not_text: ClassVar[tuple[str, ...]] = ("dry_run",)
    #: The argument. It has the place of a method of every Airflow operator, so that the page "Rendered Templates",
    #: which reads attributes, shows it under its own name; :class:`Rendered` still answers to the method's callers.
    dry_run: bool | str  # type: ignore[assignment]

    def __init__(self, *, dry_run: bool | str = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not (isinstance(dry_run, bool) or is_template(dry_run)):
            raise ValueError(f"dry_run={dry_run!r} is not valid; allowed: True, False, or a template that gives one.")
        self.dry_run = dry_run

    def is_dry_run(self) -> bool:
        """Whether the task stops after its plan is logged."""
        return truth("dry_run", self.dry_run)

    def _do_render_template_fields(self, parent: Any, *args: Any, **kwargs: Any) -> None:
        super()._do_render_template_fields(parent, *args, **kwargs)
        if parent is self and isinstance(self.dry_run, bool | str):
            self.dry_run = Rendered(self.dry_run)
            self.dry_run.method = lambda: BaseOperator.dry_run(self)


class Rendered(str):
    """A value of ``dry_run`` after rendering.

    ``airflow tasks test --dry-run`` of Airflow 2 renders a task, and then calls its method of this name.
    """

    method: Callable[[], None]

    def __call__(self, context: Any = None, jinja_env: Any = None) -> str | None:
        """Do what Airflow's method does; Airflow 3, which calls what is callable to render it, gets the value.

        :param context: Airflow 3's, if it renders the task again.
        :param jinja_env: The same.
        """
        if context is not None:
            return str(self)
        self.method()
        return None
