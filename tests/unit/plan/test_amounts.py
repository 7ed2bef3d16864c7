"""Task pods and quota: a default is fitted to what the file states, since no pod larger than the quota could run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from astro_provider.models.deployment_options import DeploymentOptions
from astro_provider.plan import needs, plan_create
from tests.api_document import assert_fits
from tests.builders.deployment_options import span
from tests.builders.plan_inputs import HOSTED_FILE, LOOKUPS, OPTIONS, deployment, file, standard, update

AMOUNTS = ("defaultTaskPodCpu", "defaultTaskPodMemory", "resourceQuotaCpu", "resourceQuotaMemory")
WIDE = OPTIONS.model_dump(by_alias=True)
WIDE["resourceQuotas"] = {
    "defaultPodSize": {"cpu": span("0.25", "4", "32"), "memory": span("0.5Gi", "8Gi", "64Gi")},
    "resourceQuota": {"cpu": span("1", "10", "640"), "memory": span("2Gi", "20Gi", "1280Gi")},
}


def created(**stated: str):
    lookups = replace(LOOKUPS, options=DeploymentOptions.model_validate(WIDE))
    plan = plan_create(file(**HOSTED_FILE | stated), lookups)
    assert_fits(plan.body, "Create")
    return tuple(plan.body[name] for name in AMOUNTS), plan.notes


def test_a_default_quota_holds_the_pod_that_the_file_states() -> None:
    amounts, notes = created(default_task_pod_cpu="16")
    assert amounts == ("16", "32Gi", "16", "32Gi")
    assert "resource_quota_cpu (file): is missing; 16 is sent instead of Astro's default 10" in notes[0]


def test_a_default_pod_fits_the_quota_that_the_file_states() -> None:
    amounts, notes = created(resource_quota_memory="4Gi")
    assert amounts == ("2", "4Gi", "2", "4Gi")
    assert "default_task_pod_cpu (file): is missing; 2 is sent instead of Astro's default 4, because" in notes[0]


def test_defaults_that_fit_are_sent_without_a_note() -> None:
    for stated in ({}, {"default_task_pod_cpu": "8"}, {"resource_quota_cpu": "4"}):
        assert created(**stated)[1] == ()


def test_a_pod_above_the_quota_is_sent_as_the_file_says_and_the_plan_says_what_comes_of_it() -> None:
    words = "default_task_pod_cpu (file): 16 is more than resource_quota_cpu, which is 8: no task with this much CPU"
    amounts, notes = created(default_task_pod_cpu="16", resource_quota_cpu="8")
    assert amounts == ("16", "32Gi", "8", "16Gi")
    assert words in notes[0]
    plan = update(file(default_task_pod_cpu="2"), deployment(resourceQuotaCpu="1", resourceQuotaMemory="2Gi"))
    assert "2 is more than resource_quota_cpu, which is 1" in plan.notes[0]
    assert update(file(description="x"), deployment(resourceQuotaCpu="0.1", resourceQuotaMemory="0.2Gi")).notes == ()


def test_half_of_a_pair_is_completed() -> None:
    given = standard(default_task_pod_cpu="0.5", resource_quota_memory="40Gi")
    assert needs(given, None) == {"workspace"}
    body = plan_create(given, LOOKUPS).body
    assert (body["defaultTaskPodMemory"], body["resourceQuotaCpu"]) == ("1Gi", "20")


@pytest.mark.parametrize(
    ("cpu", "memory"), [("500m", "1024Mi"), ("0.5", "1048576Ki"), ("500m", None), (None, "1024Mi")]
)
def test_amounts_are_sent_in_cores_and_gi(cpu, memory) -> None:
    body = plan_create(standard(default_task_pod_cpu=cpu, default_task_pod_memory=memory), LOOKUPS).body
    assert (body["defaultTaskPodCpu"], body["defaultTaskPodMemory"]) == ("0.5", "1Gi")


def test_half_of_a_pair_takes_the_other_along_and_units_are_astros() -> None:
    body = update(file(default_task_pod_cpu="500m", resource_quota_memory="40960Mi")).body
    assert (body["defaultTaskPodCpu"], body["defaultTaskPodMemory"]) == ("0.5", "1Gi")
    assert (body["resourceQuotaCpu"], body["resourceQuotaMemory"]) == ("20", "40Gi")
