"""What a plan is made from: the file, and what already exists; plans whose request the API document allows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from astro_provider.deployment_file import load
from astro_provider.models.clusters import Cluster
from astro_provider.models.deployment_options import DeploymentOptions
from astro_provider.models.deployments import Deployment
from astro_provider.plan import Lookups, plan_update
from tests.api_document import assert_fits
from tests.builders.clusters import hybrid_cluster
from tests.builders.deployment_options import deployment_options
from tests.builders.deployments import QUEUE, hybrid_deployment, standard_deployment

if TYPE_CHECKING:
    from astro_provider.deployment_file.model import DeploymentFile
    from astro_provider.plan import UpdatePlan

#: Deployment files that the tests read.
DATA = Path(__file__).parent.parent / "unit" / "deployment_file" / "data"
OPTIONS = DeploymentOptions.model_validate(deployment_options())
CLUSTER = Cluster.model_validate(hybrid_cluster())
#: What looks like an id costs no look-up.
CLUSTER_ID = "clkcbz5d01458926ewbjzubt3"
LOOKUPS = Lookups(workspace_id="ws-1", workspace_name="Development", options=OPTIONS)
HEAVY = QUEUE | {"id": "queue-heavy", "name": "heavy", "isDefault": False, "astroMachine": "A10"}
#: What the plan of a HYBRID Deployment looks up.
ON_CLUSTER = replace(LOOKUPS, cluster=CLUSTER)
#: ``configuration`` of two smallest files that create.
HOSTED_FILE = {
    "name": "test",
    "deployment_type": "STANDARD",
    "executor": "CELERY",
    "cloud_provider": "GCP",
    "region": "us-central1",
}
HYBRID_FILE = {"name": "h", "deployment_type": "HYBRID", "executor": "CELERY", "cluster_name": "GCP Cluster"}

#: A secret of a file; its value comes from the task.
SECRET = {"key": "TOKEN", "is_secret": True}


def file(sections: dict[str, Any] | None = None, **configuration: Any) -> DeploymentFile:
    """Read a file with a ``configuration`` and other sections."""
    return load({"deployment": {"configuration": configuration, **(sections or {})}}, name="file")


def standard(sections: dict[str, Any] | None = None, **configuration: Any) -> DeploymentFile:
    """Read a file that creates a STANDARD Deployment."""
    return file(sections, name="x", deployment_type="STANDARD", **configuration)


def queue(name: str, worker_type: str, **more: Any) -> dict[str, Any]:
    """Return a queue of a file."""
    return {"name": name, "worker_type": worker_type, **more}


def deployment(**fields: Any) -> Deployment:
    """Return a STANDARD Deployment that exists."""
    return Deployment.model_validate(standard_deployment(**fields))


def hybrid(**fields: Any) -> Deployment:
    """Return a HYBRID Deployment that exists."""
    return Deployment.model_validate(hybrid_deployment(**fields))


def update(
    given: DeploymentFile, current: Deployment | None = None, lookups: Lookups = LOOKUPS, **how: Any
) -> UpdatePlan:
    """Plan an update whose body fits the API document."""
    plan = plan_update(given, current or deployment(), lookups, **how)
    assert_fits(plan.body, "Update")
    return plan


def lines(plan: UpdatePlan) -> list[str]:
    """What a plan logs, without its alignment."""
    return [" ".join(line.split()) for line in plan.describe()]
