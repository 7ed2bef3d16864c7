"""What an import costs, and what it must not bring along."""

from __future__ import annotations

import subprocess
import sys

import pytest

from astro_provider.operators import deployment

PUBLIC = [
    "astro_provider.hooks.astro",
    "astro_provider.operators.audit_logs",
    "astro_provider.operators.deployment.create",
    "astro_provider.operators.deployment.delete",
    "astro_provider.operators.deployment.hibernate",
    "astro_provider.operators.deployment.inspect",
    "astro_provider.operators.deployment.list",
    "astro_provider.operators.deployment.update",
    "astro_provider.operators.deployment.wake_up",
    "astro_provider.sensors.deployment",
    "astro_provider.triggers.deployment",
    "astro_provider.triggers.deployment_events",
    "astro_provider.links",
]

PROBE = """
import sys
from airflow.providers.common.compat.sdk import BaseHook, BaseOperator, BaseOperatorLink, BaseSensorOperator, XCom, conf
from airflow.providers.common.compat.sdk import mask_secret, AirflowFailException
from airflow.triggers.base import BaseTrigger
before = set(sys.modules)
{statement}
print(*sorted(set(sys.modules) - before))
"""


def new_modules(module: str, *, statement: str | None = None) -> set[str]:
    """What importing a module adds to what Airflow's own base classes have loaded already."""
    probe = [sys.executable, "-W", "ignore", "-c", PROBE.format(statement=statement or f"import {module}")]
    done = subprocess.run(probe, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("module", PUBLIC)
def test_a_dag_file_pays_for_nothing_heavy(module):
    added = new_modules(module)
    assert module in added
    heavy = {"requests", "yaml", "pydantic", "astro_provider.client", "astro_provider.models.deployments"}
    assert not added & heavy
    pure = {"astro_provider.models", "astro_provider.models.statuses"}
    models = [name for name in added if name.startswith(("astro_provider.models", "astro_provider.deployment_file"))]
    assert not set(models) - pure


@pytest.mark.parametrize("operator", deployment.__all__)
def test_one_operator_is_loaded_alone(operator):
    room = deployment.__name__
    added = new_modules(room, statement=f"from {room} import {operator}")
    assert [name for name in added if name.startswith(f"{room}.")] == [getattr(deployment, operator).__module__]


def test_the_package_knows_its_operators_and_no_others():
    assert set(deployment.__all__) <= set(dir(deployment))
    with pytest.raises(AttributeError, match="has no attribute 'DeployOperator'"):
        _ = deployment.DeployOperator


def test_discovery_imports_the_standard_library_only():
    code = "import sys, astro_provider; astro_provider.get_provider_info(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"airflow", "requests", "yaml", "pydantic"}


def test_the_client_works_without_airflow():
    code = "import sys, astro_provider.client; print('airflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
