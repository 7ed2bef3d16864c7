"""The name of a dbt project, as its own ``dbt_project.yml`` says it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from astro_provider.common.suggestions import nearest
from astro_provider.deployment_file.locate import read_text
from astro_provider.deployment_file.reader import root_text
from astro_provider.errors import DeploymentFileError

if TYPE_CHECKING:
    from os import PathLike

PROJECT_FILE = "dbt_project.yml"
#: What dbt itself takes for a name.
NAME = re.compile(r"[^\W\d]\w*")


def project_name(folder: str | PathLike[str]) -> str:
    """Return the name of the dbt project in a folder.

    :param folder: The folder that has the ``dbt_project.yml``.
    :raises DeploymentFileError: The file is missing or cannot be read, or has no name that dbt would take.
    """
    path = Path(folder) / PROJECT_FILE
    if not path.exists():
        names = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
        near = nearest(PROJECT_FILE, names, cutoff=0.8)
        hint = f"; there is {near!r}, which dbt does not read" if near else ""
        raise DeploymentFileError(f"does not exist, so the folder is not a dbt project{hint}", source=str(path))
    name, line = root_text(read_text(path), str(path), "name")
    if name is None:
        raise DeploymentFileError("is missing; dbt needs the name of the project", source=str(path), key="name")
    if not NAME.fullmatch(name):
        problem = f"{name!r} is not the name of a dbt project; allowed: letters, digits and underscores, no digit first"
        raise DeploymentFileError(problem, source=str(path), line=line, key="name")
    return name
