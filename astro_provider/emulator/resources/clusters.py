"""Clusters, on which DEDICATED and HYBRID Deployments run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.ids import ORGANIZATION_ID, fixed_id, new_id
from astro_provider.emulator.core.moments import moment
from astro_provider.emulator.core.problems import check_fields
from astro_provider.emulator.core.routing import Call, Resource
from astro_provider.emulator.resources.deployment_options import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from astro_provider.emulator.state import State

resource = Resource("/organizations/{organizationId}/clusters")


@resource.get()
def list_clusters(call: Call) -> dict[str, Any]:
    """List clusters."""
    call.one("provider", PROVIDERS)
    found = call.matching(call.state.store.all("cluster"), cloudProvider="provider", name="names")
    return call.page("clusters", found)


@resource.get("/{clusterId}")
def get_cluster(call: Call) -> dict[str, Any]:
    """Show a cluster."""
    return call.find("cluster", call.path["clusterId"])


@resource.seeds
def add_first_clusters(state: State) -> None:
    """Add a DEDICATED and a HYBRID cluster whose ids are always the same."""
    pools = [{"nodeInstanceType": "m6i.xlarge"}]
    add_cluster(state, "dedicated-aws", node_pools=pools, cluster_id=fixed_id("cluster/dedicated-aws"))
    add_cluster(
        state,
        "GCP Cluster",
        "HYBRID",
        "GCP",
        "us-central1",
        [{"nodeInstanceType": f"e2-standard-{cores}"} for cores in (4, 8, 16)],
        cluster_id=fixed_id("cluster/GCP Cluster"),
    )


def add_cluster(
    state: State,
    name: str,
    cluster_type: str = "DEDICATED",
    cloud_provider: str = "AWS",
    region: str = "us-east-1",
    node_pools: Iterable[dict[str, Any]] = (),
    workspace_ids: list[str] | None = None,
    cluster_id: str | None = None,
) -> str:
    """Add a cluster; returns its id.

    :param state: The emulator's state.
    :param name: Its name.
    :param cluster_type: DEDICATED or HYBRID.
    :param cloud_provider: AWS, AZURE or GCP.
    :param region: The provider's region.
    :param node_pools: At least ``nodeInstanceType`` each.
    :param workspace_ids: The only Workspaces that may use it; ``None``: all.
    :param cluster_id: Its id; default: a new one.
    """
    now = moment()
    cluster = {
        "id": cluster_id or new_id(),
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
        "createdAt": now,
        "updatedAt": now,
    }
    cluster["nodePools"] = [_node_pool(cluster, number, pool) for number, pool in enumerate(node_pools)]
    if workspace_ids:
        cluster["workspaceIds"] = workspace_ids
    state.store.put("cluster", cluster)
    return str(cluster["id"])


def _node_pool(cluster: dict[str, Any], number: int, pool: dict[str, Any]) -> dict[str, Any]:
    made = {
        "id": fixed_id(f"{cluster['id']}/{number}"),
        "name": f"pool-{number}",
        "clusterId": cluster["id"],
        "cloudProvider": cluster["cloudProvider"],
        "isDefault": number == 0,
        "maxNodeCount": 20,
        "createdAt": cluster["createdAt"],
        "updatedAt": cluster["updatedAt"],
    }
    check_fields("a node pool", pool, {*made, "nodeInstanceType", "supportedAstroMachines"})
    return made | pool
