"""From the tree of a Deployment file to text.

Operators that read a file take ``{{`` in it for Jinja, and would replace what a Deployment really has, say in
``AIRFLOW__LOGGING__LOG_FILENAME_TEMPLATE``. So the first brace of every Jinja mark is written as an escape of YAML and
JSON: no reader of either sees a difference, and Jinja sees nothing.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import yaml

from astro_provider.deployment_file.reader import OTHER_LINE_BREAKS, UNPRINTABLE

if TYPE_CHECKING:
    from astro_provider.common.choices import FileFormat
    from astro_provider.deployment_file.model import DeploymentFile

TEXT = "tag:yaml.org,2002:str"
JINJA_BRACE = re.compile(r"\{(?=[{%#])")
#: What the Astro CLI's reader, or one by YAML 1.1, takes for a switch or a number although ours and PyYAML do not.
NO_TEXT_ELSEWHERE = re.compile(r"[yYnN]|[-+]?0o[0-7_]+|[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?")


class _Dumper(yaml.SafeDumper):
    """Writes as the Astro CLI does: list items indented below their key, text over several lines as a block."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent a list below its key, and what stands in an item just behind the dash."""
        super().increase_indent(flow, False)
        if self.sequence_context and not flow:
            self.indent = (self.indents[-1] or 0) + 2

    def ignore_aliases(self, data: object) -> bool:
        """Write everything out; an alias in a file that people edit is a trap."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = '"' if _needs_quotes(dumper, value) else "|" if "\n" in value else None
    return dumper.represent_scalar(TEXT, value, style=style)


def _needs_quotes(dumper: yaml.SafeDumper, value: str) -> bool:
    looks_like = dumper.resolve(yaml.ScalarNode, value, (True, False))  # type: ignore[no-untyped-call]
    return bool(
        looks_like != TEXT
        or NO_TEXT_ELSEWHERE.fullmatch(value)
        or JINJA_BRACE.search(value)
        or any(character in value for character in OTHER_LINE_BREAKS)
    )


def _nothing(dumper: yaml.SafeDumper, _: None) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:null", "")


_Dumper.add_representer(str, _text)
_Dumper.add_representer(type(None), _nothing)


def dumps(file: DeploymentFile, *, output_format: FileFormat = "yaml") -> str:
    """Write a Deployment file; what it does not mention is left out, and a secret without value is left blank.

    :param file: The file.
    :param output_format: ``yaml`` or ``json``.
    """
    return write({"deployment": _sections(file)}, output_format)


def write(tree: dict[str, Any], output_format: FileFormat) -> str:
    """Write a tree as text; a null value is left blank in YAML.

    :param tree: The whole document.
    :param output_format: ``yaml`` or ``json``.
    """
    if output_format == "json":
        text = json.dumps(tree, indent=4, ensure_ascii=False) + "\n"
        # YAML readers, ours among them, take these for something else than the character in a string.
        other = f"[{OTHER_LINE_BREAKS}]|{UNPRINTABLE.pattern}|{JINJA_BRACE.pattern}"
        return re.sub(other, lambda found: f"\\u{ord(found[0]):04x}", text)
    text = yaml.dump(tree, Dumper=_Dumper, sort_keys=False, indent=4, width=10_000, allow_unicode=True)
    return JINJA_BRACE.sub(r"\\x7b", text)


def _sections(file: DeploymentFile) -> dict[str, Any]:
    dumped = file.model_dump(mode="json", exclude_none=True)
    for variable in dumped.get("environment_variables", ()):
        if variable.get("is_secret"):
            # Blank, never "": to the API and to the Astro CLI an empty text is an order to wipe the secret.
            variable.setdefault("value", None)
    # An empty mapping says nothing; an empty list says that there is to be none.
    return {name: section for name, section in dumped.items() if section != {}}
