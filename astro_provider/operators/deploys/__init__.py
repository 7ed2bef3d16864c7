"""Operators for deploys of code; each in a module of its own, which is loaded when its operator is first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from astro_provider.operators.deploys.code import DeployCodeOperator
    from astro_provider.operators.deploys.dbt import DeleteDbtProjectOperator, DeployDbtProjectOperator
    from astro_provider.operators.deploys.rollback import RollbackDeployOperator

__all__ = ["DeleteDbtProjectOperator", "DeployCodeOperator", "DeployDbtProjectOperator", "RollbackDeployOperator"]

_MODULES = dict(zip(__all__, ("dbt", "code", "dbt", "rollback"), strict=True))


def __getattr__(name: str) -> type:
    module = _MODULES.get(name)
    if module is None:
        from astro_provider.common.import_paths import not_here

        raise not_here(__name__, name)
    operator: type = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = operator
    return operator


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
