"""Arguments whose values are secrets: rendered and masked, but shown as ``****`` wherever Airflow shows arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.common.arguments import is_given
from astro_provider.common.masking import MASK, secret_texts
from astro_provider.errors import AstroError
from astro_provider.tasks.template_guard import PlainText, TemplateGuard, check_something

if TYPE_CHECKING:
    from collections.abc import Iterable

    import jinja2
    from airflow.providers.common.compat.sdk import Context


class SecretArguments(TemplateGuard):
    """Keeps the rendered values of some arguments out of everything that Airflow stores."""

    #: Template fields that are mappings with secrets as values, at any depth.
    secret_fields: ClassVar[tuple[str, ...]] = ()
    _secret_values: Mapping[str, Any] | None = None
    _secret_error: AstroError | None = None

    def secret_value(self, name: str) -> Any:
        """Return a secret argument as it was rendered.

        :param name: The argument.
        :raises AstroError: Its template gave nothing, or has a mistake.
        """
        if self._secret_error is not None:
            raise self._secret_error
        if self._secret_values is None:  # executed without rendering, as in a unit test of a user's own
            value = getattr(self, name)
            _mask(value)
            return value
        return self._secret_values[name]

    def _do_render_template_fields(
        self,
        parent: Any,
        template_fields: Iterable[str],
        context: Context,
        jinja_env: jinja2.Environment,
        seen_oids: set[int],
    ) -> None:
        from astro_provider.tasks.templates import strict

        own = self.secret_fields if parent is self else ()
        others = [name for name in template_fields if name not in own]
        super()._do_render_template_fields(parent, others, context, jinja_env, seen_oids)
        if parent is not self or self._secret_values is not None:
            return  # Airflow 2.11's dag.test() renders a task once more when it comes back from its trigger
        env = strict(jinja_env)
        values = {}
        for name in own:
            said, argument = self._is_said(name, getattr(self, name)), getattr(self, name)
            setattr(self, name, argument and MASK)  # nothing is shown unless, and until, it turns out to be harmless
            try:
                values[name] = self._rendered(argument, name, context, env)
                if said and not is_given(values[name]):
                    check_something(name, values[name])
            except AstroError as error:
                self._secret_error = error  # raised when the task asks, where it becomes its one clear error
                continue
            _mask(values[name])
            setattr(self, name, _shown(values[name]))
        self._secret_values = values

    def _rendered(self, argument: Any, name: str, context: Context, env: jinja2.Environment) -> Any:
        from astro_provider.tasks.templates import clear_errors

        if isinstance(argument, Mapping):
            return {key: self._rendered(value, f"{name}, {key}", context, env) for key, value in argument.items()}
        with clear_errors(name, argument, env):
            value = self.render_template(argument, context, env)
        return PlainText(context, env).of(name, argument, value, secret=True) if isinstance(argument, str) else value


def _mask(value: Any) -> None:
    from astro_provider.tasks.masking import mask_secret

    for text in secret_texts(*value.values()) if isinstance(value, Mapping) else ():
        mask_secret(text)


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _shown(inner) for key, inner in value.items()}
    return None if value is None else MASK
