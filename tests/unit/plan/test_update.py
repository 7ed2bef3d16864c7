"""What a file asks for, laid over the existing Deployment: nothing absent is reset."""

from __future__ import annotations

import pytest

from astro_provider.errors import PlanError
from astro_provider.plan import needs, plan_update
from tests.unit.plan_samples import (
    HEAVY,
    LOOKUPS,
    ON_CLUSTER,
    QUEUE,
    assert_fits,
    deployment,
    file,
    hybrid,
    lines,
    update,
)

SECRET = {"key": "TOKEN", "is_secret": True}


def variables(*items, **how):
    return update(file({"environment_variables": list(items)}), **how)


def test_an_empty_file_changes_nothing_and_resends_everything() -> None:
    plan = update(file())
    assert plan.is_empty
    assert plan.describe() == plan.as_xcom() == []
    assert plan.body == {
        "type": "STANDARD",
        "name": "test",
        "workspaceId": "ws-1",
        "description": "Mine",
        "executor": "CELERY",
        "isCicdEnforced": True,
        "isDagDeployEnabled": True,
        "isHighAvailability": True,
        "schedulerSize": "MEDIUM",
        "defaultTaskPodCpu": "0.25",
        "defaultTaskPodMemory": "0.5Gi",
        "resourceQuotaCpu": "10",
        "resourceQuotaMemory": "20Gi",
        "contactEmails": ["a@example.com", "b@example.com"],
        "environmentVariables": [
            {"key": "PLAIN", "isSecret": False, "value": "on"},
            {"key": "TOKEN", "isSecret": True},
        ],
        "workerQueues": [QUEUE | {"podEphemeralStorage": "10Gi"}],
    }
    assert needs(file(), deployment()) == frozenset()


def test_changes_are_aligned_with_removals_last() -> None:
    sections = {
        "environment_variables": [{"key": "NEW", "value": "x"}, SECRET | {"value": "s"}],
        "worker_queues": [{"name": "default", "max_worker_count": 20}],
    }
    plan = update(file(sections, description="Ours", scheduler_size="small"))
    assert plan.describe() == [
        "~ configuration.description               Mine -> Ours",
        "~ configuration.scheduler_size            MEDIUM -> SMALL",
        "~ worker_queues.default.max_worker_count  10 -> 20",
        "+ environment_variables.NEW               x",
        "~ environment_variables.TOKEN             **** -> ****",
        "- environment_variables.PLAIN             on (REMOVED)",
    ]
    assert plan.as_xcom()[0] == {
        "action": "changed",
        "path": "configuration.description",
        "old": "Mine",
        "new": "Ours",
    }
    assert "'s'" not in repr(plan)


def test_what_is_the_same_in_other_words_is_no_change() -> None:
    sections = {
        "alert_emails": ["b@example.com", "a@example.com"],
        "worker_queues": [{"name": "default", "worker_type": "a5"}],
    }
    given = file(
        sections,
        default_task_pod_memory="512Mi",
        resource_quota_cpu="10.0",
        region="US-CENTRAL1",
        workload_identity="astro-platform-default",
        deployment_type="HOSTED_SHARED",
    )
    plan = update(given)
    assert plan.is_empty
    assert "workloadIdentity" not in plan.body


@pytest.mark.parametrize("value", [{}, {"value": None}, {"value": ""}, {"value": "  "}])
@pytest.mark.parametrize("unlisted", ["remove", "keep", "fail"])
def test_a_blank_secret_keeps_its_stored_value(value, unlisted) -> None:
    plan = variables(SECRET | value, {"key": "PLAIN", "value": "on"}, unlisted=unlisted)
    assert {"key": "TOKEN", "isSecret": True} in plan.body["environmentVariables"]
    assert plan.is_empty


def test_only_the_caller_empties_a_secret() -> None:
    given = file({"environment_variables": [SECRET, {"key": "PLAIN", "value": "on"}]})
    plan = update(given.overlay(environment_variables={"TOKEN": ""}))
    assert {"key": "TOKEN", "isSecret": True, "value": ""} in plan.body["environmentVariables"]
    assert lines(plan) == ["~ environment_variables.TOKEN **** -> (empty)"]


def test_a_blank_secret_that_does_not_exist_is_refused() -> None:
    with pytest.raises(PlanError, match=r"environment_variables\[0\].value .*'OTHER' has no value.*no such secret"):
        variables({"key": "OTHER", "is_secret": True})


def test_a_secret_stays_secret() -> None:
    with pytest.raises(PlanError, match="'TOKEN' is a secret"):
        variables({"key": "TOKEN", "value": "x", "is_secret": False})
    assert {"key": "TOKEN", "isSecret": True, "value": "x"} in variables({"key": "TOKEN", "value": "x"}).body[
        "environmentVariables"
    ]


def test_a_plain_variable_becomes_secret_out_of_sight() -> None:
    plan = variables({"key": "PLAIN", "is_secret": True}, SECRET)
    assert {"key": "PLAIN", "isSecret": True, "value": "on"} in plan.body["environmentVariables"]
    assert lines(plan) == ["~ environment_variables.PLAIN **** -> ****"]


def test_a_value_from_the_caller_is_never_shown() -> None:
    plan = update(file().overlay(environment_variables={"PLAIN": "hunter2", "NEW": "hunter2"}))
    assert lines(plan) == ["~ environment_variables.PLAIN **** -> ****", "+ environment_variables.NEW ****"]
    assert len(plan.body["environmentVariables"]) == 3
    assert update(file().overlay(environment_variables={"PLAIN": "on"})).is_empty


def test_unlisted_variables_and_queues() -> None:
    given = file({"environment_variables": [], "worker_queues": [{"name": "default"}]})
    current = deployment(workerQueues=[QUEUE, HEAVY])
    assert lines(update(given, current)) == [
        "- worker_queues.heavy worker_type A10, min_worker_count 0, max_worker_count 10, "
        "worker_concurrency 5 (REMOVED)",
        "- environment_variables.PLAIN on (REMOVED)",
        "- environment_variables.TOKEN **** (REMOVED)",
    ]
    assert update(given, current, unlisted="keep").is_empty
    with pytest.raises(PlanError) as caught:
        update(given, current, unlisted="fail")
    assert "PLAIN, TOKEN" in str(caught.value)
    assert "not listed: heavy" in str(caught.value)


def test_queues_are_matched_by_name_and_keep_what_the_file_leaves_out() -> None:
    queues = [
        {"name": "alpha", "worker_type": "A5"},
        {"name": "default", "worker_type": "A10"},
        {"name": "heavy", "max_worker_count": 3},
    ]
    plan = update(
        file({"worker_queues": queues}), deployment(workerQueues=[QUEUE | {"podEphemeralStorage": "10Gi"}, HEAVY])
    )
    sent = {queue["name"]: queue for queue in plan.body["workerQueues"]}
    assert [sent[name].get("id") for name in ("alpha", "default", "heavy")] == [None, "queue-default", "queue-heavy"]
    assert sent["default"]["podEphemeralStorage"] == "10Gi"
    assert sent["heavy"]["workerConcurrency"] == 5
    assert lines(plan) == [
        "+ worker_queues.alpha worker_type A5, min_worker_count 1, max_worker_count 10, worker_concurrency 5",
        "~ worker_queues.default.worker_type A5 -> A10",
        "~ worker_queues.heavy.max_worker_count 10 -> 3",
    ]


SCHEDULE = {"hibernateAtCron": "0 20 * * *", "wakeAtCron": "0 6 * * *", "isEnabled": True}
SLEEPY = {
    "isDevelopmentMode": True,
    "scalingSpec": {
        "hibernationSpec": {
            "schedules": [SCHEDULE],
            "override": {"isHibernating": True, "isActive": True, "overrideUntil": "2026-02-01T00:00:00+02:00"},
        }
    },
}
NIGHTS = [{"hibernate_at": "0  20 * * *", "wake_at": "0 6 * * *", "enabled": "true"}]


@pytest.mark.parametrize("sections", [{}, {"hibernation_schedules": NIGHTS}])
def test_development_mode_schedules_and_override_are_resent_whether_the_file_has_them_or_not(sections) -> None:
    plan = update(file(sections), deployment(**SLEEPY))
    assert plan.is_empty
    assert plan.body["isDevelopmentMode"] is True
    assert plan.body["scalingSpec"]["hibernationSpec"] == {
        "schedules": [SCHEDULE],
        "override": {"isHibernating": True, "overrideUntil": "2026-01-31T22:00:00Z"},
    }


def test_a_schedule_that_does_not_say_enabled_is_switched_off() -> None:
    nights = {"hibernation_schedules": [{"hibernate_at": "0 20 * * *", "wake_at": "0 6 * * *"}]}
    plan = update(file(nights), deployment(**SLEEPY))
    assert plan.body["scalingSpec"]["hibernationSpec"]["schedules"] == [{**SCHEDULE, "isEnabled": False}]
    assert lines(plan) == ["~ hibernation_schedules.0 20 * * * / 0 6 * * *.enabled true -> false"]


def test_an_empty_list_of_schedules_removes_them() -> None:
    cleared = update(file({"hibernation_schedules": []}), deployment(**SLEEPY))
    assert cleared.body["scalingSpec"]["hibernationSpec"]["schedules"] == []
    assert lines(cleared) == ["- hibernation_schedules.0 20 * * * / 0 6 * * * enabled true (REMOVED)"]


def test_schedules_for_a_deployment_that_cannot_sleep_are_noted() -> None:
    plan = update(file({"hibernation_schedules": NIGHTS}))
    assert plan.is_empty
    assert "only development Deployments" in plan.notes[0]


def test_development_mode_goes_off_but_never_on() -> None:
    plan = update(file(is_development_mode=False), deployment(isDevelopmentMode=True))
    assert plan.body["isDevelopmentMode"] is False
    assert "scalingSpec" not in update(file(is_development_mode=False), deployment(**SLEEPY)).body
    assert lines(plan) == ["~ configuration.is_development_mode true -> false"]
    with pytest.raises(PlanError, match="cannot be switched on"):
        update(file(is_development_mode=True))


def test_a_differing_runtime_is_noted_and_not_applied() -> None:
    plan = update(file(runtime_version="3.1-1"))
    assert plan.is_empty
    assert "3.1-1 is not applied; the Deployment has 3.1-2" in plan.notes[0]


@pytest.mark.parametrize(
    ("configuration", "found"),
    [
        ({"deployment_type": "DEDICATED"}, "it is 'STANDARD', and 'DEDICATED' is asked for"),
        ({"workspace_name": "Other"}, "workspace_name .*it is 'Development'"),
        ({"cloud_provider": "aws"}, "it is 'GCP'"),
        ({"region": "us-east1"}, "it is 'us-central1'"),
        (
            {"default_task_pod_cpu": "1", "default_task_pod_memory": "0.5Gi"},
            "default_task_pod_memory .*2Gi for default_task_pod_cpu 1, not 0.5Gi",
        ),
        ({"executor": "KUBERNETES", "remote_execution": {"enabled": True}}, "needs the executor ASTRO"),
    ],
)
def test_refused(configuration, found) -> None:
    with pytest.raises(PlanError, match=found):
        update(file(**configuration))


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(PlanError) as caught:
        update(file(region="us-east1", deployment_type="HYBRID"))
    assert len(caught.value.problems) == 2


def test_a_change_to_kubernetes_leaves_out_the_queues_and_says_so() -> None:
    plan = update(file(executor="KUBERNETES"))
    assert "workerQueues" not in plan.body
    assert lines(plan)[0] == "~ configuration.executor CELERY -> KUBERNETES"
    assert lines(plan)[1].startswith("- worker_queues.default")
    with pytest.raises(PlanError, match="no worker queues with the executor KUBERNETES"):
        update(file({"worker_queues": [{"name": "default"}]}, executor="KUBERNETES"))


def test_remote_execution_is_laid_over_and_can_be_switched_off() -> None:
    remote = {"enabled": True, "allowedIpAddressRanges": ["10.0.0.0/8"], "remoteApiUrl": "u"}
    current = deployment(executor="ASTRO", remoteExecution=remote, workerQueues=None)
    plan = update(file(remote_execution={"task_log_bucket": "b"}), current)
    assert plan.body["remoteExecution"] == {
        "enabled": True,
        "allowedIpAddressRanges": ["10.0.0.0/8"],
        "taskLogBucket": "b",
    }
    assert lines(plan) == ["+ configuration.remote_execution.task_log_bucket b"]
    off = update(
        file({"worker_queues": [{"name": "default", "worker_type": "A5"}]}, remote_execution={"enabled": False}),
        current,
    )
    assert off.body["remoteExecution"] == {"enabled": False}
    assert "- configuration.remote_execution.enabled true (REMOVED)" in lines(off)


def test_a_hybrid_deployment_keeps_its_scheduler_and_pools() -> None:
    assert needs(file(), hybrid()) == frozenset()
    plan = plan_update(file(scheduler_au=10), hybrid(), ON_CLUSTER)
    assert_fits(plan.body, "Update")
    assert plan.body["scheduler"] == {"au": 10, "replicas": 1}
    assert plan.body["workerQueues"][0]["nodePoolId"] == "pool-small"
    assert lines(plan) == ["~ configuration.scheduler_au 5 -> 10"]


def test_a_hybrid_queue_changes_its_pool_by_machine_type() -> None:
    given = file({"worker_queues": [{"name": "default", "worker_type": "e2-standard-16"}]})
    assert needs(given, hybrid()) == {"cluster"}
    plan = plan_update(given, hybrid(), ON_CLUSTER)
    assert lines(plan) == ["~ worker_queues.default.worker_type e2-standard-4 -> e2-standard-16"]


def test_a_hybrid_deployment_stays_in_its_cluster() -> None:
    with pytest.raises(PlanError, match=r"cluster_name .*it is 'GCP Cluster'"):
        plan_update(file(cluster_name="Other"), hybrid(), ON_CLUSTER)
    assert plan_update(file(cluster_name="cluster-1"), hybrid(), ON_CLUSTER).is_empty


def test_a_hybrid_task_pool_is_not_the_first_one_by_accident() -> None:
    current = hybrid(executor="KUBERNETES", taskPodNodePoolId="pool-large", workerQueues=None)
    assert plan_update(file(), current, ON_CLUSTER).body["taskPodNodePoolId"] == "pool-large"
    plan = plan_update(file(default_worker_type="e2-standard-4"), current, ON_CLUSTER)
    assert lines(plan) == ["~ configuration.default_worker_type e2-standard-16 -> e2-standard-4"]


def test_rename() -> None:
    assert lines(update(file(name="new"))) == ["~ configuration.name test -> new"]


def test_what_a_later_api_shows_is_sent_back_as_it_is() -> None:
    assert plan_update(file(description="x"), deployment(schedulerSize="HUGE"), LOOKUPS).body["schedulerSize"] == "HUGE"
    with pytest.raises(PlanError, match="type SERVERLESS cannot be updated"):
        plan_update(file(), deployment(type="SERVERLESS"), LOOKUPS)
