"""Task pods and quota: a default is fitted to what the file states, since no pod larger than the quota could run."""

from __future__ import annotations

from dataclasses import replace

from astro_provider.models.deployment_options import DeploymentOptions
from astro_provider.plan import plan_create
from tests.unit.plan_samples import HOSTED_FILE, LOOKUPS, OPTIONS, assert_fits, file, span

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
    assert "resource_quota_cpu (file): is missing; 16 is sent, because Astro's default, 10, does not fit" in notes[0]


def test_a_default_pod_fits_the_quota_that_the_file_states() -> None:
    amounts, notes = created(resource_quota_memory="4Gi")
    assert amounts == ("2", "4Gi", "2", "4Gi")
    assert "default_task_pod_cpu (file): is missing; 2 is sent, because Astro's default, 4," in notes[0]


def test_defaults_that_fit_are_sent_without_a_note() -> None:
    for stated in ({}, {"default_task_pod_cpu": "8"}, {"resource_quota_cpu": "4"}):
        assert created(**stated)[1] == ()
