"""How many API calls a create and an update take, for each type of Deployment, by names and by ids. ``make bench``.

The Astro CLI's numbers for the same work are those of its source (v1.45.0), without the call of its login.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from astro_provider.client import AstroClient
from astro_provider.emulator import Emulator
from tests.unit.running import Runner

#: Worker queues, variables and emails in the file.
ASTRO_CLI = {
    ("create", "STANDARD"): 12,
    ("create", "DEDICATED"): 14,
    ("create", "HYBRID"): 13,
    ("update", "STANDARD"): 9,
    ("update", "DEDICATED"): 11,
    ("update", "HYBRID"): 11,
}
#: A HYBRID create with queues cannot do with less than three: node pools from the cluster, limits from the options.
LIMITS = {"names": {"STANDARD": 4, "DEDICATED": 4, "HYBRID": 5}, "ids": {"STANDARD": 2, "DEDICATED": 2, "HYBRID": 3}}
CLUSTERS = {"DEDICATED": "dedicated-aws", "HYBRID": "GCP Cluster"}


def template(kind: str, cluster: str | None) -> dict[str, Any]:
    """Return a whole template: queues, variables and emails, so that defaults and limits are needed."""
    configuration: dict[str, Any] = {"name": "", "deployment_type": kind, "executor": "CELERY"}
    if kind == "STANDARD":
        configuration |= {"cloud_provider": "AWS", "region": "us-east-1"}
    else:
        configuration |= {"cluster_name": cluster}
    return {
        "deployment": {
            "configuration": configuration,
            "environment_variables": [{"key": "GREETING", "value": "hello"}],
            "worker_queues": [{"name": "default", "worker_type": "e2-standard-4" if kind == "HYBRID" else "A5"}],
            "alert_emails": ["team@example.com"],
        }
    }


def count(runner: Runner, astro: Emulator, verb: str, kind: str, by: str, if_exists: str = "fail") -> Counter[str]:
    """Run one task and count the calls it makes, the wait for HEALTHY apart.

    :param runner: Runs the task.
    :param astro: The emulator, to which the connection ``astro_default`` leads.
    :param verb: ``create`` or ``update``.
    :param kind: Type of the Deployment.
    :param by: Whether Workspace, cluster and Deployment are given by ``names`` or by ``ids``.
    :param if_exists: Of the create; all but ``fail`` look for the name first.
    """
    from astro_provider.operators.deployment import (
        CreateDeploymentFromTemplateOperator,
        UpdateDeploymentFromFileOperator,
    )

    cluster = CLUSTERS.get(kind)
    ids = by == "ids"
    if ids and cluster:
        client = AstroClient(astro.token, url=astro.url, organization_id=astro.organization_id)
        cluster = client.clusters.list(names=[cluster])[0].id
    file = template(kind, cluster)
    workspace = astro.workspace_id if ids else "Development"
    create = {"template": file, "deployment_name": f"{kind}-{by}", "workspace": workspace, "wait": False}
    create |= {"if_exists": if_exists}
    astro.clear_requests()
    made = runner.run(CreateDeploymentFromTemplateOperator, **create)
    if verb == "update":
        astro.clear_requests()
        file["deployment"]["worker_queues"].append(dict(file["deployment"]["worker_queues"][0], name="heavy"))
        target = {"deployment_id": made} if ids else {"deployment_name": f"{kind}-{by}", "workspace": workspace}
        runner.run(UpdateDeploymentFromFileOperator, deployment_file=file, wait=False, **target)
    return Counter(f"{request.method} {request.path.rsplit('/', 1)[-1]}" for request in astro.requests)


def main() -> None:
    """Print the table."""
    import json
    import logging
    import os
    import tempfile
    from pathlib import Path

    logging.disable(logging.CRITICAL)
    print(f"{'':8}{'type':12}{'by names':>10}{'by ids':>10}{'Astro CLI':>12}   names, if_exists='update'")
    with Emulator() as astro:
        connection = {"conn_type": "astro", "host": astro.url, "password": astro.token}
        os.environ["AIRFLOW_CONN_ASTRO_DEFAULT"] = json.dumps(connection)
        for (verb, kind), cli in ASTRO_CLI.items():
            counts = []
            for by, if_exists in (("names", "fail"), ("ids", "fail"), ("names", "update")):
                astro.reset()
                runner = Runner(dag_folder=Path(tempfile.gettempdir()))
                counts.append(sum(count(runner, astro, verb, kind, by, if_exists).values()))
            more = f"{counts[2]:>29}" if verb == "create" else ""
            print(f"{verb:8}{kind:12}{counts[0]:>10}{counts[1]:>10}{cli:>12}{more}")


if __name__ == "__main__":
    main()
