"""What is wrong with a text that is no YAML, and on which line a person should look for it.

YAML's parser stops at the line where it notices a mistake, often one or many lines after the mistake itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import yaml

HAS_KEY = re.compile(r":(\s|$)")


def syntax_error(error: yaml.MarkedYAMLError, text: str, last: Any) -> tuple[int | None, str]:
    """Return the line to look at, and what is wrong with it.

    :param error: The parser's error.
    :param text: The whole document.
    :param last: The event before the error, if there was one.
    """
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return None, _quoted_nothing(error)
    noticed = mark.line + 1
    lines = text.splitlines()
    written = lines[mark.line] if mark.line < len(lines) else ""
    if re.match(r"\s*\t", written):
        return noticed, "the line begins with a tab; YAML allows only spaces for indentation"
    if written.startswith("```"):
        return noticed, "the line is the fence of a code block (```); remove it"
    begun = error.context_mark.line + 1 if error.context_mark else noticed
    context = error.context or ""
    if context.endswith("a simple key"):
        return begun, "is not valid YAML: the key on this line is not followed by a colon and a space"
    if begun < noticed and context.endswith("a quoted scalar"):
        return begun, "is not valid YAML: a quotation mark on this line is never closed"
    if begun < noticed and "a flow " in context:
        bracket = "{" if "mapping" in context else "["
        return begun, (
            f"is not valid YAML: a {bracket!r} on this line is not closed, or a comma is missing after a value; "
            f"noticed on line {noticed}"
        )
    if getattr(last, "style", None) in ("'", '"') and last.start_mark.line < last.end_mark.line == mark.line:
        opened = last.start_mark.line + 1
        return opened, f"is not valid YAML: a quotation mark on this line is closed only on line {noticed}"
    if str(error.problem).startswith("mapping values are not allowed"):
        return _misplaced_colon(lines, mark)
    return noticed, _quoted_nothing(error)


def _misplaced_colon(lines: list[str], mark: yaml.Mark) -> tuple[int, str]:
    """Tell a colon inside a value from a key that cannot stand there, because of the line above or its indentation."""
    written = lines[mark.line]
    if HAS_KEY.search(written[: mark.column]):
        return mark.line + 1, "is not valid YAML: a value with a colon and a space in it must be quoted"
    above = mark.line - 1
    while above > 0 and not lines[above].strip():
        above -= 1
    if not HAS_KEY.search(lines[above]):
        return above + 1, "is not valid YAML: the key on this line is not followed by a colon and a space"
    return mark.line + 1, "is not valid YAML: the line is indented further than the one above it"


def _quoted_nothing(error: yaml.MarkedYAMLError) -> str:
    """Return the parser's own words without what it found, which may be a piece of a secret."""
    problem = re.sub(r"(['\"]).{2,}\1", "…", str(error.problem or "cannot be understood"))
    return f"is not valid YAML or JSON: {problem}"
