"""Jinja in Deployment files and their arguments: every mistake is one clear error, and nothing is lost on the way."""

from __future__ import annotations

import re
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperator
from jinja2 import TemplateError, TemplateRuntimeError, TemplateSyntaxError

from astro_provider.errors import ConfigurationError, DeploymentFileError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    import jinja2
    from airflow.providers.common.compat.sdk import Context

MARK = re.compile(r"\{[{%#]")
#: What a mistake in an expression raises besides Jinja's own errors. Others, of a secrets backend say, may pass by.
MISTAKES = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError)


class RefusesNone(BaseOperator):
    """Mixin for operators whose arguments must not silently count as absent when a template gives nothing."""

    #: Arguments whose template must not give blank text either: without them something else, or more, would be meant.
    never_blank: ClassVar[tuple[str, ...]] = ()
    #: Arguments that the operator keeps under another name.
    kept_as: ClassVar[Mapping[str, str]] = {}
    _absent: Mapping[str, str] = {}

    def _do_render_template_fields(
        self,
        parent: Any,
        template_fields: Iterable[str],
        context: Context,
        jinja_env: jinja2.Environment,
        seen_oids: set[int],
    ) -> None:
        # Both Airflow lines call this for plain and for mapped tasks alike, "when we override it to customize".
        before = {name: getattr(self, name) for name in template_fields}
        super()._do_render_template_fields(parent, before, context, jinja_env, seen_oids)
        absent = {
            name: sentence
            for name, was in before.items()
            if says_something(was) and (sentence := self._absence(name, getattr(self, name)))
        }
        self._absent = {**self._absent, **absent}

    def _absence(self, name: str, value: Any) -> str | None:
        if says_something(value) or (value not in (None, "None") and name not in self.never_blank):
            return None
        called = next((argument for argument, kept in self.kept_as.items() if kept == name), name)
        if name in self.never_blank:
            hint = "Leave the argument out where it is not needed; blank does not mean that."
        else:
            hint = "Use {{ … or '' }} where it may be left out."
        if value in (None, "None"):
            return f"{called} came out as 'None': what its template refers to has no value. {hint}"
        return f"{called} came out blank: what its template refers to is empty. {hint}"

    def check_rendered(self, *, may_lack: Collection[str] = ()) -> None:
        """Raise what rendering had to put off until ``execute``, where it becomes the task's one clear error.

        :param may_lack: Arguments whose template may have given nothing this time.
        :raises ConfigurationError: Another argument's template gave ``None``, or blank text where that is refused.
        """
        for name, sentence in self._absent.items():
            if name not in may_lack:
                raise ConfigurationError(sentence)


def says_something(value: object) -> bool:
    """Whether an argument is more than ``None``, blank, or the text "None" that a template makes of ``None``.

    :param value: The argument.
    """
    return value is not None and not (isinstance(value, str) and value.strip() in {"", "None"})


def is_template(value: object) -> bool:
    """Whether only the task's run will show what an argument is: text with Jinja, or what another task returns.

    :param value: The argument.
    """
    return bool(MARK.search(value)) if isinstance(value, str) else hasattr(value, "resolve")


def strict(jinja_env: jinja2.Environment) -> jinja2.Environment:
    """Return an environment in which an expression that gives ``None`` is an error, not the text "None".

    A last line break stays, too: in a file it may belong to a value.

    :param jinja_env: The task's own.
    """
    env = jinja_env.overlay()
    env.keep_trailing_newline = True
    env.finalize = env.finalize or _some
    return env


def _some(value: Any) -> Any:
    if value is None:
        raise TemplateRuntimeError("an expression gave None; write {{ … or '' }} where it may be blank")
    return value


def render_text(text: str, name: str, context: Context, env: jinja2.Environment) -> str:
    """Render a file's text; to text, even where the DAG renders "native" objects.

    :param text: What the file holds.
    :param name: What errors call it.
    :param context: The task's context.
    :param env: From :func:`strict`.
    :raises DeploymentFileError: There is a mistake in its Jinja.
    """
    with clear_errors(name, lines=True):
        template = env.from_string(text)
        parts = template.root_render_func(
            env.context_class(env, copy(context), template.name, template.blocks)  # type: ignore[arg-type]
        )
        return "".join(map(str, parts))


def marked_lines(text: str) -> list[int]:
    """Return the numbers of the lines in which Jinja begins something, from 1.

    :param text: What the file holds, before it is rendered.
    """
    return [number for number, line in enumerate(text.split("\n"), 1) if MARK.search(line)]


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


@contextmanager
def clear_errors(name: str, *, lines: bool = False) -> Iterator[None]:
    """Make the package's own error of a mistake in Jinja.

    :param name: What was being rendered.
    :param lines: Whether it has lines that a reader could look up.
    :raises DeploymentFileError: There was a mistake.
    """
    try:
        yield
    except TemplateSyntaxError as error:
        problem = f"Jinja: {error.message}; around text that is no Jinja, write {{% raw %}} … {{% endraw %}}"
        raise DeploymentFileError(problem, source=name, line=error.lineno if lines else None) from None
    except TemplateError as error:
        problem = f"Jinja: {error.message or type(error).__name__}"
        raise DeploymentFileError(problem, source=name, line=_line(error) if lines else None) from None
    except DeploymentFileError:
        raise
    except MISTAKES as error:
        # A ValueError quotes the value.
        detail = "" if isinstance(error, ValueError) else f": {error}"
        problem = f"Jinja: {type(error).__name__}{detail}"
        raise DeploymentFileError(problem, source=name, line=_line(error) if lines else None) from None


def _line(error: Exception) -> int | None:
    """Return the line of a template in which an error arose."""
    line, step = None, error.__traceback__
    while step is not None:
        template = step.tb_frame.f_globals.get("__jinja_template__")
        if template is not None:
            line = template.get_corresponding_lineno(step.tb_lineno)
        step = step.tb_next
    return line
