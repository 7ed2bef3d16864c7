"""A Deployment file as an operator's argument: found, rendered with Jinja, and shown without its secrets."""

from __future__ import annotations

import os
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.errors import DeploymentFileError
from astro_provider.operators._masking import mask_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import jinja2
    from airflow.providers.common.compat.sdk import BaseOperator, Context

    from astro_provider.models.deployment_file import DeploymentFile

    Task = BaseOperator  # what the mixin is mixed into
else:
    Task = object

HIDDEN = "****"


class FileArgument(Task):
    """Mixin for operators with a Deployment file and ``environment_variables`` among their template fields.

    The file may be a path (absolute, beside the DAG file, or in ``template_searchpath``), YAML or JSON text, or a
    dict. Jinja in the path is rendered, and so is Jinja in the file. Airflow's "Rendered Template" page keeps what the
    task holds in its template fields, secrets included: the real values are therefore moved out of them.
    """

    file_field: ClassVar[str]
    environment_variables: Mapping[str, str] | None
    overrides: Mapping[str, Any] | None
    _file: DeploymentFile | None = None
    _file_error: DeploymentFileError | None = None
    _variables: Mapping[str, str] | None = None
    _overrides: Mapping[str, Any] | None = None

    def _do_render_template_fields(
        self,
        parent: Any,
        template_fields: Iterable[str],
        context: Context,
        jinja_env: jinja2.Environment,
        seen_oids: set[int],
    ) -> None:
        # Both Airflow lines call this for plain and for mapped tasks alike, "when we override it to customize".
        others = [name for name in template_fields if name != self.file_field]
        super()._do_render_template_fields(parent, others, context, jinja_env, seen_oids)
        if self._file is not None:
            return  # Airflow 2.11's dag.test() renders a task once more when it comes back from its trigger
        try:
            self._render_file(context, jinja_env)
        except DeploymentFileError as error:
            self._file_error = error  # raised by execute, where it becomes the task's one clear error
        self._hide_variables()

    def _render_file(self, context: Context, jinja_env: jinja2.Environment) -> None:
        from astro_provider import files
        from astro_provider.files.hiding import hidden_in_mapping, hidden_in_text
        from astro_provider.files.source import find, read_text

        value = getattr(self, self.file_field)
        if isinstance(value, os.PathLike):
            value = os.fspath(value)
        value = self.render_template(value, context, jinja_env)
        if not isinstance(value, str):
            self._file = files.load(value, name=self.file_field)
            setattr(self, self.file_field, hidden_in_mapping(value))
        else:
            text, name = value, self.file_field
            if files.is_path(value):
                found = find(value, _searchpath(jinja_env))
                text, name = _render_text(read_text(found), str(found), context, jinja_env), str(found)
            setattr(self, self.file_field, hidden_in_text(text))
            self._file = files.loads(text, name=name)
        for variable in self._file.environment_variables or ():
            if variable.is_secret and not variable.is_blank:
                mask_secret(variable.value)

    def _hide_variables(self) -> None:
        from astro_provider.files.hiding import hidden_in_mapping

        if self.overrides:
            self._overrides, self.overrides = self.overrides, hidden_in_mapping(self.overrides)
        given = self.environment_variables
        if not given:
            return
        self._variables = dict(given)
        listed = (self._file.environment_variables if self._file else None) or ()
        plain_keys = {variable.key for variable in listed if not variable.is_secret}
        for key, value in given.items():
            # A plain variable is masked only where its name sounds secret: masking "1" would blank out whole logs.
            mask_secret(str(value), key if key in plain_keys else None)
        self.environment_variables = dict.fromkeys(given, HIDDEN)

    def load_file(self, **overlay: Any) -> DeploymentFile:
        """Return the file with this task's own values laid over it.

        :param overlay: Further arguments of ``DeploymentFile.overlay``.
        :raises DeploymentFileError: The file or what is laid over it is wrong.
        """
        from astro_provider import files

        if self._file_error is not None:
            raise self._file_error
        if self._file is None:  # executed without rendering, as in a unit test of a user's own
            self._file = files.load(getattr(self, self.file_field), name=self.file_field)
        variables = self._variables if self._variables is not None else self.environment_variables
        file = self._file.overlay(
            environment_variables=variables, overrides=self._overrides or self.overrides, **overlay
        )
        for warning in file.warnings:
            self.log.warning(warning)
        return file


def _searchpath(jinja_env: jinja2.Environment) -> list[Path]:
    """Return where Airflow looks for templates: the DAG file's folder, then ``template_searchpath``."""
    return [Path(folder) for folder in getattr(jinja_env.loader, "searchpath", [])]


def _render_text(text: str, name: str, context: Context, jinja_env: jinja2.Environment) -> str:
    """Render a file's text. Always to text: a DAG that renders "native" objects still has files made of text."""
    from jinja2 import TemplateError, TemplateSyntaxError

    try:
        template = jinja_env.from_string(text)
        parts = template.root_render_func(
            jinja_env.context_class(jinja_env, copy(context), template.name, template.blocks)  # type: ignore[arg-type]
        )
        return "".join(map(str, parts))
    except TemplateSyntaxError as error:
        raise DeploymentFileError(f"Jinja: {error.message}", source=name, line=error.lineno) from None
    except TemplateError as error:
        raise DeploymentFileError(f"Jinja: {error.message or type(error).__name__}", source=name) from None
