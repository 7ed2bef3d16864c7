"""What tests of operators share."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from astro_provider.operators.dag_runs import TriggerDeploymentDagRunOperator
from tests.slow import mostly_slow
from tests.unit.company import Company
from tests.unit.operators.copying import Sides
from tests.unit.operators.dag_runs_there import RUNTIMES, TASKS


@pytest.fixture
def company(astro):
    company = Company(astro)
    astro.clear_requests()
    return company


@pytest.fixture(params=mostly_slow([(2, 3), (2, 2), (3, 2), (3, 3)]), ids=lambda pair: f"{pair[0]}-to-{pair[1]}")
def sides(request, astro, runner):
    return Sides(astro, runner, *request.param)


@pytest.fixture(params=mostly_slow([3, 2]), ids=["airflow-3", "airflow-2"])
def there(request, astro) -> SimpleNamespace:
    """Another Deployment with the DAG ``etl``."""
    deployment_id = astro.add_deployment("sales", astroRuntimeVersion=RUNTIMES[request.param])
    astro.add_dag(deployment_id, "etl", TASKS, mapped={"load": 2})
    return SimpleNamespace(id=deployment_id, major=request.param, runs=lambda: astro.dag_runs(deployment_id))


@pytest.fixture
def trigger(runner, there, deferrable):
    def run(**arguments: Any) -> Any:
        given = {"deployment_id": there.id, "trigger_dag_id": "etl", "deferrable": deferrable, "timeout": 5}
        return runner.run(TriggerDeploymentDagRunOperator, **given | arguments)

    return run
