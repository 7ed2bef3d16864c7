"""What is wrong with a text that is no YAML, and on which line a person should look for it.

YAML's parser stops at the line where it notices a mistake, often one or many lines after the mistake itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import yaml

HAS_KEY = re.compile(r":(\s|$)")
#: What the parser was doing, or what it says, and the sentence for the reader; the first match counts. The words are
#: libyaml's and those of PyYAML's own parser, which machines without libyaml use. "X" is the value's first character.
SENTENCES = (
    (
        r"quoted scalar; .*(escape|hex)",
        "a backslash between double quotation marks begins an escape; write it twice, or use single quotation marks",
    ),
    (r"an alias|an anchor|a tag", "a value that begins with 'X' must be quoted"),
    (
        r"a block scalar",
        "a block of text after '|' or '>' begins on the next line; quote a value that itself begins with '|' or '>'",
    ),
    (r"a directive|YAML document|%YAML", "a line that begins with '%' must be quoted"),
    (
        r"sequence entries are not allowed",
        "a list begins on the line below its key; a value that begins with '- ' must be quoted",
    ),
    (r"mapping keys are not allowed", "a value that begins with '? ' must be quoted"),
)


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
    context, problem = error.context or "", str(error.problem)
    if context.endswith("a simple key"):
        return begun, "is not valid YAML: the key on this line is not followed by a colon and a space"
    if "a flow " in context:
        return _in_brackets(context, begun, noticed, written[mark.column :])
    if context.endswith("quoted scalar") and "unexpected" in problem:
        return begun, "is not valid YAML: a quotation mark on this line is never closed"
    if _is_quoted(last) and last.start_mark.line < last.end_mark.line == mark.line:
        opened = last.start_mark.line + 1
        return opened, f"is not valid YAML: a quotation mark on this line is closed only on line {noticed}"
    return _within_line(error, lines, mark, last)


def _within_line(error: yaml.MarkedYAMLError, lines: list[str], mark: yaml.Mark, last: Any) -> tuple[int, str]:
    problem, noticed = str(error.problem), mark.line + 1
    written = lines[mark.line] if mark.line < len(lines) else ""
    if problem.startswith("mapping values are not allowed"):
        return _misplaced_colon(lines, mark)
    for words, sentence in SENTENCES:
        if re.search(words, f"{error.context}; {problem}"):
            start = (error.context_mark or mark).column
            return noticed, f"is not valid YAML: {sentence.replace('X', written[start : start + 1])}"
    return noticed, _misplaced(error, lines, mark, last)


def _in_brackets(context: str, begun: int, noticed: int, rest: str) -> tuple[int, str]:
    if "node" in context:
        return noticed, f"is not valid YAML: {_no_flow_value(rest)}"
    bracket = "{" if "mapping" in context else "["
    seen = f"; noticed on line {noticed}" if begun < noticed else ""
    return begun, (
        f"is not valid YAML: a {bracket!r} on this line is not closed, or a comma is missing after a value{seen}"
    )


def _is_quoted(event: Any) -> bool:
    return getattr(event, "style", None) in ("'", '"')


def _no_flow_value(rest: str) -> str:
    if re.match(r"-(\s|$)", rest):
        return "a list with dashes ('- a') cannot stand between brackets"
    return "between the brackets, a value is missing or begins with a character that is allowed only in quotation marks"


def _misplaced(error: yaml.MarkedYAMLError, lines: list[str], mark: yaml.Mark, last: Any) -> str:
    """Tell a line that stands in the wrong column from text that cannot stand at its place in the line."""
    written = lines[mark.line] if mark.line < len(lines) else ""
    before, rest = written[: mark.column], written[mark.column :]
    problem = str(error.problem)
    if "cannot start any token" in problem:
        return f"is not valid YAML: {_no_start(rest, written)}"
    if "node content" in problem:
        return f"is not valid YAML: a value that begins with {rest[:1]!r} must be quoted"
    if "<document start>" in problem:
        first = next((line for line in lines if line.strip() and not re.match(r"\s*#|---|%", line)), written)
        if not before.strip() and _indentation(first) > mark.column:
            return "is not valid YAML: the line is indented less than the first key of the file"
        return "is not valid YAML: this text follows the end of the document; remove it"
    if not re.search(r"expected (key|'-' indicator|<block end>)", problem):
        return _quoted_nothing(error)
    if not before.strip(" "):
        return f"is not valid YAML: {_wrong_column(error, lines, mark)}"
    if _is_quoted(last) and last.end_mark.line == mark.line:
        return (
            "is not valid YAML: text follows the closing quotation mark of a value; if the value contains such a mark, "
            "enclose the whole value in the other kind of quotation mark"
        )
    if before.rstrip().endswith(("]", "}")):
        return "is not valid YAML: text follows a closing bracket; a value that begins with a bracket must be quoted"
    return "is not valid YAML: the value on this line must be quoted"


def _no_start(rest: str, written: str) -> str:
    if rest.startswith("\t"):
        return "the line is indented with a tab; YAML allows only spaces there"
    if rest.startswith("%") and "{%" in written:
        return "a value that begins with '{%' must be quoted"
    return f"a value that begins with {rest[:1]!r} must be quoted"


def _wrong_column(error: yaml.MarkedYAMLError, lines: list[str], mark: yaml.Mark) -> str:
    """Return what is wrong with a line that does not belong to the mapping or list that is open in its column."""
    if lines[mark.line].startswith(":", mark.column):
        return "the line begins with a colon; its key is missing"
    opened = _open_columns(lines[: mark.line])
    is_item = re.match(r"-(\s|$)", lines[mark.line][mark.column :])
    if opened and mark.column > max(opened):
        return "the line is indented further than the one above it"
    if mark.column not in opened:
        less = [column for column in opened if column < mark.column][-1:]
        more = [column for column in opened if column > mark.column][:1]
        found = "1 space" if mark.column == 1 else f"{mark.column} spaces"
        fitting = " or ".join(map(str, less + more))
        return f"the line's indentation ({found}) fits no line above it; indent it by {fitting} spaces"
    if error.context and "mapping" in error.context and is_item:
        return "this list item stands where a key of the mapping above is expected; indent it below its own key"
    if not is_item:
        return (
            "this key stands in the column of the list's dashes; indent it like the first key of the list item, or "
            "like the key of the list"
        )
    return "the line is indented differently from the lines above it"


def _open_columns(lines: list[str]) -> list[int]:
    """Return the columns in which the next line can continue a mapping or a list, in ascending order."""
    opened: list[int] = []
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#") or line.startswith("---"):
            continue
        column = _indentation(line)
        opened = [each for each in opened if each < column] + [column]
        while dash := re.match(r"-\s+(?=\S)", line[column:]):
            column += dash.end()
            opened.append(column)
    return opened


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


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
