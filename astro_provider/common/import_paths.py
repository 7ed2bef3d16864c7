"""What to import instead, if somebody looks for a class in the wrong package."""

from __future__ import annotations

import inspect
import pkgutil
import re
from difflib import SequenceMatcher
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from astro_provider.common.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NoReturn

ROOMS = ("operators", "sensors", "triggers", "hooks")
#: A word of a class's name; the first is what an operator does, the last its kind.
WORD = re.compile("[A-Z][a-z]+")
#: Other names are asked for by tools, with ``hasattr`` for example, which only an ``AttributeError`` answers.
CLASS = re.compile("[A-Z][A-Za-z]+(Operator|Sensor|Trigger|Hook)")


def names_elsewhere(module: str) -> Callable[[str], NoReturn]:
    """Return a module's ``__getattr__``: names that the module does not have are errors that say where they are.

    Define it only for the interpreter: to a type checker, a module with this function has every name.

    :param module: The module's name.
    """

    def __getattr__(name: str) -> NoReturn:  # noqa: N807  (the name that tracebacks show)
        raise not_here(module, name)

    return __getattr__


def not_here(module: str, name: str) -> ImportError | AttributeError:
    """Return the error for a name that a module does not have; for one of our classes, it says where the class is.

    Python replaces an ``AttributeError`` of ``from module import name`` by one of its own, but not an ``ImportError``.

    :param module: The module.
    :param name: The name that was asked for.
    """
    none = AttributeError(f"module {module!r} has no attribute {name!r}")
    if not CLASS.fullmatch(name):
        return none
    homes = _homes(module.partition(".")[0])
    if name in homes:
        return ImportError(f"{name} is in {homes[name]}: from {homes[name]} import {name}", name=module)
    if found := _meant(name, module, homes):
        hint = f"Did you mean {found!r}? Write: from {homes[found]} import {found}"
    elif similar := _similar(name, homes):
        hint = f"Similar names: {similar}."
    else:
        return none
    return ImportError(f"There is no {name} in {module}. {hint}", name=module)


def _meant(name: str, module: str, homes: Mapping[str, str]) -> str | None:
    """Return the class that somebody may have meant: one that does the same, or whose name is nearly the same.

    "CreateDeploymentOperator" is most like "DeleteDeploymentOperator".
    """
    words = WORD.findall(name)
    same = [each for each in homes if each.startswith(words[0]) and each.endswith(words[-1])]
    fuller = [each for each in same if _words(name) < _words(each)]
    here = [each for each in fuller if homes[each].startswith(module)]
    if len(fuller) > 1:  # "DeploymentSensor" may be any of three, unless the module has only one of them
        return here[0] if len(here) == 1 else None

    def likeness(each: str) -> float:
        here = homes[each].startswith(module)
        alike = SequenceMatcher(None, each, name).ratio() + 0.06 * here  # one of the module wins if it is close
        return len(_words(each) & _words(name)) + alike

    near = [each for each in same if nearest(name, [each])]
    return max(near, key=likeness, default=None) or nearest(name, homes, cutoff=0.9)


def _words(name: str) -> set[str]:
    """Return the words of a class's name without its kind."""
    return {*WORD.findall(name)[:-1]}


def _similar(name: str, homes: Mapping[str, str]) -> str:
    """List the classes that share most words with a name, with the modules that they are in."""
    *words, kind = WORD.findall(name)
    shared = {each: len(_words(each) & {*words}) for each in homes if each.endswith(kind)}
    most = max(shared.values(), default=0)
    best = [each for each, count in shared.items() if count == most > 0]
    modules = sorted({homes[each] for each in best})
    return "; ".join(f"{', '.join(each for each in best if homes[each] == m)} in {m}" for m in modules)


@cache
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
