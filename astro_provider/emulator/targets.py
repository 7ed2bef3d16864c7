"""Which requests a fault can happen to; one that can happen to none is refused."""

from __future__ import annotations

import re
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from astro_provider.emulator.airflow.resources import ROUTES
from astro_provider.emulator.core.faults import Fault
from astro_provider.emulator.core.problems import unknown
from astro_provider.emulator.operations import OPERATIONS

if TYPE_CHECKING:
    from astro_provider.emulator.state import State

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
#: Beginnings of the paths of Deployments' Airflows. What comes below is not judged: a real Airflow, or a client that
#: asks for what the emulator does not have, may know more paths than the emulator.
AIRFLOW = ("/airflow/*/api/v1", "/airflow/*/api/v2")


class Target(NamedTuple):
    """Requests that a fault can happen to.

    :param methods: Their HTTP methods.
    :param path: Their path as a fault names it, with ``*`` for each of its parameters.
    """

    methods: tuple[str, ...]
    path: str


def ordered_fault(state: State, **what: Any) -> Fault:
    """Return the fault that somebody asks for by the names of its fields.

    :param state: The emulator's state.
    :param what: Values by field.
    :raises TypeError: There is no such field.
    :raises ValueError: A field cannot have its value, or no request has the fault's method and path.
    """
    fault = Fault.ordered(**what)
    if fault.method not in {"*", *METHODS}:
        raise ValueError(unknown("HTTP method", fault.method, ("*", *METHODS)))
    if fault.path == "*" or _is_airflow(fault.path, any_path=bool(state.airflows)):
        return fault
    found = {method for target in _targets() if _meets(fault.path, target.path) for method in target.methods}
    if not found:
        raise ValueError(f"No request has the path {fault.path!r}, so the fault cannot happen. {_near(fault)}")
    if fault.method not in {"*", *found}:
        raise ValueError(
            f"No request has the method {fault.method} and the path {fault.path!r}, so the fault cannot happen. "
            f"Methods of this path: {', '.join(sorted(found))}."
        )
    return fault


@cache
def _targets() -> tuple[Target, ...]:
    """Return the targets that are known in full."""
    api = [Target((each.method, *["HEAD"] * (each.method == "GET")), _starred(each.path)) for each in OPERATIONS]
    return (*api, Target(METHODS, "/uploads/*"))


def _starred(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "*", path)


def _is_airflow(path: str, *, any_path: bool) -> bool:
    parts = path.split("/")
    if any_path and len(parts) > 3 and _meets("/".join(parts[:3]), "/airflow/*"):
        return True
    below = len(parts) > 5 or parts[-1].endswith("s*")
    return below and any(_meets("/".join(parts[:5]), beginning) for beginning in AIRFLOW)


def _meets(path: str, target: str) -> bool:
    """Whether a path of the target matches a fault's path. See :class:`Fault` for ``*`` and the last segment."""
    pattern, parts = path.split("/"), target.split("/")
    if pattern[-1].endswith("s*") and len(parts) == len(pattern) + 1:
        parts = parts[:-1]
    pairs = zip(parts, pattern, strict=len(parts) == len(pattern))
    return len(pattern) == len(parts) and all(q != "" if p == "*" else fnmatchcase(p, q) for p, q in pairs)


def _near(fault: Fault) -> str:
    """Return the known path that is most like a fault's, in words."""
    known = [target for target in _targets() if fault.method in {"*", *target.methods}]
    paths = {target.path for target in known}
    paths |= {f"/airflow/*/api/*{_starred(each.path)}" for each in ROUTES if fault.method in {"*", each.method}}
    wanted = f"/{fault.path.partition('/v1/')[2] or fault.path.lstrip('/')}"
    near = get_close_matches(wanted, sorted(paths), n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return f"{hint}Paths begin with /organizations/, /airflow/*/api/ or /uploads/, and '*' matches within one segment."
