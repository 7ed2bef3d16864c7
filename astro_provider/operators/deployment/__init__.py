"""Operators for Deployments; each in a module of its own."""

from __future__ import annotations

from astro_provider.operators.deployment.create import CreateDeploymentFromTemplateOperator
from astro_provider.operators.deployment.delete import DeleteDeploymentOperator
from astro_provider.operators.deployment.hibernate import HibernateDeploymentOperator
from astro_provider.operators.deployment.inspect import InspectDeploymentOperator
from astro_provider.operators.deployment.list import ListDeploymentsOperator
from astro_provider.operators.deployment.update import UpdateDeploymentFromFileOperator
from astro_provider.operators.deployment.wake_up import WakeUpDeploymentOperator

__all__ = [
    "CreateDeploymentFromTemplateOperator",
    "DeleteDeploymentOperator",
    "HibernateDeploymentOperator",
    "InspectDeploymentOperator",
    "ListDeploymentsOperator",
    "UpdateDeploymentFromFileOperator",
    "WakeUpDeploymentOperator",
]
