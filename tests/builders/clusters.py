"""Clusters as the Astro API returns them."""

from __future__ import annotations

from typing import Any

from tests.builders.deployments import NOW


def cluster(**fields: Any) -> dict[str, Any]:
    """Return a DEDICATED cluster with no more than the document promises of each."""
    return {
        "id": "cluster-1",
        "name": "GCP Cluster",
        "organizationId": "clorganization0000000000x",
        "type": "DEDICATED",
        "status": "CREATED",
        "cloudProvider": "GCP",
        "region": "us-central1",
        "createdAt": NOW,
        "updatedAt": NOW,
        "dbInstanceType": "Small General Purpose",
        "drRegion": "us-east1",
        "isDrEnabled": False,
        "vpcSubnetRange": "172.20.0.0/20",
        **fields,
    }


def node_pool(**fields: Any) -> dict[str, Any]:
    """Return the default node pool of a HYBRID cluster."""
    return {
        "id": "pool-small",
        "name": "small",
        "clusterId": "cluster-1",
        "cloudProvider": "GCP",
        "nodeInstanceType": "e2-standard-4",
        "isDefault": True,
        "maxNodeCount": 20,
        "createdAt": NOW,
        "updatedAt": NOW,
        **fields,
    }


def hybrid_cluster(**fields: Any) -> dict[str, Any]:
    """Return a HYBRID cluster with two node pools, the smaller of which is the default."""
    large = node_pool(id="pool-large", name="large", nodeInstanceType="e2-standard-16", isDefault=False)
    return cluster(**{"type": "HYBRID", "nodePools": [node_pool(), large], **fields})
