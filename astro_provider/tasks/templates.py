"""Jinja in Deployment files and their arguments: every mistake is one clear error, and nothing is lost on the way."""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from copy import copy
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError, TemplateRuntimeError, TemplateSyntaxError, Undefined

from astro_provider.errors import DeploymentFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import jinja2
    from airflow.providers.common.compat.sdk import Context

#: Characters of one expression, and expressions of one line, that an error shows.
LONGEST_SHOWN, MOST_SHOWN = 120, 3
MARK = re.compile(r"\{[{%#]")
#: What a mistake in an expression raises besides Jinja's own errors. Others, of a secrets backend say, may pass by.
MISTAKES = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError)


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
        raise TemplateRuntimeError("an expression gave None; write {{ … or '' }} if it may be blank")
    return str(value) if isinstance(value, Undefined) else value  # raises unless the DAG allows undefined names


def render_text(text: str, name: str, context: Context, env: jinja2.Environment, *, lines: bool = True) -> str:
    """Render a file's text; to text, even where the DAG renders "native" objects.

    :param text: What the file holds.
    :param name: What errors call it.
    :param context: The task's context.
    :param env: From :func:`strict`.
    :param lines: Whether it has lines that a reader could look up.
    :raises DeploymentFileError: There is a mistake in its Jinja.
    """
    with clear_errors(name, text, env, lines=lines):
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


@contextmanager
def clear_errors(name: str, text: object, env: jinja2.Environment, *, lines: bool = False) -> Iterator[None]:
    """Make the package's own error of a mistake in Jinja.

    :param name: What was being rendered.
    :param text: Its template; of anything but a text, the error shows no expression.
    :param env: What renders it.
    :param lines: Whether it has lines that a reader could look up.
    :raises DeploymentFileError: There was a mistake.
    """
    try:
        yield
    except TemplateSyntaxError as error:
        # Jinja's lexer adds an offset in the text, which nobody needs once the line is known.
        said = re.sub(r" at \d+$", "", str(error.message))
        problem = (
            f"Jinja: {said}{_shown(text, env, error.lineno, said)}; around text that is not Jinja, "
            "write {% raw %} … {% endraw %}"
        )
        raise DeploymentFileError(problem, source=name, line=error.lineno if lines else None) from None
    except TemplateError as error:
        said, line = error.message or type(error).__name__, _line(error)
        problem = f"Jinja: {said}{_shown(text, env, line, said)}"
        raise DeploymentFileError(problem, source=name, line=line if lines else None) from None
    except DeploymentFileError:
        raise
    except MISTAKES as error:
        # A ValueError quotes the value.
        said, line = type(error).__name__ + ("" if isinstance(error, ValueError) else f": {error}"), _line(error)
        problem = f"Jinja: {said}{_shown(text, env, line, said)}"
        raise DeploymentFileError(problem, source=name, line=line if lines else None) from None


def _line(error: Exception) -> int | None:
    """Return the line of a template in which an error arose; the line of the ``include`` if it was in another file."""
    line, step = None, error.__traceback__
    while step is not None:
        template = step.tb_frame.f_globals.get("__jinja_template__")
        if template is not None and template.name is None:
            line = template.get_corresponding_lineno(step.tb_lineno)
        step = step.tb_next
    return line


def _shown(text: object, env: jinja2.Environment, line: int | None, said: str) -> str:
    """Return the expressions of a line that an error may be about, in brackets, as they are written."""
    if not isinstance(text, str) or line is None:
        return ""
    found = [written for first, last, written in _expressions(text, env) if first <= line <= last]
    names = re.findall(r"'(\w+)'", said)
    found = [each for each in found if any(re.search(rf"\b{name}\b", each) for name in names)] or found
    return f" (in {' or '.join(found)})" if 0 < len(found) <= MOST_SHOWN else ""


def _expressions(text: str, env: jinja2.Environment) -> Iterator[tuple[int, int, str]]:
    """Yield first line, last line and text of everything between Jinja's marks, up to where Jinja cannot read on.

    A literal may be a secret, as in ``default('…')``: only those that name a key are shown.
    """
    written, first = "", 0
    with suppress(TemplateSyntaxError):
        for line, kind, raw in env.lex(text):
            if kind in {"variable_begin", "block_begin"}:
                written, first = "", line
            if kind == "string" and not re.search(r"(\[|\bget\()\s*$", written):
                raw = "'…'"
            written += raw
            if kind in {"variable_end", "block_end"}:
                short = re.sub(r"\s+", " ", written).strip()
                yield first, line, short if len(short) <= LONGEST_SHOWN else f"{short[:LONGEST_SHOWN]}…"
