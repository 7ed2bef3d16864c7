"""Deployed tarballs in the DAGs folder of a real Airflow: below subfolders that are made for them, and nowhere else.

A subfolder has the code of one Deployment. Each version is unpacked beside the one before; a link then leads to the new
one, so that Airflow sees either the old or the new code, and never half of it.
"""

from __future__ import annotations

import logging
import shutil
import tarfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

log = logging.getLogger("astro_provider.emulator")
#: What marks a subfolder that was made here.
MARK = ".made-by-the-astro-emulator"
#: Where versions are; Airflow is told to look only at the link to one of them.
VERSIONS = "versions-of-the-astro-emulator"
CURRENT = "current"


@dataclass(frozen=True)
class Unpacked:
    """The code of one Deployment in a DAGs folder.

    :param version: Its version.
    :param folder: Its subfolder.
    :param at: Epoch seconds since when it is complete.
    """

    version: str
    folder: Path
    at: float

    def has(self, path: str) -> bool:
        """Whether a file belongs to it.

        :param path: Path of the file.
        """
        return Path(path).is_relative_to(self.folder)


@dataclass
class DagsFolder:
    """The DAGs folder of a real Airflow.

    :param path: The folder.
    :param unpacked: The code that is in it, by Deployment.
    """

    path: Path
    unpacked: dict[str, Unpacked] = field(default_factory=dict)

    @classmethod
    def at(cls, path: str | Path) -> DagsFolder:
        """Return the DAGs folder at a path.

        :param path: The path.
        :raises ValueError: It is no folder.
        """
        if not Path(path).is_dir():
            raise ValueError(f"dags_folder={str(path)!r} is not a folder")
        return cls(Path(path).resolve())

    def has(self, deployment_id: str, version: str) -> bool:
        """Whether a version was unpacked, or could not be.

        :param deployment_id: The Deployment.
        :param version: The version.
        """
        found = self.unpacked.get(deployment_id)
        return found is not None and found.version == version

    def unpack(self, deployment_id: str, version: str, file: BinaryIO) -> None:
        """Put a version in the place of the one before.

        :param deployment_id: The Deployment.
        :param version: The version.
        :param file: The tarball.
        """
        folder = self.path / f"astro-{deployment_id}"
        self.unpacked[deployment_id] = Unpacked(version, folder / VERSIONS / "nothing", time.time())
        try:
            _make(folder)
            _put(folder, file)
        except (tarfile.TarError, OSError, EOFError) as error:
            log.warning("The code of Deployment %s was not unpacked to %s: %s", deployment_id, folder, error)
        else:
            self.unpacked[deployment_id] = Unpacked(version, folder, time.time())

    def remove(self, deployment_id: str) -> None:
        """Remove the subfolder of a Deployment.

        :param deployment_id: The Deployment.
        """
        self.unpacked.pop(deployment_id, None)
        folder = self.path / f"astro-{deployment_id}"
        if (folder / MARK).is_file():
            shutil.rmtree(folder, ignore_errors=True)


def _make(folder: Path) -> None:
    if folder.exists() and not (folder / MARK).is_file():
        raise FileExistsError("this folder was not made by the emulator")
    (folder / VERSIONS).mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
    (folder / ".airflowignore").write_text(f"{VERSIONS}\n")


def _put(folder: Path, file: BinaryIO) -> None:
    """Unpack a tarball, and let the link lead to it. If it cannot be unpacked, the code before stays."""
    versions = folder / VERSIONS
    new = versions / str(time.time_ns())
    new.mkdir()
    try:
        with tarfile.open(fileobj=file, mode="r:*") as tarball:
            _extract(tarball, new)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    for path in new.rglob("*.py"):  # Airflow parses a file at once if it is newer than before; these have a fixed time
        if path.is_file():
            path.touch()
    link = versions / "next"
    link.unlink(missing_ok=True)
    link.symlink_to(new, target_is_directory=True)
    link.replace(folder / CURRENT)
    for old in versions.iterdir():
        if old != new:
            shutil.rmtree(old, ignore_errors=True)


def _extract(tarball: tarfile.TarFile, folder: Path) -> None:
    if hasattr(tarfile, "data_filter"):
        tarball.extractall(folder, filter="data")
        return
    for member in tarball:  # Python before 3.10.12 and 3.11.4, such as that of Debian 12
        inside = (folder / member.name).resolve().is_relative_to(folder.resolve())
        if not inside or not (member.isreg() or member.isdir()):
            raise tarfile.ExtractError(f"{member.name!r} is neither a file nor a folder in it")
        tarball.extract(member, folder, set_attrs=False)
