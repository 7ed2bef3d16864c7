"""What a cluster may be made of: regions, machines, and the usual size."""

from __future__ import annotations

from typing import Any

from astro_provider.emulator.core.bodies import chosen
from astro_provider.emulator.core.routing import Call, Resource
from astro_provider.emulator.resources.deployment_options import PROVIDERS, REGIONS

resource = Resource("/organizations/{organizationId}/cluster-options")
#: For each provider: a database and a node machine, both with their cores.
_INSTANCES = {
    "AWS": (("db.m6g.large", 2), ("m6i.xlarge", 4)),
    "AZURE": (("Standard_D2ds_v4", 2), ("Standard_D4d_v5", 4)),
    "GCP": (("Small General Purpose", 2), ("e2-standard-4", 4)),
}


@resource.get()
def get_cluster_options(call: Call) -> list[dict[str, Any]]:
    """Show what clusters may be made of."""
    chosen("type", call.one("type") or "", ("DEDICATED", "HYBRID"))
    asked = call.one("provider", PROVIDERS)
    return [_options(provider) for provider in PROVIDERS if asked in {None, provider}]


def _options(provider: str) -> dict[str, Any]:
    database, node = ({"name": name, "cpu": cpu, "memory": f"{4 * cpu}Gi"} for name, cpu in _INSTANCES[provider])
    regions = [{"name": name} for name in REGIONS[provider].split()]
    return {
        "provider": provider,
        "regions": regions,
        "defaultRegion": regions[-1],
        "databaseInstances": [database],
        "defaultDatabaseInstance": database,
        "nodeInstances": [node],
        "defaultNodeInstance": node,
        "nodeCountMin": 2,
        "nodeCountDefault": 20,
        "nodeCountMax": 100,
        "defaultVpcSubnetRange": "172.20.0.0/19",
    }
