#!/usr/bin/env python3
"""Finds the programs outside Python that some tests need, or gets them from Debian. Standard library only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Where programs are unpacked that must not be installed.
UNPACKED = ROOT / ".work" / "programs"
#: The first is what we install. The shell draws no window around a page, which takes a browser half of its time.
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REGISTRY = ("docker-registry",)
TIMEOUT = 300


def executable(names: tuple[str, ...]) -> str | None:
    """Return a program's path; ``None`` when there is none.

    :param names: The names it may have, the best first.
    """
    path = f"{os.environ.get('PATH', os.defpath)}{os.pathsep}{UNPACKED / 'usr' / 'bin'}"
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def can_install() -> bool:
    """Whether this is root on Debian, as in a CI container."""
    release = Path("/etc/os-release")
    return os.geteuid() == 0 and release.exists() and "\nID=debian\n" in f"\n{release.read_text()}\n"


def run(*command: str, folder: Path = ROOT) -> None:
    subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        check=True,
        timeout=TIMEOUT,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )


def install(package: str) -> None:
    """Install a package of Debian."""
    command = ("apt-get", "-qq", "install", "--yes", "--no-install-recommends", package)
    announce(package, *command)
    run(*command)


def announce(package: str, *command: str) -> None:
    """Say how much a command is going to download.

    :param package: The package of Debian.
    :param command: What downloads it.
    """
    listed = subprocess.run((*command, "--print-uris"), capture_output=True, text=True, timeout=TIMEOUT, check=True)
    # Address, file, size and checksum of each package that is missing.
    size = sum(int(line.split()[2]) for line in listed.stdout.splitlines() if line.startswith("'"))
    print(f"Getting {package} from Debian: {size / 1e6:.0f} MB to download.", flush=True)


def unpack(package: str) -> None:
    """Unpack a package of Debian without installing it: docker-registry would start as a service, on port 5000."""
    with tempfile.TemporaryDirectory() as folder:
        command = ("apt-get", "-qq", "download", package)
        announce(package, *command)
        run(*command, folder=Path(folder))
        (archive,) = Path(folder).glob("*.deb")
        UNPACKED.mkdir(parents=True, exist_ok=True)
        run("dpkg-deb", "--extract", str(archive), str(UNPACKED))


def main() -> int:
    """Get what is missing, if possible; never an error, because the tests that need it are skipped without it."""
    programs = (("Chromium", CHROMIUM, install), ("docker-registry", REGISTRY, unpack))
    missing = [program for program in programs if executable(program[1][:1]) is None]
    updated = False
    for title, names, get in missing:
        why = "this is not root on Debian"
        try:
            if can_install():
                if not updated:
                    run("apt-get", "-qq", "update")
                updated = True
                get(names[0])
                continue
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            why = str(error)
        if executable(names) is None:
            print(f"{title} was not found and not installed ({why}). Its tests will be skipped.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
