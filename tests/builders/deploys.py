"""Deploys as the Astro API returns them."""

from __future__ import annotations

from typing import Any

from tests.builders import listings
from tests.builders.deployments import NOW


def deploy(**fields: Any) -> dict[str, Any]:
    """Return a deploy of DAGs with no more than the document promises of each."""
    return {
        "id": "cldeploy00000000000000001",
        "deploymentId": "cldeployment0000000000001",
        "type": "DAG_ONLY",
        "status": "DEPLOYED",
        "imageRepository": "images.example.com/org/deployment",
        "imageTag": "3.1-5",
        "isDagDeployEnabled": True,
        "createdAt": NOW,
        **fields,
    }


def listing(*items: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    """Return a page of deploys."""
    return listings.listing("deploys", *items, total=total)
