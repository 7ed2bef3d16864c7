"""Operators for Deployments; each in a module of its own."""

from __future__ import annotations

from astro_provider.operators.deployment.create import CreateDeploymentFromTemplateOperator
from astro_provider.operators.deployment.delete import DeleteDeploymentOperator
from astro_provider.operators.deployment.inspect import InspectDeploymentOperator
from astro_provider.operators.deployment.update import UpdateDeploymentFromFileOperator

__all__ = [
    "CreateDeploymentFromTemplateOperator",
    "DeleteDeploymentOperator",
    "InspectDeploymentOperator",
    "UpdateDeploymentFromFileOperator",
]
