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


def bundle(**fields: Any) -> dict[str, Any]:
    """Return what a deploy says about a dbt project."""
    return {
        "bundleType": "dbt",
        "deployId": "cldeploy00000000000000001",
        "mountPath": "/usr/local/airflow/dbt/shop",
        "currentVersion": "2026-11-24T00:00:00.0000000Z",
        "desiredVersion": "2026-11-25T00:00:00.0000000Z",
        **fields,
    }


def git(**fields: Any) -> dict[str, Any]:
    """Return the commit that a deploy was made from."""
    return {
        "provider": "GITHUB",
        "commitSha": "7d1f0a3c",
        "account": "acme",
        "repo": "dags",
        "branch": "main",
        "commitUrl": "https://github.com/acme/dags/commit/7d1f0a3c",
        "authorName": "Ada",
        **fields,
    }


def listing(*items: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    """Return a page of deploys."""
    return listings.listing("deploys", *items, total=total)
