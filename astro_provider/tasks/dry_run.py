"""``dry_run``: a task that logs its plan and stops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.common.arguments import is_template
from astro_provider.tasks.base import AstroTask
from astro_provider.tasks.template_guard import truth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class DryRunTask(AstroTask):
    """A task that can stop after its plan is logged.

    :param dry_run: Whether to stop after the plan is logged; may be a template that gives true or false.
    """

    template_fields: Sequence[str] = ("only_plan", *AstroTask.template_fields)
    not_text: ClassVar[tuple[str, ...]] = ("only_plan",)
    kept_as: ClassVar[Mapping[str, str]] = {"dry_run": "only_plan"}

    def __init__(self, *, dry_run: bool | str = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not (isinstance(dry_run, bool) or is_template(dry_run)):
            raise ValueError(
                f"dry_run={dry_run!r} is not possible; allowed: True, False, or a template that gives one."
            )
        self.only_plan = dry_run  # ``dry_run`` itself is a method of every Airflow operator

    def is_dry_run(self) -> bool:
        """Whether the task stops after its plan is logged."""
        return truth("dry_run", self.only_plan)
