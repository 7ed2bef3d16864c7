"""From a Deployment file back to text, in the key order of ``astro deployment inspect``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import yaml

if TYPE_CHECKING:
    from astro_provider.models.deployment_file import DeploymentFile


class _Dumper(yaml.SafeDumper):
    """Indents list items below their key, as the Astro CLI does."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Never write a list at its key's own indentation."""
        super().increase_indent(flow, False)


def dumps(file: DeploymentFile, *, output_format: Literal["yaml", "json"] = "yaml") -> str:
    """Write a Deployment file; what it does not mention is left out, and a secret without value is left blank.

    :param file: The file.
    :param output_format: ``yaml`` or ``json``.
    """
    tree = {"deployment": _sections(file)}
    if output_format == "json":
        return json.dumps(tree, indent=4, ensure_ascii=False) + "\n"
    return yaml.dump(tree, Dumper=_Dumper, sort_keys=False, indent=4, width=10_000, allow_unicode=True)


def _sections(file: DeploymentFile) -> dict[str, Any]:
    dumped = file.model_dump(mode="json", exclude_none=True)
    for variable in dumped.get("environment_variables", ()):
        if variable.get("is_secret"):
            variable.setdefault("value", "")
    # An empty mapping says nothing; an empty list says that there is to be none.
    return {name: section for name, section in dumped.items() if section != {}}
