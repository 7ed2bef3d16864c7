"""Writing a task's text to a local path or an object store: the whole of it or nothing."""

from __future__ import annotations

import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from astro_provider.errors import ConfigurationError

LOCAL = "file://"


def write_text(output_path: str, text: str, *, default_name: str) -> str:
    """Write a file, replacing what was there in one step; returns where it stands.

    A local file appears whole, keeps the permissions of the one it replaces, and its folder is made. An object store
    shows an object once it is complete by itself.

    :param output_path: A local path, or a URL that Airflow's ``ObjectStoragePath`` understands, such as
        ``s3://conn_id@bucket/key``. One that ends in ``/`` is a folder.
    :param text: What to write, as UTF-8.
    :param default_name: The file's name in a folder.
    :raises ConfigurationError: Nothing is installed that could write to this kind of URL.
    :raises OSError: It could not be written.
    """
    if output_path.endswith("/"):
        output_path += re.sub(r"[^\w.-]+", "-", default_name).strip("-") or "file"
    if "://" in output_path and not output_path.startswith(LOCAL):
        _upload(output_path, text.encode())
    else:
        _replace(Path(os.path.realpath(output_path.removeprefix(LOCAL))), text.encode())
    return output_path


def _upload(url: str, content: bytes) -> None:
    from airflow.providers.common.compat.sdk import ObjectStoragePath

    try:
        stream = ObjectStoragePath(url).open("wb")  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise ConfigurationError(
            f"output_path {url!r}: {error}. Install the Airflow provider package of that store, such as "
            "apache-airflow-providers-amazon for s3."
        ) from None
    with stream:
        stream.write(content)


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Beside the file, since only within one file system a rename replaces in one step.
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        # Made by hand rather than by tempfile, which would make a file that only its owner can read.
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileNotFoundError):
            beside.chmod(stat.S_IMODE(path.stat().st_mode))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
