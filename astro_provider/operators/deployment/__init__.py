"""Operators for Deployments; each in a module of its own, which is loaded when its operator is first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from astro_provider.operators.deployment.create import CreateDeploymentFromTemplateOperator
    from astro_provider.operators.deployment.delete import DeleteDeploymentOperator
    from astro_provider.operators.deployment.hibernate import HibernateDeploymentOperator
    from astro_provider.operators.deployment.inspect import InspectDeploymentOperator
    from astro_provider.operators.deployment.list import ListDeploymentsOperator
    from astro_provider.operators.deployment.restore_override import RestoreHibernationOverrideOperator
    from astro_provider.operators.deployment.update import UpdateDeploymentFromFileOperator
    from astro_provider.operators.deployment.wake_up import WakeUpDeploymentOperator

__all__ = [
    "CreateDeploymentFromTemplateOperator",
    "DeleteDeploymentOperator",
    "HibernateDeploymentOperator",
    "InspectDeploymentOperator",
    "ListDeploymentsOperator",
    "RestoreHibernationOverrideOperator",
    "UpdateDeploymentFromFileOperator",
    "WakeUpDeploymentOperator",
]

_NAMES = ("create", "delete", "hibernate", "inspect", "list", "restore_override", "update", "wake_up")
_MODULES = dict(zip(__all__, _NAMES, strict=True))


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
