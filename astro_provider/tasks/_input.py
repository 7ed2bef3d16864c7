"""Where a task reads a Deployment file: beside the DAG file, anywhere on disk, or in an object store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from astro_provider.errors import DeploymentFileError
from astro_provider.tasks.storage import LOCAL, is_remote, object_path

if TYPE_CHECKING:
    import jinja2


def read_file(path: str, argument: str, jinja_env: jinja2.Environment) -> tuple[str, str]:
    """Return a file's text and its full name.

    :param path: Absolute, relative to the DAG file's folder or to one of ``template_searchpath``, or a URL that
        Airflow's ``ObjectStoragePath`` understands.
    :param argument: The operator's argument that names it.
    :param jinja_env: The task's; it knows the folders.
    :raises DeploymentFileError: There is no such file, or it cannot be read as text.
    :raises ConfigurationError: Nothing is installed that could read this kind of URL.
    """
    from astro_provider.deployment_file.locate import decode, find, read_text

    if is_remote(path):
        return decode(_download(path, argument), path), path
    folders = [Path(folder) for folder in getattr(jinja_env.loader, "searchpath", [])]
    found = find(path.removeprefix(LOCAL), folders)
    return read_text(found), str(found)


def _download(url: str, argument: str) -> bytes:
    from astro_provider.deployment_file.locate import LARGEST

    try:
        with object_path(url, argument).open("rb") as stream:
            data: bytes = stream.read(LARGEST + 1)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        # What else may happen to a request, a retry may mend.
        problem = "no such file" if isinstance(error, FileNotFoundError) else f"cannot be read: {error}"
        raise DeploymentFileError(problem, source=url) from None
    if len(data) > LARGEST:
        raise DeploymentFileError(f"is too large for a Deployment file: more than {LARGEST:,} bytes", source=url)
    return data
