"""Executors: where ASTRO runs, and what KUBERNETES does not have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from astro_provider.errors import PlanError
from astro_provider.plan import plan_create
from tests.api_document import assert_fits
from tests.builders.plan_inputs import (
    HOSTED_FILE,
    HYBRID_FILE,
    LOOKUPS,
    ON_CLUSTER,
    OPTIONS,
    QUEUE,
    deployment,
    file,
    queue,
    update,
)


@pytest.mark.parametrize("runtime", ["13.2.0", "12.9.0", "4.2.5", "3.0.0", "2.11-1"])
def test_astro_is_refused_on_a_runtime_with_airflow_2(runtime) -> None:
    with pytest.raises(PlanError, match=rf"executor \(file\): ASTRO needs an Astro Runtime with Airflow 3.*{runtime}"):
        plan_create(file(**HOSTED_FILE | {"executor": "ASTRO", "runtime_version": runtime}), LOOKUPS)
    with pytest.raises(PlanError, match=f"ASTRO needs .*{runtime}"):
        update(file(executor="ASTRO"), deployment(astroRuntimeVersion=runtime))


@pytest.mark.parametrize("runtime", ["3.0-1", "3.1-5", "v3.1-2", "3.1-5-base", "4.0-1", None])
def test_astro_runs_on_every_later_one_and_on_the_newest(runtime) -> None:
    body = plan_create(file(**HOSTED_FILE | {"executor": "ASTRO", "runtime_version": runtime}), LOOKUPS).body
    assert body["executor"] == "ASTRO"


def test_a_deployment_that_runs_it_already_may_stay_so() -> None:
    current = deployment(executor="ASTRO", astroRuntimeVersion="13.2.0")
    assert update(file(executor="ASTRO", runtime_version="13.2.0"), current).is_empty


@pytest.mark.parametrize("section", [{}, {"worker_queues": []}, {"worker_queues": None}])
@pytest.mark.parametrize("configuration", [HOSTED_FILE, HYBRID_FILE], ids=["hosted", "hybrid"])
def test_kubernetes_is_sent_no_queues_at_all_not_even_an_empty_list(section, configuration) -> None:
    given = file(section, **configuration | {"executor": "KUBERNETES"})
    body = plan_create(given, ON_CLUSTER if configuration is HYBRID_FILE else LOOKUPS).body
    assert_fits(body, "Create")
    assert "workerQueues" not in body
    if configuration is HOSTED_FILE:
        for shown in (None, [], [QUEUE], [{"id": "q", "name": "default", "podCpu": "1", "podMemory": "2Gi"}]):
            plan = update(file(section, name="test"), deployment(executor="KUBERNETES", workerQueues=shown))
            assert plan.is_empty
            assert "workerQueues" not in plan.body


def test_queues_with_kubernetes_are_refused_as_the_cli_refuses_them() -> None:
    given = file({"worker_queues": [queue("default", "A5")]}, **HOSTED_FILE | {"executor": "KUBERNETES"})
    with pytest.raises(PlanError, match=r"worker_queues \(file\): there are no worker queues with the executor KUBERN"):
        plan_create(given, LOOKUPS)


def test_an_executor_that_is_not_offered_is_refused_with_those_that_are() -> None:
    fewer = replace(LOOKUPS, options=OPTIONS.model_copy(update={"executors": ("CELERY", "KUBERNETES")}))
    with pytest.raises(PlanError, match="'ASTRO' is not an executor here; allowed: CELERY, KUBERNETES"):
        plan_create(file(**HOSTED_FILE | {"executor": "ASTRO"}), fewer)
