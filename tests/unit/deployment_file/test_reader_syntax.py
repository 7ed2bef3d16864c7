"""Mistakes in YAML's syntax: one sentence that says what to do, with either of PyYAML's parsers."""

from __future__ import annotations

import pytest
import yaml

from astro_provider.deployment_file import loads, reader
from astro_provider.errors import DeploymentFileError

TOP = "deployment:\n  configuration:\n    name: x\n"

#: Mistakes in the syntax, each with the line and the whole sentence after "is not valid YAML: ".
MISTAKES = {
    "indented too little": (
        TOP + "   region: x\n",
        4,
        "the line's indentation (3 spaces) fits no line above it; indent it by 2 or 4 spaces",
    ),
    "indented too little, after a quoted value": (
        "deployment:\n    configuration:\n        name: 'x'\n # a comment\n\n region: y\n",
        6,
        "the line's indentation (1 space) fits no line above it; indent it by 0 or 4 spaces",
    ),
    "an item indented too little": (
        "deployment:\n  worker_queues:\n    - name: a\n   - name: b\n",
        4,
        "the line's indentation (3 spaces) fits no line above it; indent it by 2 or 4 spaces",
    ),
    "a key of an item indented too little": (
        "deployment:\n  worker_queues:\n  - name: a\n   worker_type: A5\n",
        4,
        "the line's indentation (3 spaces) fits no line above it; indent it by 2 or 4 spaces",
    ),
    "indented too far after a quoted value": (
        TOP.replace("x", "'x'") + "      region: y\n",
        4,
        "the line is indented further than the one above it",
    ),
    "first key indented": ("  deployment:\nother: x\n", 2, "the line is indented less than the first key of the file"),
    "a key among items": (
        "deployment:\n  worker_queues:\n    - name: a\n    worker_type: A5\n",
        4,
        "this key stands in the column of the list's dashes; indent it like the first key of the list item, or like "
        "the key of the list",
    ),
    "an item among keys": (
        "deployment:\n  configuration:\n    name: x\n    - a\n",
        4,
        "this list item stands where a key of the mapping above is expected; indent it below its own key",
    ),
    "a line without a key": (TOP + "    : x\n", 4, "the line begins with a colon; its key is missing"),
    "@": (TOP.replace("x", "@x"), 3, "a value that begins with '@' must be quoted"),
    "backtick": (TOP.replace("x", "`x`"), 3, "a value that begins with '`' must be quoted"),
    "per cent": (TOP.replace("x", "%x"), 3, "a value that begins with '%' must be quoted"),
    "comma": (TOP.replace("x", ",x"), 3, "a value that begins with ',' must be quoted"),
    "bracket": (TOP.replace("x", "]"), 3, "a value that begins with ']' must be quoted"),
    "asterisk": (TOP.replace("x", "*.example.com"), 3, "a value that begins with '*' must be quoted"),
    "ampersand": (TOP.replace("x", "& x"), 3, "a value that begins with '&' must be quoted"),
    "exclamation mark": (TOP.replace("x", "!x%"), 3, "a value that begins with '!' must be quoted"),
    "question mark": (TOP.replace("x", "? x"), 3, "a value that begins with '? ' must be quoted"),
    "Jinja block": (TOP.replace("x", "{% if x %}"), 3, "a value that begins with '{%' must be quoted"),
    "dash": (
        TOP.replace("x", "- x"),
        3,
        "a list begins on the line below its key; a value that begins with '- ' must be quoted",
    ),
    "block": (
        TOP.replace("x", "| x"),
        3,
        "a block of text after '|' or '>' begins on the next line; quote a value that itself begins with '|' or '>'",
    ),
    "backslash": (
        TOP.replace("x", '"C:\\dags"'),
        3,
        "a backslash between double quotation marks begins an escape; write it twice, or use single quotation marks",
    ),
    "apostrophe": (
        TOP.replace("x", "'it's'"),
        3,
        "text follows the closing quotation mark of a value; if the value contains such a mark, enclose the whole "
        "value in the other kind of quotation mark",
    ),
    "text after a bracket": (
        TOP.replace("x", "[a] b"),
        3,
        "text follows a closing bracket; a value that begins with a bracket must be quoted",
    ),
    "dashes between brackets": (
        "deployment:\n  alert_emails: [\n  - a\n  ]\n",
        3,
        "a list with dashes ('- a') cannot stand between brackets",
    ),
    "no comma": (
        TOP.replace("x", "['a' 'b']"),
        3,
        "a '[' on this line is not closed, or a comma is missing after a value",
    ),
    "an open quote on the last line": (TOP.replace("x\n", "'x"), 3, "a quotation mark on this line is never closed"),
    "a line with per cent": ("%deployment:\n  a: b\n", 1, "a line that begins with '%' must be quoted"),
    "text after the document": (TOP + "...\nx: y\n", 5, "this text follows the end of the document; remove it"),
}


@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
@pytest.mark.parametrize(("text", "line", "sentence"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_in_the_syntax_is_named_in_a_sentence(
    text: str, line: int, sentence: str, loader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not hasattr(yaml, loader):
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(reader, "Loader", getattr(yaml, loader))
    with pytest.raises(DeploymentFileError) as caught:
        loads(text, name="f")
    assert str(caught.value).rstrip(".") == f"f, line {line}: is not valid YAML: {sentence}"


def test_jinja_that_was_not_rendered_must_be_quoted() -> None:
    with pytest.raises(
        DeploymentFileError, match=r"f, line 3: deployment.*: a value that begins with '\{\{' must be quoted"
    ):
        loads(TOP.replace("x", "{{ params.x }}"), name="f")
