"""The resources that are emulated: each module or package in this folder is one, and has its ``resource``.

Adding one is adding a module: its routes, bodies, rules, seeds and secret fields are in it and nowhere else.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from astro_provider.emulator.core.routing import Resource
    from astro_provider.emulator.state import State

_MODULES = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
RESOURCES: list[Resource] = [module.resource for module in _MODULES]


def seed(state: State) -> None:
    """Add what an emulator begins with.

    :param state: The emulator's state, empty.
    """
    for resource in RESOURCES:
        resource.seed(state)


def reset(state: State) -> None:
    """Go back to the beginning: seeds only, no requests, no faults.

    :param state: The emulator's state.
    """
    with state.store.lock:
        state.store.clear()
        state.uploads.forget("")
        seed(state)
    state.faults.clear()
    state.journal.clear()
