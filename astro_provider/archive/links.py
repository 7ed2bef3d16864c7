"""Where the symbolic links of a folder lead, and how they are written in its archive.

Decided by real paths: ``/repo/dags2`` is not inside ``/repo/dags``. A link that ends inside stays a link. Its text is
kept if it never leaves what is shipped on the way; otherwise (an absolute path, ``../dags/x``, a way through a link
outside) it is written as the relative path of where it ends, since the other path does not exist on Astro.
"""

from __future__ import annotations

import errno
import os
import posixpath
from typing import TYPE_CHECKING

from astro_provider.archive.reading import is_utf8

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_REASONS = {
    errno.ELOOP: "is a link that leads in a circle",
    errno.ENOENT: "is a link to {target!r}, which does not exist",
    errno.ENOTDIR: "is a link to {target!r}, which does not exist",
}


class LinkError(Exception):
    """A link that cannot be shipped; its text completes "'path' ..."."""


def read_link(folder: str, path: str) -> tuple[str, str]:
    """Return what a link says, and the path below the folder where it ends.

    :param folder: The folder, its own links resolved.
    :param path: The link's path below it.
    :raises LinkError: It ends outside the folder, nowhere, or in a folder that contains it.
    """
    source = posixpath.join(folder, path)
    text = os.readlink(source)  # noqa: PTH115  (a Path would not keep it as it is)
    try:
        real = os.path.realpath(source, strict=True)
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, "is a link to {target!r} that cannot be followed ({why})")
        raise LinkError(reason.format(target=text, why=error.strerror)) from None
    end = posixpath.relpath(real, folder)
    if end == ".." or end.startswith("../"):
        to = "" if real == text else f", to {real!r}"
        raise LinkError(f"is a link to {text!r}, which leads outside the folder{to}")
    if end == "." or path.startswith(f"{end}/"):
        raise LinkError(f"is a link to {text!r}, a folder that contains the link itself")
    if not is_utf8(text) or not is_utf8(end):
        raise LinkError("is a link whose target is not UTF-8")
    return text, end


def shipped_target(path: str, text: str, end: str, links: Mapping[str, str], shipped: Collection[str]) -> str:
    """Return what the archive says about where a link leads.

    :param path: The link's path below the folder.
    :param text: What it says.
    :param end: The path below the folder where it ends.
    :param links: What every link says, by path.
    :param shipped: Paths below the folder of all that is shipped, folders included.
    :raises LinkError: What it leads to is left out.
    """
    if end not in shipped:
        raise LinkError(f"is a link to {text!r}, which is not deployed: it is excluded or an empty folder")
    if _stays_inside(posixpath.dirname(path), text, links, shipped) == end:
        return text
    return posixpath.relpath(f"/{end}", f"/{posixpath.dirname(path)}")


def _stays_inside(start: str, text: str, links: Mapping[str, str], shipped: Collection[str]) -> str | None:
    """Return where a path ends that never leaves what is shipped; ``None`` if it does."""
    if text.startswith("/"):
        return None
    at: str | None = start
    for part in text.split("/"):
        if part in {"", "."}:
            continue
        if part == "..":
            if not at:
                return None
            at = posixpath.dirname(at)
            continue
        at = f"{at}/{part}" if at else part
        if at in links and at in shipped:
            at = _stays_inside(posixpath.dirname(at), links[at], links, shipped)
        elif at not in shipped:
            return None
        if at is None:
            return None
    return at
