"""What an import costs, and what it must not bring along."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from astro_provider.operators import deployment
from dev.conditions import free_port

PUBLIC = [
    "astro_provider.hooks.astro",
    "astro_provider.operators.assets",
    "astro_provider.operators.audit_logs",
    "astro_provider.operators.dag_runs",
    "astro_provider.operators.dags",
    "astro_provider.operators.deployment",
    "astro_provider.sensors.dag_runs",
    "astro_provider.sensors.deployment",
    "astro_provider.triggers.dag_run_events",
    "astro_provider.triggers.dag_runs",
    "astro_provider.triggers.deployment",
    "astro_provider.triggers.deployment_events",
    "astro_provider.links",
]
OPERATORS = [f"{deployment.__name__}:{name}" for name in deployment.__all__]

#: Loads Airflow's base classes once, and each module in a child of its own that has nothing else.
PROBE = """
import importlib, json, os, sys
from airflow.providers.common.compat.sdk import BaseHook, BaseOperator, BaseOperatorLink, BaseSensorOperator, XCom, conf
from airflow.providers.common.compat.sdk import mask_secret, AirflowFailException
from airflow.triggers.base import BaseTrigger
before = set(sys.modules)
for asked in sys.argv[1:]:
    module, _, name = asked.partition(":")
    child = os.fork()
    if not child:
        loaded = importlib.import_module(module)
        if name:
            getattr(loaded, name)
        print(json.dumps([asked, sorted(set(sys.modules) - before)]), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


@pytest.fixture(scope="module")
def added() -> dict[str, set[str]]:
    """What importing each module adds to what Airflow's own base classes have loaded already."""
    probe = [sys.executable, "-W", "ignore", "-c", PROBE, *PUBLIC, *OPERATORS]
    done = subprocess.run(probe, capture_output=True, text=True, check=True)
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('["astro_provider')]
    return {module: set(names) for module, names in found}


@pytest.mark.parametrize("module", [*PUBLIC, *OPERATORS])
def test_a_dag_file_pays_for_nothing_heavy(module, added):
    assert module.partition(":")[0] in added[module]
    heavy = {"requests", "yaml", "pydantic", "isal", "msgspec", "astro_provider.client"}
    assert not added[module] & heavy
    pure = {"astro_provider.models", "astro_provider.models.statuses"}
    ours = ("astro_provider.models", "astro_provider.deployment_file")
    assert not {name for name in added[module] if name.startswith(ours)} - pure


@pytest.mark.parametrize("operator", OPERATORS)
def test_one_operator_is_loaded_alone(operator, added):
    room, _, name = operator.partition(":")
    loaded = [module for module in added[operator] if module.startswith(f"{room}.")]
    assert loaded == [getattr(deployment, name).__module__]


def test_the_package_knows_its_operators_and_no_others():
    assert set(deployment.__all__) <= set(dir(deployment))
    with pytest.raises(AttributeError, match="has no attribute 'BashOperator'"):
        _ = deployment.BashOperator


def test_discovery_imports_the_standard_library_only():
    code = "import sys, astro_provider; astro_provider.get_provider_info(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"airflow", "requests", "yaml", "pydantic"}


def test_the_client_loads_neither_airflow_nor_what_only_an_export_needs():
    code = "import sys, astro_provider.client, astro_provider.client.audit_logs; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"airflow", "isal", "msgspec"}


#: Runs a wait to its deadline, and prints what is imported meanwhile on the event loop's thread and in all others.
WAIT = """
import asyncio, json, sys, threading, time
from airflow.providers.common.compat.connection import get_async_connection
from astro_provider.triggers.deployment import DeploymentStatusTrigger

found = {True: [], False: []}
loop = threading.get_ident()
sys.addaudithook(lambda event, args: event == "import" and found[threading.get_ident() == loop].append(args[0]))
now = time.time()
trigger = DeploymentStatusTrigger(
    astro_conn_id="astro_default", deployment_id="cldep", poll_interval=0.1, started_at=now, deadline=now + 1
)

async def run():
    async for event in trigger.run():
        print(event.payload["message"])

asyncio.run(run())
print(json.dumps([found[True], found[False]]))
"""


def test_a_wait_imports_nothing_heavy_in_the_triggerers_loop(monkeypatch):
    monkeypatch.setenv(
        "AIRFLOW_CONN_ASTRO_DEFAULT", f'{{"conn_type": "astro", "host": "http://127.0.0.1:{free_port()}"}}'
    )
    monkeypatch.setenv("ASTRO_API_TOKEN", "a-token")
    monkeypatch.setenv("ASTRO_ORGANIZATION_ID", "clorg")
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", WAIT], capture_output=True, text=True, check=True)
    message, found = done.stdout.splitlines()[-2:]
    assert "connection refused" in message
    in_loop, elsewhere = (set(names) for names in json.loads(found))
    assert "astro_provider.client.resource" in elsewhere
    heavy = ("requests", "urllib3", "yaml", "pydantic", "msgspec", "astro_provider.client", "astro_provider.models.")
    assert not {name for name in in_loop if name.startswith(heavy)}
