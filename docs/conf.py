from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes

from astro_provider import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "airflow-provider-astro"
author = "The airflow-provider-astro authors"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "sphinx_copybutton", "dev.argument_tables"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"airflow-provider-astro {__version__}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
exclude_patterns = ["_build", "examples"]  # graphs and logs, included by the pages of the examples
copybutton_selector = "div:not(.highlight-text) > div.highlight > pre"  # nobody copies output
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!astro_provider).*")]
autodoc_typehints = "none"
python_maximum_signature_line_length = 88
autodoc_member_order = "bysource"
autodoc_inherit_docstrings = False


def index_statuses(app: Sphinx, doctree: nodes.document) -> None:
    """Add an index entry for each HTTP status of an error that a section names.

    Sphinx's search leaves out words that are numbers, but it finds index entries.
    """
    for section in list(doctree.findall(nodes.section)):
        own = [child for child in section.children if not isinstance(child, nodes.section)]
        text = " ".join(child.astext() for child in own)
        numbers = {int(number) for number in re.findall(r"(?<![\d.,-])[45]\d\d(?![\d.,-]*\d)", text)}
        statuses = [str(int(status)) for status in HTTPStatus if status in numbers]
        if statuses:
            target = section["ids"][0]
            section.insert(1, addnodes.index(entries=[("single", status, target, "", None) for status in statuses]))


def setup(app: Sphinx) -> None:
    """Connect what this file adds to the build."""
    app.connect("doctree-read", index_statuses)
