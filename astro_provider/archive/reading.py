"""How the files of a folder are opened, and what their names may be."""

from __future__ import annotations

import os

#: Bytes read at once.
BLOCK = 256 * 1024
#: A link that took a file's place is not followed, and a pipe that did is not waited for.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def open_file(path: str, _: int) -> int:
    """Open a file to read; the ``opener`` of :func:`open`.

    :param path: Its path.
    """
    return os.open(path, _FLAGS)


def is_utf8(name: str) -> bool:
    """Whether a name has bytes that are UTF-8; the archive has no other way to write it.

    :param name: As Python decodes it, whatever its bytes are.
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
