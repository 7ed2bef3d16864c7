"""What an import costs, and what it must not bring along."""

from __future__ import annotations

import subprocess
import sys

import pytest

PUBLIC = [
    "astro_provider.hooks.astro",
    "astro_provider.operators.audit_logs",
    "astro_provider.operators.deployment",
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
import {module}
print(*sorted(set(sys.modules) - before))
"""


def new_modules(module: str) -> set[str]:
    """What importing a module adds to what Airflow's own base classes have loaded already."""
    probe = [sys.executable, "-W", "ignore", "-c", PROBE.format(module=module)]
    done = subprocess.run(probe, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("module", PUBLIC)
def test_a_dag_file_pays_for_nothing_heavy(module):
    added = new_modules(module)
    assert module in added
    heavy = {
        "requests",
        "yaml",
        "pydantic",
        "isal",
        "msgspec",
        "astro_provider.client",
        "astro_provider.models.deployments",
    }
    assert not added & heavy
    pure = {"astro_provider.models", "astro_provider.models.statuses"}
    models = [name for name in added if name.startswith(("astro_provider.models", "astro_provider.deployment_file"))]
    assert not set(models) - pure


def test_discovery_imports_the_standard_library_only():
    code = "import sys, astro_provider; astro_provider.get_provider_info(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"airflow", "requests", "yaml", "pydantic"}


def test_the_client_loads_neither_airflow_nor_what_only_an_export_needs():
    code = "import sys, astro_provider.client, astro_provider.client.audit_logs; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"airflow", "isal", "msgspec"}
