"""Names for Deployments that belong to a branch. Standard library only: DAG files and templates use it."""

from __future__ import annotations

import hashlib
import re
import unicodedata

#: Most characters of a Deployment's name. Source: ``maxLength`` of the API document.
LONGEST = 500
_DIGITS = 8


def branch_deployment_name(branch: str, prefix: str = "", max_length: int = 63) -> str:
    """Return the name of a branch's Deployment: always the same for one branch, and different for different branches.

    A branch such as ``pr-17`` keeps its name. If the name has to change (capitals, slashes, length), digits that are
    computed from the whole branch name are appended: ``feature/x`` and ``fix/x`` become ``feature-x-217d2bf5`` and
    ``fix-x-75f5c71c``.

    :param branch: Name of the branch; a leading ``refs/heads/`` is ignored.
    :param prefix: Text at the start of the name, such as ``pr-``; it does not change.
    :param max_length: Maximum number of characters of the name, including the prefix; Astro allows up to 500.
    :raises ValueError: The branch is empty, or the prefix leaves no room for it.
    """
    branch = branch.strip().removeprefix("refs/heads/")
    if branch in {"", "None"}:
        raise ValueError("The branch name is empty, so it cannot be turned into a Deployment's name.")
    room = min(max_length, LONGEST) - len(prefix)
    if room < _DIGITS + 2:
        raise ValueError(
            f"A prefix of {len(prefix)} characters leaves no room for the branch within max_length={max_length}."
        )
    plain = unicodedata.normalize("NFKD", branch).encode("ascii", "ignore").decode().lower()
    readable = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if readable == branch and len(readable) <= room:
        return prefix + readable
    digits = hashlib.sha256(branch.encode()).hexdigest()[:_DIGITS]
    return prefix + "-".join(filter(None, [readable[: room - _DIGITS - 1].rstrip("-"), digits]))
