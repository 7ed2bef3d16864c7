"""The recipes for CI run as they are written, against an emulated Airflow."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from astro_provider.emulator import Emulator

PAGE = Path(__file__).parent.parent.parent / "docs" / "deploying.md"
(RECIPE,) = [
    block for block in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL) if block.startswith("name:")
]
JOB = yaml.safe_load(RECIPE)["jobs"]["deploy"]
assert JOB["defaults"]["run"]["shell"] == "bash"
UNPAUSE, START, WAIT = (step["run"] for step in JOB["steps"])
assert JOB["timeout-minutes"] == 60
DAG = "example_deploy_dags"

pytestmark = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("jq")), reason="the recipe needs curl and jq, as GitHub's runners have"
)


@pytest.fixture
def astro():
    with Emulator(progress="immediately") as astro:
        yield astro


@pytest.fixture
def runner(astro, tmp_path):
    """A machine of GitHub's that runs steps for a commit."""
    deployment = astro.add_deployment("orchestrator")
    astro.add_dag(deployment, DAG, tasks={"deploy": []})
    environment = {
        **os.environ,
        "AIRFLOW_URL": f"{astro.url.removesuffix('/v1')}/airflow/{deployment}",
        "AIRFLOW_TOKEN": astro.token,
        "DAG": JOB["env"]["DAG"],
        "GITHUB_SHA": "4f2a91c",
        "PAUSE": "0",
    }

    def runner(*steps, **more):
        results = []
        for step in steps:
            # As GitHub runs a step whose shell is said to be bash.
            command = ["bash", "-e", "-o", "pipefail", "-c", step]
            results.append(subprocess.run(command, cwd=tmp_path, env={**environment, **more}, timeout=60).returncode)
        return results

    runner.deployment = deployment
    return runner


def runs(astro, runner):
    return [run["run_id"] for run in astro.dag_runs(runner.deployment)]


def test_a_run_is_started_and_its_end_awaited(astro, runner):
    assert runner(START, WAIT) == [0, 0]
    (run,) = astro.dag_runs(runner.deployment)
    assert (run["run_id"], run["state"]) == ("ci-4f2a91c", "success")
    assert run["conf"] == {"deployment": "reporting", "commit": "4f2a91c"}


def test_a_run_of_a_paused_dag_stays_queued_until_the_dag_is_unpaused(astro, runner):
    pause = UNPAUSE.replace("false", "true")
    assert runner(pause, START) == [0, 0]
    assert [run["state"] for run in astro.dag_runs(runner.deployment)] == ["queued"]
    assert runner(UNPAUSE, START, WAIT) == [0, 0, 0]


def test_a_dag_that_is_missing_cannot_be_unpaused(runner):
    assert runner(UNPAUSE, DAG="api/v2/dags/other") != [0]


def test_running_the_job_again_finds_the_run(astro, runner):
    assert runner(START, START, WAIT) == [0, 0, 0]
    assert runs(astro, runner) == ["ci-4f2a91c"]


def test_a_failed_run_fails_the_job(astro, runner):
    astro.order_dag_runs(runner.deployment, DAG, failed_tasks=["deploy"])
    assert runner(START, WAIT) == [0, 1]


def test_a_run_that_cannot_be_read_fails_the_job(astro, runner):
    assert runner(START) == [0]
    assert runner(WAIT, AIRFLOW_TOKEN="no.such.token") != [0]


@pytest.mark.parametrize("wrong", [{"AIRFLOW_TOKEN": "no.such.token"}, {"DAG": "api/v2/dags/other"}])
def test_a_run_that_cannot_be_started_fails_the_job(astro, runner, wrong):
    assert runner(START, **wrong) == [1]
    assert runs(astro, runner) == []


def test_airflow_2_takes_the_path_and_body_that_the_page_names(astro, runner):
    deployment = astro.add_deployment("older", astroRuntimeVersion="13.2.0")
    astro.add_dag(deployment, DAG, tasks={"deploy": []}, paused=True)
    older = START.replace('"logical_date": null,', "")
    url = f"{astro.url.removesuffix('/v1')}/airflow/{deployment}"
    more = {"AIRFLOW_URL": url, "DAG": JOB["env"]["DAG"].replace("v2", "v1")}
    assert runner(UNPAUSE, older, WAIT, **more) == [0, 0, 0]
