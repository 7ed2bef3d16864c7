"""Which Astro Runtime is newer, and which one an image may bring to a Deployment. Pure.

Two ways of numbering, in this order: ``4.2.5`` to ``13.x.y`` for Airflow 2, then ``3.0-1``, ``3.1-5`` and so on for
Airflow 3, whose first two numbers are Airflow's own.
Source: https://www.astronomer.io/docs/runtime/runtime-version-lifecycle-policy and the Astro CLI's comparison.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from astro_provider.errors import GuardError
from astro_provider.models.images import RUNTIME_LABEL

#: The oldest runtime from which a Deployment can go from Airflow 2 to Airflow 3.
OLDEST_BEFORE_AIRFLOW_3 = 12
VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+)|-(\d+))(?:[.-](.+?))??(?:-base)?(?:\+.*)?")


@dataclass(frozen=True, order=True)
class RuntimeVersion:
    """A version that can be compared with others.

    :param is_airflow_3: Whether it is numbered in the newer way.
    :param numbers: Its three numbers.
    :param stage: What sorts a preview such as ``3.1-1.alpha2`` before the release.
    """

    is_airflow_3: bool
    numbers: tuple[int, int, int]
    stage: tuple[tuple[int, int, str], ...]


def read_runtime_version(text: str) -> RuntimeVersion | None:
    """Return a version; ``None``: the text is none.

    :param text: For example ``13.1.0``, ``3.1-5`` or ``12.0.0-alpha1``.
    """
    found = VERSION.fullmatch(text.strip())
    if found is None:
        return None
    major, minor, patch, build, preview = found.groups()
    parts = re.findall(r"\d+|[a-z]+", (preview or "").lower())
    stage = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)
    return RuntimeVersion(patch is None, (int(major), int(minor), int(patch or build)), stage or ((2, 0, ""),))


def is_downgrade(version: str, present: str | None) -> bool:
    """Whether a runtime is older than another; ``False`` if one of the two is not a version.

    :param version: The runtime that is to come.
    :param present: The runtime that is there.
    """
    new, old = read_runtime_version(version), read_runtime_version(present or "")
    return new is not None and old is not None and new < old


def check_runtime(image: str, version: str | None, present: str | None) -> None:
    """Refuse an image whose runtime the Deployment must not get.

    :param image: The image's reference, for the error.
    :param version: What the image's label says; ``None``: it has no such label.
    :param present: The Deployment's runtime, as the API names it.
    :raises GuardError: It is not built on Astro Runtime, on an older one than the Deployment runs, or on Airflow 3
        while the Deployment's runtime is too old for that step.
    """
    runs = f"the Deployment runs {f'Astro Runtime {present}' if present else 'an unknown version of Astro Runtime'}"
    if version is None:
        raise GuardError(
            f"The image {image} is not built on Astro Runtime: it has no label {RUNTIME_LABEL}; {runs}. "
            "Start the image's Dockerfile with FROM, followed by an Astro Runtime image."
        )
    new, old = read_runtime_version(version), read_runtime_version(present or "")
    if new is None:
        raise GuardError(
            f"The image {image} has the label {RUNTIME_LABEL}={version!r}, which is not a version of Astro Runtime; "
            f"{runs}. Allowed: versions such as 13.1.0 or 3.1-5."
        )
    if old is None:
        return
    if new < old:
        note = " (the runtimes of Airflow 3, 3.x-y, are newer than all others)" if old.is_airflow_3 else ""
        raise GuardError(
            f"The image {image} has Astro Runtime {version}, but {runs}{note}. A downgrade would kill running tasks "
            f"and may lose metadata. Build the image on {present} or newer."
        )
    if new.is_airflow_3 and not old.is_airflow_3 and old.numbers[0] < OLDEST_BEFORE_AIRFLOW_3:
        raise GuardError(
            f"The image {image} has Astro Runtime {version}, which contains Airflow 3, but {runs}. Astro upgrades to "
            f"Airflow 3 only from Astro Runtime {OLDEST_BEFORE_AIRFLOW_3} or newer. First deploy an image with "
            "one of these versions."
        )
