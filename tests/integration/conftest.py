"""Whole DAGs: in one process through ``dag.test()``, and in a real Airflow."""

from __future__ import annotations

import json
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from astro_provider.emulator import Emulator
from dev.airflow import LocalAirflow
from dev.examples import IMAGE, PREPARE, image_variable
from dev.images import MemoryRegistry
from tests.forks import commands_in_forks

ROOT = Path(__file__).parent.parent.parent
SECRET = f"warehouse-{secrets.token_hex(12)}"


@pytest.fixture(scope="session")
def run_example(airflow_db, forks):
    """Run an example DAG without a fault, then once for each list of faults; returns what each run did."""

    def run_example(
        *faults: list[dict[str, Any]], module: str = "example_dags.example_ephemeral_deployment"
    ) -> list[dict[str, Any]]:
        folder = ROOT.joinpath(*module.split(".")[:-1])
        done = forks.run(
            "tests.integration.run_example",
            stdin=json.dumps({"module": module, "runs": faults}),
            AIRFLOW__CORE__DAGS_FOLDER=str(folder),
        )
        lines = [line.removeprefix("RESULT ") for line in done.stdout.splitlines() if line.startswith("RESULT ")]
        assert done.returncode == 0, done.stderr[-4000:]
        return [json.loads(line) for line in lines]

    return run_example


@pytest.fixture(scope="session")
def registry() -> Iterator[MemoryRegistry]:
    """A registry with the image that the examples promote."""
    with MemoryRegistry() as registry:
        registry.push(*IMAGE)
        yield registry


@pytest.fixture(scope="session")
def astro(registry: MemoryRegistry) -> Iterator[Emulator]:
    """The emulator behind the real Airflow: each step takes seconds, and its token is in no other text.

    Steps of two seconds are too short: on a busy machine, Airflow's scheduler then loses tasks (see ``dev.demo``).

    Every test of the session shares it: look for Deployments by names of your own.
    """
    with Emulator(progress="seconds:4", registry=registry.address) as astro:
        yield astro


@pytest.fixture(scope="session")
def dags(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of DAGs of the real Airflow: the examples and the DAGs of these tests."""
    folder = tmp_path_factory.mktemp("dags")
    for source in (ROOT / "example_dags", ROOT / "tests" / "integration" / "dags"):
        shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="session")
def airflow(
    astro: Emulator, registry: MemoryRegistry, dags: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalAirflow]:
    """A real Airflow of the line that the tests run on; one for the whole session, since it takes long to start."""
    connection = {**astro.connection(), "extra": {"organization_id": astro.organization_id}}
    local = LocalAirflow(
        Path(sys.executable),
        tmp_path_factory.mktemp("airflow"),
        dags,
        connections={"astro_default": connection},
        variables={
            "AIRFLOW_VAR_WAREHOUSE_PASSWORD": SECRET,
            "AIRFLOW_VAR_ACCESS_REPORTS_FOLDER": str(tmp_path_factory.mktemp("access-reports")),
            **image_variable(registry),
        },
    )
    with commands_in_forks(local, tmp_path_factory.mktemp("tasks")):
        try:
            local.start()
            yield local
        finally:
            local.stop()


@pytest.fixture(scope="session")
def ephemeral_run(airflow: LocalAirflow, astro: Emulator) -> str:
    """The id of a run of ``example_ephemeral_deployment`` that has ended well."""
    dag_id = "example_ephemeral_deployment"
    PREPARE[dag_id](astro)
    run_id = airflow.trigger(dag_id)
    assert airflow.finish(dag_id, run_id) == "success"
    return run_id
