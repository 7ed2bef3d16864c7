"""Writing a task's text to a local path or an object store: the whole of it or nothing."""

from __future__ import annotations

from astro_provider.tasks.storage import destination, file_path


def write_text(output_path: str, text: str, *, default_name: str) -> str:
    """Write a file, replacing what was there in one step; returns where it stands.

    A local file keeps the permissions of the one it replaces, and its folder is made.

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
