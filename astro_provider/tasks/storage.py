"""Where a task reads and writes files: on disk or in an object store. What is written is seen whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import glob
import logging
import os
import re
import secrets
import stat
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from astro_provider.errors import ConfigurationError, DeploymentFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import jinja2

log = logging.getLogger(__name__)

LOCAL = "file://"
#: Stores that show an object only once its upload has been completed, and keep the old one until then.
WHOLE_ON_CLOSE = frozenset({"s3", "s3a", "s3n", "gs", "gcs", "abfs", "abfss", "az"})
#: First adlfs that neither deletes the old blob when an upload begins nor lets two uploads share a part's id.
ADLFS = (2025, 8)
#: A file stands where a folder should be, a name is too long, or nothing can be made there at all.
HOPELESS = frozenset({errno.EEXIST, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ENOENT, errno.EROFS})
#: Bytes of one part of an upload. S3 takes 10,000 parts, that is 80 GB; fsspec's own 50 MB would stay in memory.
PART = 8 * 1024 * 1024


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


def write_text(output_path: str, text: str, *, default_name: str) -> str:
    """Write a file, replacing what was there in one step; returns its full path.

    A local file keeps the permissions of the one it replaces, and its folder is created.

    :param output_path: A local path, or a URL that Airflow's ``ObjectStoragePath`` understands, such as
        ``s3://conn_id@bucket/key``. One that ends in ``/`` is a folder.
    :param text: What to write, as UTF-8.
    :param default_name: The file's name in a folder.
    :raises ConfigurationError: Nothing is installed that could write to this kind of URL.
    :raises OSError: It could not be written.
    """
    path = file_path(output_path, default_name)
    with destination(path) as stream:
        stream.write(text.encode())
    return path


def file_path(output_path: str, default_name: str) -> str:
    """Return where a file goes, in full; a path that ends in ``/`` is a folder.

    :param output_path: A local path or a URL.
    :param default_name: The file's name in a folder.
    """
    if output_path.endswith("/"):
        output_path += re.sub(r"[^\w.-]+", "-", default_name).strip("-") or "file"
    if is_remote(output_path):
        return output_path
    # Another task may run in another folder.
    scheme = LOCAL if output_path.startswith(LOCAL) else ""
    expanded = os.path.expanduser(output_path.removeprefix(LOCAL))  # noqa: PTH111  (pathlib fails where no user is meant)
    return f"{scheme}{Path(expanded).absolute()}"


def is_remote(path: str) -> bool:
    """Whether a path is the URL of an object store.

    :param path: A path or a URL.
    """
    return "://" in path and not path.startswith(LOCAL)


@contextmanager
def destination(path: str, *, mode: int | None = None) -> Iterator[IO[bytes]]:
    """Open a file to write; it replaces what was there in one step, and only if the context ends well.

    A local file's folder is made.

    :param path: A local path, or a URL that Airflow's ``ObjectStoragePath`` understands, such as
        ``s3://conn_id@bucket/key``.
    :param mode: Permissions of a local file; ``None``: those of the file it replaces, else as usual.
    :raises ConfigurationError: Nothing is installed that could write to this kind of URL, or a folder is there.
    :raises OSError: It could not be written.
    """
    if is_remote(path):
        destination = object_path(path)
        _check_adlfs(destination.fs)
        opened = _upload(destination) if destination.protocol in WHOLE_ON_CLOSE else _rename(destination)
    else:
        local = Path(os.path.realpath(path.removeprefix(LOCAL)))
        _check_place(local)
        opened = _local(local, mode)
    with opened as stream:
        yield stream


def object_path(url: str, argument: str = "output_path") -> Any:
    """Return a file in an object store.

    :param url: Its URL.
    :param argument: The operator's argument that holds it.
    :raises ConfigurationError: Nothing is installed that knows this kind of URL.
    """
    from airflow.providers.common.compat.sdk import ObjectStoragePath

    try:
        destination = ObjectStoragePath(url)
        _ = destination.fs  # where its absence is noticed
    except ValueError as error:
        raise ConfigurationError(
            f"{argument} {url!r}: {error}. Install the Airflow provider package of that store, such as "
            "apache-airflow-providers-amazon for s3."
        ) from None
    return destination


def _check_adlfs(fs: Any) -> None:
    if type(fs).__module__.partition(".")[0] != "adlfs":
        return
    found = metadata.version("adlfs")
    if tuple(map(int, found.split(".")[:2])) < ADLFS:
        # Moving a file to its name would not help: adlfs does not wait until its copy is complete.
        raise ConfigurationError(f"adlfs {found} can lose the blob that it replaces; install 2025.8.0 or newer.")


@contextmanager
def _upload(destination: Any) -> Iterator[IO[bytes]]:
    stream = destination.fs.open(destination.path, "wb", block_size=PART)
    try:
        yield stream
        stream.close()
    except BaseException:
        # Closing it, which even garbage collection does, would complete the upload with what there is so far.
        stream.closed = True
        try:
            stream.discard()  # does nothing for Azure, which shows no parts and drops them by itself
        except Exception as error:  # noqa: BLE001  (what led here matters more)
            log.warning("The upload to %s could not be aborted: %s", destination, error)
        raise


@contextmanager
def _rename(destination: Any) -> Iterator[IO[bytes]]:
    """Write beside the file: this kind of store may show a file while it is being written."""
    fs, path = destination.fs, destination.path
    folder, _, name = path.rpartition("/")
    beside = f"{folder}/.{name}.{secrets.token_hex(4)}.tmp"
    fs.makedirs(folder, exist_ok=True)
    try:
        with fs.open(beside, "wb") as stream:
            yield stream
        fs.mv(beside, path)
    except BaseException:
        with suppress(Exception):
            fs.rm(beside)
        raise


def _check_place(path: Path) -> None:
    """Make a file's folder, and refuse what no retry could write to."""
    try:
        if path.is_dir():
            raise ConfigurationError(f"output_path {str(path)!r} is a folder; end it with '/' to write a file into it.")
        if path.exists() and not path.is_file():
            raise ConfigurationError(f"output_path {str(path)!r} is a device or a pipe, which a file must not replace.")
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno not in HOPELESS:
            raise OSError(error.errno, _refused(path, path.parent, "cannot be created", error)) from None
        raise ConfigurationError(_refused(path, path.parent, "cannot be created", error)) from None


def _refused(path: Path, folder: Path, what: str, error: OSError) -> str:
    """Return the error of a file that cannot be written, with the folder that is to blame."""
    if error.errno == errno.ENAMETOOLONG:
        return f"output_path {str(path)[:300]!r}: a name in this path is too long."
    reason = "a part of this path is a file" if error.errno in {errno.EEXIST, errno.ENOTDIR} else error.strerror
    return f"output_path {str(path)[:300]!r}: the folder {str(folder)[:300]!r} {what}: {reason}."


@contextmanager
def _local(path: Path, mode: int | None) -> Iterator[IO[bytes]]:
    _clear_up(path)
    # Beside the file, since only within one file system a rename replaces in one step.
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        # Made by hand rather than by tempfile, which would make a file that only its owner can read.
        made = _created(beside, path, 0o666 if mode is None else mode)
        with os.fdopen(made, "wb") as stream:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileNotFoundError):
            beside.chmod(stat.S_IMODE(path.stat().st_mode) if mode is None else mode)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _created(beside: Path, path: Path, mode: int) -> int:
    """Return the descriptor of a new file beside the one to write."""
    try:
        return os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except OSError as error:
        said = _refused(path, path.parent, "cannot be written to", error)
        if error.errno in HOPELESS:
            raise ConfigurationError(said) from None
        raise OSError(error.errno, said) from None


def _clear_up(path: Path) -> None:
    """Remove what killed processes left of this file; what is still being written is locked."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        with suppress(OSError), left.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()
            log.info("Removed %s, left behind by a killed process.", left)
