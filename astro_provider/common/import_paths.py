"""What to import instead, if somebody looks for a class in the wrong package."""

from __future__ import annotations

import inspect
import pkgutil
import re
from importlib import import_module
from typing import TYPE_CHECKING

from astro_provider.common.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOMS = ("operators", "sensors", "triggers", "hooks")
#: The first word of a class's name: what an operator does.
VERB = re.compile("[A-Z][a-z]+(?=[A-Z])")
#: Other names are asked for by tools, with ``hasattr`` for example, which only an ``AttributeError`` answers.
CLASS = re.compile("[A-Z][A-Za-z]+(Operator|Sensor|Trigger|Hook)")


def not_here(package: str, name: str) -> ImportError | AttributeError:
    """Return the error for a name that a package does not have; for one of our classes, it says where the class is.

    Python replaces an ``AttributeError`` of ``from package import name`` by one of its own, but not an ``ImportError``.

    :param package: The package.
    :param name: The name that was asked for.
    """
    homes = _homes(package.partition(".")[0]) if CLASS.fullmatch(name) else {}
    found = _meant(name, homes)
    if found is None:
        return AttributeError(f"module {package!r} has no attribute {name!r}")
    instead = f"from {homes[found]} import {found}"
    if found == name:
        return ImportError(f"{name} is in {homes[found]}: {instead}", name=package)
    return ImportError(f"There is no {name} in {package}. Did you mean {found!r}? {instead}", name=package)


def _meant(name: str, known: Iterable[str]) -> str | None:
    """Return the class that somebody may have meant: one that does the same, or whose name is nearly the same.

    "CreateDeploymentOperator" is most like "DeleteDeploymentOperator".
    """
    verb = VERB.match(name)
    same = [each for each in known if verb and each.startswith(verb[0])]
    return nearest(name, same) or nearest(name, known, cutoff=0.9)


def _homes(root: str) -> dict[str, str]:
    """Return each public class and the module from which it is imported."""
    homes: dict[str, str] = {}
    for room in ROOMS:
        inside = import_module(f"{root}.{room}").__path__
        for found in pkgutil.iter_modules(inside, f"{root}.{room}."):
            if found.name.rpartition(".")[2].startswith("_"):
                continue
            module = import_module(found.name)
            own = (n for n, cls in vars(module).items() if inspect.isclass(cls) and cls.__module__ == found.name)
            homes |= {name: found.name for name in getattr(module, "__all__", own) if CLASS.fullmatch(name)}
    return homes
