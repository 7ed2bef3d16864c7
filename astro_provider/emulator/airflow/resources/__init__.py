"""The resources of Airflow's API: each module in this folder is one, and has its ``routes``."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from astro_provider.emulator.airflow.routing import AirflowRoute

_MODULES = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
#: All routes. Those whose paths have fewer parameters come first: ``/dags/~/dagRuns/list`` before ``/dags/{dag_id}``.
ROUTES: list[AirflowRoute] = sorted(
    (route for module in _MODULES for route in module.routes.routes), key=lambda route: route.path.count("{")
)
#: Fields of request bodies that the journal hides.
SECRETS: tuple[str, ...] = tuple({secret for module in _MODULES for secret in module.routes.secrets})
