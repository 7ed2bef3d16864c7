"""Builds the documentation site in ``docs/_build/html``, and tells whether it is that of today's sources."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from typing import TYPE_CHECKING

from dev.environments import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SITE = ROOT / "docs" / "_build" / "html"
#: Names the sources of a site that was built as a whole. The search index of one that was built in parts lacks terms.
STAMP = SITE.with_name("sources")
#: What the site is made of.
SOURCES = ("docs", "astro_provider", "dev", "example_dags", "CHANGELOG.md", "SECURITY.md", "README.md")


def build(folder: Path) -> int:
    """Build the site; returns Sphinx's exit code.

    :param folder: Where to; what is there already is reused.
    """
    sphinx = [sys.executable, "-W", "ignore", "-m", "sphinx", "-W", "-q", "-b", "html"]
    environment = {**os.environ, "AIRFLOW_HOME": str(ROOT / ".work" / "docs")}
    return subprocess.run([*sphinx, str(ROOT / "docs"), str(folder)], cwd=ROOT, env=environment).returncode


def sources() -> str:
    """Return a digest of all that the site is made of."""
    digest = sha256()
    for name in SOURCES:
        for path in sorted(path for path in [ROOT / name, *(ROOT / name).rglob("*")] if path.is_file()):
            if not {"_build", "__pycache__"} & set(path.parts):
                digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def is_current() -> bool:
    """Whether the site is there, complete and made of today's sources."""
    return STAMP.exists() and STAMP.read_text() == sources()


def main() -> int:
    """Build the site; returns Sphinx's exit code."""
    STAMP.unlink(missing_ok=True)
    whole, before = not SITE.exists(), sources()
    code = build(SITE)
    if whole and code == 0:
        STAMP.write_text(before)
    if code == 0:
        print(f"The documentation is ready. Open {SITE.relative_to(ROOT) / 'index.html'}", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
