"""Where the Astro CLI gives a wrong result or loses data (fact sheet, section 10 A), and this package does not.

One test a row, named after it, over what goes over the wire or into the file; those that need a whole task are in
``test_astro_cli_rough_edges_run.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from astro_provider.deployment_file import inspect, loads
from astro_provider.errors import DeploymentFileError, PlanError
from astro_provider.models.deployments import Deployment
from astro_provider.plan import Lookups, needs, plan_create, plan_update
from tests.api_document import assert_fits
from tests.builders.plan_inputs import (
    CLUSTER,
    HEAVY,
    HOSTED_FILE,
    HYBRID_FILE,
    LOOKUPS,
    ON_CLUSTER,
    OPTIONS,
    QUEUE,
    deployment,
    file,
    hybrid,
    queue,
)


def create(sections: dict[str, Any] | None = None, lookups: Lookups = LOOKUPS, **configuration: Any) -> dict[str, Any]:
    plan = plan_create(file(sections, **({"name": "test"} | configuration)), lookups)
    assert_fits(plan.body, "Create")
    return plan.body


def update(given: Any, current: Deployment | None = None, lookups: Lookups = LOOKUPS) -> dict[str, Any]:
    plan = plan_update(given, current or deployment(), lookups)
    assert_fits(plan.body, "Update")
    return plan.body


def template(current: Deployment) -> str:
    return inspect(current, CLUSTER, url="https://cloud.astronomer.io", template=True)


def test_a1_each_hybrid_queue_gets_its_own_node_pool() -> None:
    queues = [queue("default", "e2-standard-4"), queue("zeta", "e2-standard-16"), queue("alpha", "e2-standard-4")]
    body = create({"worker_queues": queues}, ON_CLUSTER, **HYBRID_FILE)
    pools = {item["name"]: item["nodePoolId"] for item in body["workerQueues"]}
    assert pools == {"default": "pool-small", "zeta": "pool-large", "alpha": "pool-small"}


def test_a2_queue_ids_are_matched_by_name_and_new_queues_have_none() -> None:
    queues = [queue("alpha", "A5"), queue("default", "A5"), queue("heavy", "A10")]
    body = update(file({"worker_queues": queues}), deployment(workerQueues=[HEAVY, QUEUE]))
    ids = {item["name"]: item.get("id", "absent") for item in body["workerQueues"]}
    assert ids == {"alpha": "absent", "default": "queue-default", "heavy": "queue-heavy"}


def test_a3_an_update_resets_nothing_that_the_file_leaves_out() -> None:
    body = update(file(name="test", executor="CELERY"))
    assert body["description"] == "Mine"
    assert body["isCicdEnforced"] is body["isHighAvailability"] is True
    assert body["schedulerSize"] == "MEDIUM"
    assert [item["key"] for item in body["environmentVariables"]] == ["PLAIN", "TOKEN"]
    assert body["contactEmails"] == ["a@example.com", "b@example.com"]
    of_hybrid = update(file(executor="CELERY"), hybrid(schedulerAu=9, schedulerReplicas=2), ON_CLUSTER)
    assert of_hybrid["scheduler"] == {"au": 9, "replicas": 2}
    assert body["isDagDeployEnabled"] is of_hybrid["isDagDeployEnabled"] is True
    amounts = ("defaultTaskPodCpu", "defaultTaskPodMemory", "resourceQuotaCpu", "resourceQuotaMemory")
    assert [body[name] for name in amounts] == ["0.25", "0.5Gi", "10", "20Gi"]
    kubernetes = hybrid(executor="KUBERNETES", taskPodNodePoolId="pool-large", workerQueues=[])
    assert update(file(), kubernetes, ON_CLUSTER)["taskPodNodePoolId"] == "pool-large"


def test_a5_a_workspace_is_never_blank_or_another_one() -> None:
    with pytest.raises(PlanError, match="a Workspace is needed"):
        create(lookups=replace(LOOKUPS, workspace_id=None), **HOSTED_FILE)
    with pytest.raises(PlanError, match=r"workspace_name.*cannot be changed from 'Development'.*'Elsewhere'"):
        update(file(workspace_name="Elsewhere"))


def test_a6_a_changed_cluster_is_refused_and_pools_are_those_of_the_present_one() -> None:
    with pytest.raises(PlanError, match=r"cluster_name.*cannot be changed from 'GCP Cluster'.*'Other'"):
        update(file(cluster_name="Other"), hybrid(), ON_CLUSTER)
    given = file({"worker_queues": [queue("default", "e2-standard-16")]})
    assert update(given, hybrid(), ON_CLUSTER)["workerQueues"][0]["nodePoolId"] == "pool-large"


def test_a7_a_missing_type_is_the_present_one_and_an_error_on_create() -> None:
    assert update(file(description="x"))["type"] == "STANDARD"
    with pytest.raises(DeploymentFileError, match="deployment_type"):
        create(executor="CELERY")
    with pytest.raises(DeploymentFileError, match=r"'DEDICATD'.*did you mean 'DEDICATED'"):
        create(deployment_type="DEDICATD")


def test_a8_one_body_creates_with_variables_and_emails() -> None:
    sections = {"environment_variables": [{"key": "A", "value": "1"}], "alert_emails": ["a@example.com"]}
    body = create(sections, **HOSTED_FILE)
    assert body["environmentVariables"] == [{"key": "A", "isSecret": False, "value": "1"}]
    assert body["contactEmails"] == ["a@example.com"]


@pytest.mark.parametrize("spelling", ["celery", "Celery", "CELERY", "celeryexecutor", "CeleryExecutor"])
def test_a9_an_executor_means_the_same_in_any_case(spelling: str) -> None:
    assert create(**HOSTED_FILE | {"executor": spelling})["executor"] == "CELERY"
    assert update(file(executor=spelling), deployment(executor="KUBERNETES", workerQueues=[QUEUE]))["executor"] == (
        "CELERY"
    )


def test_a9_astro_is_refused_where_it_does_not_exist() -> None:
    with pytest.raises(PlanError, match="HYBRID Deployments cannot have ASTRO"):
        create(lookups=ON_CLUSTER, **HYBRID_FILE | {"executor": "astro"})


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({"scheduler_size": "SMAL"}, "'SMAL'; did you mean 'SMALL'"),
        ({"cloud_provider": "azur"}, "'azur'; did you mean 'AZURE'"),
    ],
)
def test_a10_an_unknown_size_or_provider_is_refused_with_the_known_ones(configuration: Any, words: str) -> None:
    with pytest.raises(DeploymentFileError, match=words):
        create(**HOSTED_FILE | configuration)


def test_a10_an_unknown_worker_type_or_a_size_that_is_not_offered_is_refused() -> None:
    with pytest.raises(PlanError, match="'A6' is not an available worker type; allowed: A5, A10"):
        create({"worker_queues": [queue("default", "A6")]}, **HOSTED_FILE)
    small = OPTIONS.model_copy(update={"scheduler_machines": OPTIONS.scheduler_machines[:1]})
    with pytest.raises(PlanError, match="'LARGE' is not an available scheduler size; allowed: SMALL"):
        update(file(scheduler_size="large"), lookups=replace(LOOKUPS, options=small))
    assert "options" in needs(file(scheduler_size="large"), deployment())


@pytest.mark.parametrize(
    ("key", "value"),
    [("is_development_mode", True), ("region", "x"), ("cloud_provider", "AWS"), ("workspace_name", "x")],
)
def test_a11_what_an_update_cannot_change_is_refused(key: str, value: object) -> None:
    with pytest.raises(PlanError, match=rf"{key}.*cannot be"):
        update(file(**{key: value}))


def test_a11_a_differing_runtime_is_reported() -> None:
    plan = plan_update(file(runtime_version="3.0-1"), deployment(), LOOKUPS)
    assert ["not applied" in note for note in plan.notes] == [True]


def test_a12_remote_execution_works_on_standard_is_kept_and_goes_off() -> None:
    remote = {"enabled": True, "task_log_bucket": "s3://logs"}
    body = create(**HOSTED_FILE | {"executor": "ASTRO", "remote_execution": remote})
    assert body["remoteExecution"] == {"enabled": True, "taskLogBucket": "s3://logs"}
    shown = {"enabled": True, "allowedIpAddressRanges": ["10.0.0.0/8"], "taskLogBucket": "s3://old"}
    current = deployment(executor="ASTRO", remoteExecution=shown | {"remoteApiUrl": "https://x"}, workerQueues=[])
    kept = update(file(remote_execution={"task_log_bucket": "s3://new"}), current)
    assert kept["remoteExecution"] == {**shown, "taskLogBucket": "s3://new"}
    off = file({"worker_queues": [queue("default", "A5")]}, remote_execution={"enabled": False})
    assert update(off, current)["remoteExecution"] == {"enabled": False}


@pytest.mark.parametrize("value", ["", None])
def test_a13_a_blank_secret_in_a_file_wipes_nothing(value: str | None) -> None:
    given = {"environment_variables": [{"key": "TOKEN", "is_secret": True, "value": value}]}
    assert update(file(given))["environmentVariables"] == [{"key": "TOKEN", "isSecret": True}]
    with pytest.raises(PlanError, match="'OTHER' has no value, and the Deployment has no such secret"):
        update(file({"environment_variables": [{"key": "OTHER", "is_secret": True, "value": value}]}))


def test_a14_an_unknown_machine_does_not_borrow_the_limits_of_the_queue_before() -> None:
    for mistyped in (queue("heavy", "A11", worker_concurrency=99), queue("heavy", "A11")):
        with pytest.raises(PlanError) as caught:
            create({"worker_queues": [queue("default", "A5", worker_concurrency=15), mistyped]}, **HOSTED_FILE)
        # Neither 15, the limit of A5 before it, nor any other machine's: only what is true of every queue.
        (first, *rest) = caught.value.problems
        assert "'A11' is not an available worker type; allowed: A5, A10" in first
        assert all("between 1 and 64" in problem for problem in rest)
    queues = [queue("default", "A5", worker_concurrency=15), queue("heavy", "A10", worker_concurrency=30)]
    body = create({"worker_queues": queues}, **HOSTED_FILE)
    assert [item["workerConcurrency"] for item in body["workerQueues"]] == [15, 30]
    with pytest.raises(PlanError, match=r"worker_queues\[0\].worker_concurrency.*between 1 and 15, not 16"):
        create({"worker_queues": [queue("default", "A5", worker_concurrency=16), queues[1]]}, **HOSTED_FILE)


def test_a15_schedules_are_off_unless_the_file_says_so_noted_where_useless_and_cleared_only_by_the_file() -> None:
    times = {"hibernate_at": "0 20 * * *", "wake_at": "0 6 * * *"}
    schedules = {"hibernation_schedules": [times]}
    body = create(schedules, **HOSTED_FILE | {"is_development_mode": True})
    assert body["scalingSpec"]["hibernationSpec"]["schedules"][0]["isEnabled"] is False
    assert ["only development" in note for note in plan_create(file(schedules, **HOSTED_FILE), LOOKUPS).notes] == [True]
    old = {"hibernateAtCron": "0 20 * * *", "wakeAtCron": "0 6 * * *", "isEnabled": False}
    sleeping = deployment(isDevelopmentMode=True, scalingSpec={"hibernationSpec": {"schedules": [old]}})
    assert update(file(description="x"), sleeping)["scalingSpec"]["hibernationSpec"]["schedules"] == [old]
    # The CLI leaves out ``enabled: false``: an exported file must not switch the schedule on.
    assert update(file(schedules), sleeping)["scalingSpec"]["hibernationSpec"]["schedules"] == [old]
    assert update(file({"hibernation_schedules": []}), sleeping)["scalingSpec"] == {
        "hibernationSpec": {"schedules": []}
    }


def test_a16_the_platforms_own_identity_is_never_sent_nor_written() -> None:
    assert "workloadIdentity" not in create(lookups=ON_CLUSTER, **HYBRID_FILE)
    namespace = "stellar-nova-1234"
    platform = f"arn:aws:iam::123456789012:role/astro-{namespace}"
    assert "workloadIdentity" not in update(file(), deployment(effectiveWorkloadIdentity=platform))
    assert "workloadIdentity" not in update(file(), hybrid(effectiveWorkloadIdentity=platform), ON_CLUSTER)
    assert "workloadIdentity" not in update(file(workload_identity=""), hybrid(), ON_CLUSTER)
    default = loads(template(deployment(namespace=namespace, effectiveWorkloadIdentity=platform)), name="t")
    assert default.configuration.workload_identity is None
    mine = loads(template(deployment(namespace=namespace, effectiveWorkloadIdentity="arn:mine")), name="t")
    assert mine.configuration.workload_identity == "arn:mine"


def test_a17_a_template_names_its_secrets_and_nothing_that_cannot_be_set() -> None:
    text = template(deployment(executor="KUBERNETES"))
    written = loads(text, name="t")
    assert [(item.key, item.is_secret, item.value) for item in written.environment_variables or ()] == [
        ("PLAIN", False, "on"),
        ("TOKEN", True, None),
    ]
    assert written.configuration.name is None
    assert written.worker_queues is None
    assert "updated_at" not in text
    assert "metadata" not in text


def test_a20_every_field_of_a_queue_survives_an_update_of_another() -> None:
    queues = [queue("default", "A5"), queue("heavy", "A10", max_worker_count=12)]
    stored = [QUEUE | {"podEphemeralStorage": "10Gi"}, HEAVY | {"podEphemeralStorage": "20Gi"}]
    body = update(file({"worker_queues": queues}), deployment(workerQueues=stored))
    assert [item["podEphemeralStorage"] for item in body["workerQueues"]] == ["10Gi", "20Gi"]
    of_hybrid = [item.model_dump(by_alias=True) for item in hybrid().worker_queues or ()]
    stored = [item | {"podEphemeralStorage": "30Gi"} for item in of_hybrid]
    body = update(file(description="x"), hybrid(workerQueues=stored), ON_CLUSTER)
    assert [item["podEphemeralStorage"] for item in body["workerQueues"]] == ["30Gi"]
    given = file({"worker_queues": [queue("default", "e2-standard-4", pod_ephemeral_storage="40Gi")]})
    plan = plan_update(given, hybrid(workerQueues=stored), ON_CLUSTER)
    assert [(change.path, change.new) for change in plan.changes] == [
        ("worker_queues.default.pod_ephemeral_storage", "40Gi")
    ]
    assert plan.notes == ()


def test_a21_an_absent_limit_is_the_default_and_zero_is_zero() -> None:
    queues = [queue("default", "A5"), queue("zero", "A5", min_worker_count=0)]
    body = create({"worker_queues": queues}, **HOSTED_FILE)
    assert [item["minWorkerCount"] for item in body["workerQueues"]] == [1, 0]
    with pytest.raises(DeploymentFileError, match=r"max_worker_count.*must be at least 1, not 0"):
        create({"worker_queues": [queue("default", "A5", max_worker_count=0)]}, **HOSTED_FILE)


@pytest.mark.parametrize("value", ["on", "010", "1.10", "0.1234567890123456789", "yes", "2024-01-01", "1_000"])
def test_a22_a_value_is_the_text_that_was_typed(value: str) -> None:
    sections = f"environment_variables: [{{key: A, value: {value}}}], configuration: {{runtime_version: {value}}}"
    given = loads(f"deployment: {{{sections}}}", name="f")
    assert [item.value for item in given.environment_variables or ()] == [value]
    assert given.configuration.runtime_version == value


@pytest.mark.parametrize("value", ["1.10", "0.1234567890123456789", "10", "1e3"])
def test_a22_numbers_of_json_are_text_as_typed_or_refused(value: str) -> None:
    text = f'{{"deployment": {{"environment_variables": [{{"key": "A", "value": {value}}}]}}}}'
    assert [item.value for item in loads(text, name="f").environment_variables or ()] == [value]


@pytest.mark.parametrize(("typo", "meant"), [("cicd_enforcement", "ci_cd_enforcement"), ("exectuor", "executor")])
def test_a23_an_unknown_key_is_an_error_with_the_nearest_known_one(typo: str, meant: str) -> None:
    with pytest.raises(DeploymentFileError, match=f"{typo}.*did you mean '{meant}'"):
        file(**{typo: "x"})


def test_a23_a_key_of_older_files_is_read_or_named_in_a_warning() -> None:
    given = file({"worker_queues": [{"name": "default", "astro_machine": "a5", "id": "q"}]}, cluster_id="c")
    assert [queue.worker_type for queue in given.worker_queues or ()] == ["a5"]
    assert ["configuration.cluster_id" in w and "worker_queues[].id" in w for w in given.warnings] == [True]


def test_a24_an_absent_runtime_is_left_to_astro() -> None:
    assert "astroRuntimeVersion" not in create(**HOSTED_FILE)


def test_a25_emails_are_never_null() -> None:
    assert "contactEmails" not in create(**HOSTED_FILE)
    assert update(file())["contactEmails"] == ["a@example.com", "b@example.com"]
    assert update(file({"alert_emails": []}))["contactEmails"] == []
