"""The name of a dbt project, as its own ``dbt_project.yml`` says it; read as Deployment files are read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from astro_provider.deployment_file.locate import read_text
from astro_provider.deployment_file.reader import from_text
from astro_provider.errors import DeploymentFileError

if TYPE_CHECKING:
    from pathlib import Path

PROJECT_FILE = "dbt_project.yml"
#: What dbt itself takes for a name.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def project_name(folder: Path) -> str:
    """Return the name of the dbt project in a folder.

    :param folder: The folder that has the ``dbt_project.yml``.
    :raises DeploymentFileError: The file is missing or cannot be read, or has no name that dbt would take.
    """
    path = folder / PROJECT_FILE
    if not path.exists():
        raise DeploymentFileError("does not exist, so the folder is not a dbt project", source=str(path))
    tree, origin = from_text(read_text(path), str(path))
    if not isinstance(tree, dict) or "name" not in tree:
        raise DeploymentFileError("has no name of the project", source=str(path), key="name")
    name = tree["name"]
    if not isinstance(name, str) or not NAME.fullmatch(name):
        problem = f"{name!r} is not the name of a dbt project: allowed are letters, digits and underscores"
        raise DeploymentFileError(problem, source=str(path), line=origin.line(("name",)), key="name")
    return name
