"""The guard of every template field: one that comes out as nothing, or as something else than text, is an error.

What a template gives is known only when the task runs. Without the guard a lost id or filter would count as an argument
that was left out, and the task would do its work somewhere else, or to more than it should.
"""

from __future__ import annotations

import inspect
from ast import literal_eval
from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperator

from astro_provider.common.arguments import is_given, is_template
from astro_provider.errors import AstroError, ConfigurationError
from astro_provider.tasks.declared_arguments import (
    DeclaredArguments,
    check_names,
    check_types,
    declared,
    is_final,
    refused_when_parsed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    import jinja2
    from airflow.providers.common.compat.sdk import Context

#: What native rendering makes of text that looks like it. The text itself is lost: ``1.10`` has become ``1.1``.
CHANGED = (bool, float, complex, bytes, Mapping, list, tuple, set, frozenset, date, time, timedelta)


class TemplateGuard(BaseOperator, metaclass=DeclaredArguments):
    """Checks arguments: what is written, while the DAG file is parsed; what templates give, when the task runs.

    Each template field is checked after it was rendered, unless one of the lists below names it.
    """

    #: Fields that may come out as blank text, which then counts as left out. None of them may come out as ``None``.
    may_be_blank: ClassVar[tuple[str, ...]] = ()
    #: Fields that are a list of text.
    lists_of_text: ClassVar[tuple[str, ...]] = ()
    #: Fields that hold something else than text, which the task itself checks.
    not_text: ClassVar[tuple[str, ...]] = ()
    #: Groups of arguments of which at least one has to say something, and what they say together.
    needs: ClassVar[Mapping[tuple[str, ...], str]] = {}
    _refusals: Mapping[str, str] = {}
    #: The arguments that whoever made the task wrote down; Airflow's own record has those that bases pass on, too.
    _said: frozenset[str] = frozenset()

    if not TYPE_CHECKING:  # as in DeclaredArguments

        def __new__(cls, *_: Any, **kwargs: Any) -> Any:
            """Keep which arguments were written down."""
            task = super().__new__(cls)
            object.__setattr__(task, "_said", frozenset(kwargs))
            return task

    def check_when_parsed(self) -> None:
        """Reject, while the DAG file is parsed, what cannot be right whatever the templates give.

        :raises ValueError: Something has a wrong type, is no possible value, or is missing.
        """
        values = {name: getattr(self, name, None) for name in declared(type(self))}
        check_types(type(self), {name: value for name, value in values.items() if not inspect.ismethod(value)})
        for group, what in self.needs.items():
            if not any(is_given(values[name]) or (values[name] is not None and self.may_lack()) for name in group):
                raise ValueError(f"Set {' or '.join(group)} to say {what}.")
        for name, check in self.value_checks().items():
            if is_given(values[name]) and is_final(values[name]):
                with refused_when_parsed():
                    check(name, values[name])

    def value_checks(self) -> Mapping[str, Callable[[str, Any], object]]:
        """Return functions of an argument's name and value, for arguments whose values can be judged when parsed.

        Each raises :class:`ConfigurationError`. They see only values that no template is part of.
        """
        return {}

    @classmethod
    def partial(cls, **kwargs: Any) -> Any:
        """Map this operator over what other tasks give, with these arguments for all of them.

        :param kwargs: The arguments that are the same for all.
        :raises TypeError: There is no argument of that name.
        :raises ValueError: One has a wrong type.
        """
        check_names(cls, kwargs)
        check_types(cls, kwargs)
        return super().partial(**kwargs)

    def may_lack(self) -> Collection[str]:
        """Return the template fields that may have come out as nothing this time."""
        return ()

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
        given = {name for name, was in before.items() if parent is self and self._is_said(name, was)}
        templates = {name for name, was in before.items() if id(was) not in seen_oids}
        super()._do_render_template_fields(parent, before, context, jinja_env, seen_oids)
        if parent is not self:  # an object within an argument that has template fields of its own
            return
        plain = PlainText(context, jinja_env)
        for name, was in before.items():
            try:
                self._guard(name, was if name in templates else None, plain, is_said=name in given)
            except AstroError as error:
                self._refusals = {**self._refusals, name: str(error)}

    def _is_said(self, name: str, was: Any) -> bool:
        """Whether an argument was given: with a value in the DAG file, or by ``expand`` with whatever came.

        :param name: The field.
        :param was: Its value before it is rendered; mapping has replaced its template by what an upstream task gave.
        """
        return is_given(was) or name in self.mapped_arguments()

    def mapped_arguments(self) -> frozenset[str]:
        """Return the arguments that ``expand`` gave; none if the task is not mapped."""
        declared = self.dag.task_dict.get(self.task_id) if self.has_dag() else None  # type: ignore[no-untyped-call]
        unmapped = getattr(declared, "partial_kwargs", None)
        return frozenset() if unmapped is None else self._said.difference(unmapped)

    def _guard(self, name: str, was: Any, plain: PlainText, *, is_said: bool) -> None:
        value = defined(getattr(self, name))
        if is_said and not is_given(value):
            check_something(name, value, may_be_blank=name in self.may_be_blank)
        if not is_given(value) or name in self.not_text:
            setattr(self, name, value)
        elif name in self.lists_of_text and isinstance(value, list | tuple | set | frozenset):
            apart = isinstance(was, list | tuple) and len(was) == len(value)  # else one template gave them all
            were = was if apart else [was] * len(value)
            entries = zip(were, value, strict=True)
            setattr(self, name, [plain.of(name, *entry, is_whole=apart) for entry in entries])
        else:
            text = plain.of(name, was, value)
            if name in self.lists_of_text and is_template(was) and _is_written_list(text):
                raise ConfigurationError(
                    f"{name} rendered to {text!r}: text that looks like a list, but is not one. Give a list of "
                    "templates or what another task returned (task.output), or set render_template_as_native_obj=True."
                )
            setattr(self, name, text)

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
    cure = "Use {{ … or '' }} if it may be empty."
    if not may_be_blank:
        cure = "Correct the template, or leave out the argument if you do not need it."
    if is_none:
        raise ConfigurationError(f"{argument} rendered to 'None': its template refers to a missing value. {cure}")
    raise ConfigurationError(f"{argument} rendered to blank text: its template refers to an empty value. {cure}")


class PlainText:
    """Makes text of what a template gave, also where the DAG renders native objects.

    :param context: The task's context.
    :param env: The task's own Jinja environment.
    """

    def __init__(self, context: Context, env: jinja2.Environment) -> None:
        self._context = context
        self._env = env

    def of(self, argument: str, was: Any, value: Any, *, is_whole: bool = True, secret: bool = False) -> Any:
        """Return a value as text if that loses nothing, as for a whole number; ``None`` stays, for others to judge.

        :param argument: The argument.
        :param was: What it was before it was rendered; ``None``: not known, or no template.
        :param value: What came out.
        :param is_whole: Whether it is all that came out.
        :param secret: Whether the error must not quote the value.
        :raises AstroError: The text is lost, there never was any, or a part of it comes from a missing value.
        """
        value = defined(value)
        if value is None:
            return None
        if not isinstance(value, CHANGED):
            is_text = isinstance(value, str)
            is_doubtful = is_whole and isinstance(was, str) and is_template(was) and (not is_text or "None" in value)
            # As text, an expression that gave None is refused, and what native rendering has changed shows: 0x10 is 16.
            if not is_doubtful or not is_given(value) or self._render(argument, was) == str(value) or is_text:
                return str(value)
        type_name = f"{'an' if type(value).__name__[0] in 'aeiou' else 'a'} {type(value).__name__}"
        found = type_name if secret else f"{value!r}, {type_name}"
        if not isinstance(was, str):
            how = "Pass it as text."
            if isinstance(value, Mapping) and argument in value:
                how = "To map a task over such dicts, use .expand_kwargs(...)."
            raise ConfigurationError(f"{argument} rendered to {found}, but text is expected. {how}")
        raise ConfigurationError(
            f"{argument} rendered to {found}, but text is expected: this is native rendering, "
            "render_template_as_native_obj=True, which turns text that looks like a Python value into that value, so "
            "that 1.10 becomes 1.1. To keep it text, write {{ … | string | tojson }}, with nothing else around it."
        )

    def _render(self, argument: str, template: str) -> str:
        from astro_provider.tasks.templates import render_text, strict

        return render_text(template, argument, self._context, strict(self._env), lines=False).strip()


def defined(value: Any) -> Any:
    """Return ``None`` for what native rendering leaves of a name that means nothing; else the value.

    :param value: What a template gave.
    """
    from jinja2 import Undefined

    return None if isinstance(value, Undefined) else value


def _is_written_list(text: object) -> bool:
    """Whether text is a list as Python or JSON writes it."""
    try:
        return isinstance(literal_eval(str(text).strip()), list | tuple | set | dict)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False


def truth(argument: str, value: object) -> bool:
    """Return a switch that a template may have rendered to text.

    :param argument: The argument, for the error.
    :param value: What came out.
    :raises ConfigurationError: It is neither true nor false.
    """
    truths = {"none": False, "false": False, "true": True}
    try:
        return truths[str(value).strip().lower()]
    except KeyError:
        raise ConfigurationError(f"{argument}={value!r} is neither true nor false.") from None
