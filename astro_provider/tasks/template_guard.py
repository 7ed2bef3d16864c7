"""The guard of every template field: one that comes out as nothing, or as something else than text, is an error.

What a template gives is known only when the task runs. Without the guard a lost id or filter would count as an argument
that was left out, and the task would do its work somewhere else, or to more than it should.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperator

from astro_provider.common.arguments import is_given
from astro_provider.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import jinja2
    from airflow.providers.common.compat.sdk import Context

#: What native rendering makes of text that looks like it. The text itself is lost: ``1.10`` has become ``1.1``.
CHANGED = (bool, float, complex, bytes, Mapping, list, tuple, set, frozenset, date, time, timedelta)


class TemplateGuard(BaseOperator):
    """Checks each template field after it was rendered; on for every field unless one of the lists below names it."""

    #: Fields that may come out as blank text, which then counts as left out. None of them may come out as ``None``.
    may_be_blank: ClassVar[tuple[str, ...]] = ()
    #: Fields that are a list of text.
    lists_of_text: ClassVar[tuple[str, ...]] = ()
    #: Fields that hold something else than text, which the task itself checks.
    not_text: ClassVar[tuple[str, ...]] = ()
    #: Arguments that the operator keeps under another name.
    kept_as: ClassVar[Mapping[str, str]] = {}
    _refusals: Mapping[str, str] = {}

    def _do_render_template_fields(
        self,
        parent: Any,
        template_fields: Iterable[str],
        context: Context,
        jinja_env: jinja2.Environment,
        seen_oids: set[int],
    ) -> None:
        # Both Airflow lines call this for plain and for mapped tasks alike, "when we override it to customize".
        before = {name: getattr(parent, name) for name in template_fields}
        super()._do_render_template_fields(parent, before, context, jinja_env, seen_oids)
        if parent is not self:  # an object within an argument that has template fields of its own
            return
        for name, was in before.items():
            try:
                self._guard(name, was, getattr(self, name))
            except ConfigurationError as error:
                self._refusals = {**self._refusals, name: str(error)}

    def _guard(self, name: str, was: Any, value: Any) -> None:
        called = next((argument for argument, kept in self.kept_as.items() if kept == name), name)
        if is_given(was) and not is_given(value):
            check_something(called, value, may_be_blank=name in self.may_be_blank)
        if not is_given(value) or name in self.not_text:
            return
        from_template = isinstance(was, str)
        if name in self.lists_of_text and isinstance(value, list | tuple | set | frozenset):
            entries = [as_text(called, entry, from_template=from_template) for entry in value]
            setattr(self, name, entries)
        elif not isinstance(value, str):
            setattr(self, name, as_text(called, value, from_template=from_template))

    def check_rendered(self, *, may_lack: Collection[str] = ()) -> None:
        """Raise what rendering had to put off until ``execute``, where it becomes the task's one clear error.

        :param may_lack: Arguments whose template may have given nothing this time.
        :raises ConfigurationError: Another argument's template gave nothing, or not text where text is expected.
        """
        for name, sentence in self._refusals.items():
            if name not in may_lack:
                raise ConfigurationError(sentence)


def check_something(argument: str, value: object, *, may_be_blank: bool = False) -> None:
    """Reject a template that gave nothing.

    :param argument: The argument.
    :param value: What came out, which says nothing.
    :param may_be_blank: Whether blank text is allowed.
    :raises ConfigurationError: It is ``None``, or blank where that is not allowed.
    """
    is_none = value is None or str(value).strip() == "None"
    if may_be_blank and not is_none:
        return
    if may_be_blank:
        hint = "Use {{ … or '' }} if it may be empty."
    else:
        hint = "If the argument is not needed, leave it out; blank text is not the same."
    if is_none:
        raise ConfigurationError(f"{argument} rendered to 'None': its template refers to a missing value. {hint}")
    raise ConfigurationError(f"{argument} rendered to blank text: its template refers to an empty value. {hint}")


def as_text(argument: str, value: Any, *, from_template: bool, secret: bool = False) -> Any:
    """Return a value as text where that loses nothing, as for a whole number; ``None`` stays, for others to judge.

    :param argument: The argument.
    :param value: What came out.
    :param from_template: Whether it was text before it was rendered; then only native rendering can have changed it.
    :param secret: Whether the error must not quote the value.
    :raises ConfigurationError: It is of a kind whose text is lost or never was.
    """
    if value is None or isinstance(value, str):
        return value
    if not isinstance(value, CHANGED):
        return str(value)
    found = f"a {type(value).__name__}" if secret else f"{value!r}, a {type(value).__name__}"
    if not from_template:
        raise ConfigurationError(f"{argument} rendered to {found}, but text is expected. Pass it as text.")
    raise ConfigurationError(
        f"{argument} rendered to {found}, where text is expected: this is native rendering, "
        "render_template_as_native_obj=True, which turns text that looks like a Python value into that value, so that "
        "1.10 becomes 1.1. To keep it text, write {{ … | string | tojson }}, and nothing else beside it."
    )
