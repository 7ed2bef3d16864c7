from __future__ import annotations

from astro_provider import __version__

project = "airflow-provider-astro"
author = "The airflow-provider-astro authors"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"airflow-provider-astro {__version__}"
exclude_patterns = ["_build", "examples"]  # graphs and logs, included by the pages of the examples
nitpicky = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_inherit_docstrings = False
