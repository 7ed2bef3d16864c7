"""What the UI shows of a mapped task in place of 0, 1, 2: the Deployment's name, or what else it is mapped over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.common.arguments import is_given
from astro_provider.tasks.template_guard import TemplateGuard

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow.providers.common.compat.sdk import Context

#: Arguments whose values may be shown, and tell one task from the next. Others may hold what nobody should read.
TELLING = (
    *("_id", "_ids", "_name", "_pattern", "_path", "_folder", "_uri"),
    *("key", "role", "team", "teams", "users", "workspace", "api_tokens"),
)
#: Longest text that Airflow stores.
LONGEST = 250


class NamedMapIndex(TemplateGuard):
    """A task that shows what it is about; ``map_index_template`` in ``partial(...)`` takes precedence."""

    #: The name of the task's Deployment, once that is known.
    known_deployment_name: str | None = None

    def _do_render_template_fields(
        self, parent: Any, template_fields: Iterable[str], context: Context, *args: Any, **kwargs: Any
    ) -> None:
        super()._do_render_template_fields(parent, template_fields, context, *args, **kwargs)
        # Airflow takes the template from here after each try, Airflow 3 before it as well.
        if parent is self and self._name() and context.get("map_index_template") is None:
            context["map_index_template"] = "{{ task.map_index_name }}"

    @property
    def map_index_name(self) -> str:
        """What the UI shows; quoted for a DAG that renders native objects, which would make a number of some names."""
        has_native_templates = self.has_dag() and self.dag.render_template_as_native_obj  # type: ignore[no-untyped-call]
        return repr(self._name()) if has_native_templates else self._name()

    def _name(self) -> str:
        mapped = self.mapped_arguments()
        if mapped & {"deployment_id", "deployment_name"}:
            fields = [self.known_deployment_name, *(getattr(self, f"deployment_{key}", None) for key in ("name", "id"))]
            return next((str(value) for value in fields if is_given(value)), "")
        values = [getattr(self, name) for name in self.template_fields if name in mapped and name.endswith(TELLING)]
        words = [word for value in values for word in ([value] if isinstance(value, str) else value or ())]
        return ", ".join(str(word) for word in words if is_given(word))[:LONGEST]
