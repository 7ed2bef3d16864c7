from __future__ import annotations

from astro_provider import __version__

project = "airflow-provider-astro"
author = "The airflow-provider-astro authors"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "dev.argument_tables"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"airflow-provider-astro {__version__}"
exclude_patterns = ["_build", "examples"]  # graphs and logs, included by the pages of the examples
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!astro_provider).*")]
autodoc_typehints = "none"
python_maximum_signature_line_length = 88
autodoc_member_order = "bysource"
autodoc_inherit_docstrings = False
