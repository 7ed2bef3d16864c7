#!/usr/bin/env python3
"""Finds Chromium for the browser tests, or installs it in a container. Standard library only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TIMEOUT = 300


def executable() -> str | None:
    """Return the browser's path; ``None`` when there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def can_install() -> bool:
    """Whether this is root on Debian, as in a CI container."""
    release = Path("/etc/os-release")
    return os.geteuid() == 0 and release.exists() and "\nID=debian\n" in f"\n{release.read_text()}\n"


def install() -> bool:
    """Install Debian's Chromium; return whether it is now available."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        try:
            subprocess.run(
                ["apt-get", "-qq", *command],
                env=environment,
                check=True,
                timeout=TIMEOUT,
                capture_output=True,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.SubprocessError) as error:
            print(f"Could not install Chromium: {error}", flush=True)
            return False
    return executable() is not None


def main() -> int:
    """Install a browser if possible; never an error, because the browser tests are skipped without one."""
    if executable() is None and not (can_install() and install()):
        print("Chromium was not found. The browser tests will be skipped.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
