"""What an emulator begins with: one Organization, two Workspaces, two clusters."""

from __future__ import annotations

import hashlib
import secrets
import string
from datetime import datetime, timezone
from typing import Any

_LETTERS = string.ascii_lowercase + string.digits
OWNER = {
    "id": "clowner000000000000000001",
    "subjectType": "USER",
    "username": "owner@example.com",
    "fullName": "Olga Owner",
}


def new_id() -> str:
    """Return an id in the form of Astro's: 25 lower-case characters."""
    return "cm" + "".join(secrets.choice(_LETTERS) for _ in range(23))


def fixed_id(name: str) -> str:
    """Return the same id for the same name, so that a restart keeps what was set up.

    :param name: What the id is for.
    """
    number = int(hashlib.sha256(name.encode()).hexdigest(), 16)
    digits = ""
    while len(digits) < 23:
        number, rest = divmod(number, len(_LETTERS))
        digits += _LETTERS[rest]
    return f"cl{digits}"


def moment(when: datetime | None = None) -> str:
    """Return a time as the API writes it.

    :param when: Default: now.
    """
    when = (when or datetime.now(timezone.utc)).astimezone(timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}Z"


ORGANIZATION_ID = fixed_id("organization")


def organization() -> dict[str, Any]:
    """Return the Organization."""
    now = moment()
    return {
        "id": ORGANIZATION_ID,
        "name": "Example Organization",
        "product": "HOSTED",
        "status": "ACTIVE",
        "productPlans": [],
        "paymentMethod": "CREDIT_CARD",
        "billingEmail": "billing@example.com",
        "allowEnhancedSupportAccess": False,
        "hasAllowedIpAddressRanges": False,
        "isBlockedEnableAiFeatures": False,
        "isScimEnabled": False,
        "shouldEnforceDedicatedClusters": False,
        "createdAt": now,
        "createdBy": OWNER,
        "updatedAt": now,
        "updatedBy": OWNER,
    }


def workspace(name: str, workspace_id: str, **fields: Any) -> dict[str, Any]:
    """Return a Workspace.

    :param name: Its name.
    :param workspace_id: Its id.
    :param fields: Further fields of the API document.
    """
    now = moment()
    return {
        "id": workspace_id,
        "name": name,
        "description": "",
        "cicdEnforcedDefault": False,
        "organizationId": ORGANIZATION_ID,
        "organizationName": "Example Organization",
        "createdAt": now,
        "createdBy": OWNER,
        "updatedAt": now,
        "updatedBy": OWNER,
        **fields,
    }


def cluster(
    name: str,
    cluster_id: str,
    *,
    cluster_type: str,
    cloud_provider: str,
    region: str,
    node_pools: list[dict[str, Any]],
    workspace_ids: list[str] | None = None,
) -> dict[str, Any]:
    """Return a cluster.

    :param name: Its name.
    :param cluster_id: Its id.
    :param cluster_type: DEDICATED or HYBRID.
    :param cloud_provider: AWS, AZURE or GCP.
    :param region: The provider's region.
    :param node_pools: At least ``nodeInstanceType`` each.
    :param workspace_ids: The only Workspaces that may use it; ``None``: all.
    """
    now = moment()
    pools = [
        {
            "id": fixed_id(f"{cluster_id}/{number}"),
            "name": f"pool-{number}",
            "clusterId": cluster_id,
            "cloudProvider": cloud_provider,
            "isDefault": number == 0,
            "maxNodeCount": 20,
            "createdAt": now,
            "updatedAt": now,
            **pool,
        }
        for number, pool in enumerate(node_pools)
    ]
    body = {
        "id": cluster_id,
        "name": name,
        "type": cluster_type,
        "status": "CREATED",
        "cloudProvider": cloud_provider,
        "region": region,
        "dbInstanceType": "db.m6g.large",
        "drRegion": "",
        "isDrEnabled": False,
        "vpcSubnetRange": "172.20.0.0/19",
        "organizationId": ORGANIZATION_ID,
        "nodePools": pools,
        "createdAt": now,
        "updatedAt": now,
    }
    return {**body, "workspaceIds": workspace_ids} if workspace_ids else body


def documents() -> list[tuple[str, dict[str, Any]]]:
    """Return everything an emulator begins with, as ``(kind, document)``."""
    dedicated = cluster(
        "dedicated-aws",
        fixed_id("cluster/dedicated-aws"),
        cluster_type="DEDICATED",
        cloud_provider="AWS",
        region="us-east-1",
        node_pools=[{"nodeInstanceType": "m6i.xlarge"}],
    )
    hybrid = cluster(
        "GCP Cluster",
        fixed_id("cluster/GCP Cluster"),
        cluster_type="HYBRID",
        cloud_provider="GCP",
        region="us-central1",
        node_pools=[{"nodeInstanceType": f"e2-standard-{cores}"} for cores in (4, 8, 16)],
    )
    return [
        ("organization", organization()),
        *(("workspace", workspace(name, fixed_id(f"workspace/{name}"))) for name in ("Development", "Production")),
        ("cluster", dedicated),
        ("cluster", hybrid),
    ]
