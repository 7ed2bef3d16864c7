"""A Deployment file as an operator's argument: found, rendered with Jinja, and shown without its secrets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.common.arguments import check_flags, is_given
from astro_provider.common.masking import MASK
from astro_provider.errors import AstroError, ConfigurationError
from astro_provider.tasks.base import AstroTask
from astro_provider.tasks.template_guard import PlainText, check_something

if TYPE_CHECKING:
    from collections.abc import Iterable

    import jinja2
    from airflow.providers.common.compat.sdk import Context

    from astro_provider.deployment_file.model import DeploymentFile, FileVariable

MOST_LINES = 10


class FileArgument(AstroTask):
    """Mixin for operators with a Deployment file, ``environment_variables`` and ``overrides`` as template fields.

    The file can be a path (absolute, next to the DAG file, or in ``template_searchpath``), the URL of an object store,
    YAML or JSON text, or a dict. Jinja is rendered in the path and in the file, but not in the result of another task.
    Airflow's page "Rendered Templates" shows the values of a task's template fields, including secrets, so the real
    values are moved out of these fields.

    :param render_file: Whether Jinja in the file, text or dict is rendered.
    """

    file_field: ClassVar[str]
    environment_variables: Mapping[str, str] | None
    overrides: Mapping[str, Any] | None
    _file: DeploymentFile | None = None
    _file_error: AstroError | None = None
    _variables: Mapping[str, str] | None = None
    _overrides: Mapping[str, Any] | None = None
    _rendered: str | None = None

    def __init__(self, *, render_file: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_flags(render_file=render_file)
        self.render_file = render_file

    def _do_render_template_fields(
        self,
        parent: Any,
        template_fields: Iterable[str],
        context: Context,
        jinja_env: jinja2.Environment,
        seen_oids: set[int],
    ) -> None:
        from astro_provider.deployment_file.redaction import NOT_SHOWN
        from astro_provider.tasks.templates import strict

        if parent is not self:  # an object within an argument that has template fields of its own
            super()._do_render_template_fields(parent, template_fields, context, jinja_env, seen_oids)
            return
        own = (self.file_field, "environment_variables", "overrides")
        others = [name for name in template_fields if name not in own]
        said = [name for name in own if self._is_said(name, getattr(self, name))]
        super()._do_render_template_fields(parent, others, context, jinja_env, seen_oids)
        if self._file or self._file_error:
            return  # Airflow 2.11's dag.test() renders a task once more when it comes back from its trigger
        file, variables, overrides = [getattr(self, name) for name in own]
        # Nothing is shown unless, and until, it turns out to be harmless.
        setattr(self, self.file_field, NOT_SHOWN)
        self.environment_variables = variables and MASK
        self.overrides = overrides and NOT_SHOWN
        env = strict(jinja_env)
        try:
            for name, value in zip(own, (file, variables, overrides), strict=True):
                if name in said and not is_given(value):
                    check_something(name, value)
            self._take_variables(variables, context, env)
            self._take_file(file, context, env)
            self._take_overrides(overrides, context, env)
        except AstroError as error:
            self._file_error = error  # raised by execute, where it becomes the task's one clear error

    def _rendered_argument(self, argument: Any, name: str, context: Context, env: jinja2.Environment) -> Any:
        """Return an argument that must not be lost on the way."""
        from astro_provider.tasks.templates import clear_errors

        with clear_errors(name, argument, env):
            value = self.render_template(argument, context, env)
        if is_given(argument) and not is_given(value):
            check_something(name, value)
        return value

    def _take_variables(self, argument: Any, context: Context, env: jinja2.Environment) -> None:
        from astro_provider.tasks.masking import mask_secret
        from astro_provider.tasks.templates import clear_errors

        plain = PlainText(context, env)

        def rendered(value: Any, name: str) -> Any:
            with clear_errors(name, value, env):
                after = self.render_template(value, context, env)
            return plain.of(name, value, after, secret=True) if isinstance(value, str) else after

        if isinstance(argument, Mapping):
            argument = {key: rendered(value, f"environment_variables, {key}") for key, value in argument.items()}
        else:
            argument = self._rendered_argument(argument, "environment_variables", context, env)
        self._variables = argument
        # Whatever the file calls them: what comes from outside of it may come from a secrets backend.
        for value in argument.values() if isinstance(argument, Mapping) else [argument]:
            if value is not None:
                mask_secret(str(value))
        if isinstance(argument, Mapping):
            self.environment_variables = dict.fromkeys(argument, MASK)

    def _take_file(self, argument: Any, context: Context, env: jinja2.Environment) -> None:
        from astro_provider import deployment_file as files
        from astro_provider.deployment_file.redaction import hidden_in_mapping, hidden_in_text

        content, name = self._content(argument, context, env)
        shown: Any
        if isinstance(content, str):
            self._file = files.loads(content, name=name)
            shown = hidden_in_text(self._file)
        else:
            self._file = files.load(content, name=name)
            shown = hidden_in_mapping(content, self._file)
        setattr(self, self.file_field, shown)
        _mask(self._file.environment_variables)

    def _content(self, argument: Any, context: Context, env: jinja2.Environment) -> tuple[Any, str]:
        """Return text or a dict, and what to call it."""
        from astro_provider.deployment_file import is_path
        from astro_provider.tasks.storage import read_file
        from astro_provider.tasks.templates import clear_errors, render_text

        field = self.file_field
        if isinstance(argument, str) and not is_path(argument) and not argument.lstrip().startswith("{{"):
            return (render_text(argument, field, context, env) if self.render_file else argument), field
        if isinstance(argument, Mapping) and not self.render_file:
            return argument, field
        with clear_errors(field, argument, env):
            argument = self.render_template(argument, context, env)
        if isinstance(argument, os.PathLike):
            argument = os.fspath(argument)
        if not is_given(argument):
            raise ConfigurationError(f"{field} rendered to {argument!r}, which is neither a path nor a file's text.")
        if not isinstance(argument, str) or not is_path(argument):
            return argument, field
        setattr(self, field, argument)
        text, name = read_file(argument, field, env)
        if not self.render_file:
            return text, name
        self._rendered = _rendered(text, name)
        return render_text(text, name, context, env), name

    def _take_overrides(self, argument: Any, context: Context, env: jinja2.Environment) -> None:
        from astro_provider.deployment_file.model import DeploymentFile
        from astro_provider.deployment_file.redaction import hidden_in_mapping

        if argument is None or argument == {}:
            return
        argument = self._rendered_argument(argument, "overrides", context, env)
        if argument == {}:
            return
        self._overrides = argument
        file = DeploymentFile.from_overrides(argument)
        _mask(file.environment_variables)
        self.overrides = hidden_in_mapping(argument, file)

    def load_file(self, **overlay: Any) -> DeploymentFile:
        """Return the file with this task's own values laid over it.

        :param overlay: Further arguments of ``DeploymentFile.overlay``.
        :raises ConfigurationError: An argument's template gave ``None``.
        :raises DeploymentFileError: The file or what is laid over it is wrong.
        """
        from astro_provider import deployment_file as files

        if self._file_error is not None:
            raise self._file_error
        variables, overrides = self._variables, self._overrides
        if self._file is None:  # executed without rendering, as in a unit test of a user's own
            self._file = files.load(getattr(self, self.file_field), name=self.file_field)
            variables, overrides = self.environment_variables, self.overrides
        file = self._file.overlay(environment_variables=variables, overrides=overrides, **overlay)
        if self._rendered:
            self.log.info(self._rendered)
        for warning in file.warnings:
            self.log.warning(warning)
        return file


def _mask(variables: Iterable[FileVariable] | None) -> None:
    """Keep secrets out of logs; without ``is_secret``, by name: masking every "1" would blank out whole logs."""
    from astro_provider.tasks.masking import mask_secret

    for variable in variables or ():
        if variable.is_secret is not False and not variable.is_blank:
            mask_secret(variable.value, None if variable.is_secret else variable.key)


def _rendered(text: str, name: str) -> str | None:
    from astro_provider.tasks.templates import marked_lines

    lines = marked_lines(text)
    if not lines:
        return None
    named = ", ".join(map(str, lines[:MOST_LINES])) + (", …" if len(lines) > MOST_LINES else "")
    return f"Rendered the Jinja in {name}, line{'s' if len(lines) > 1 else ''} {named}."
