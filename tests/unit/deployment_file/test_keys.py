"""Keys in another case, under an older name, given twice, or at the wrong place."""

from __future__ import annotations

from pathlib import Path

import pytest

from astro_provider.deployment_file import load, loads
from astro_provider.errors import DeploymentFileError


def error(text: str) -> str:
    with pytest.raises(DeploymentFileError) as caught:
        loads(text, name="f")
    return str(caught.value)


def test_keys_in_another_case_are_taken_with_one_warning_that_names_them_and_their_lines() -> None:
    file = loads(
        "Deployment:\n"
        "  Configuration:\n"
        "    Region: us-east-1\n"
        "    REMOTE_EXECUTION: {Enabled: true}\n"
        "  worker_queues:\n"
        "  - {Name: default, Worker_Type: A5}\n"
        "  - {Name: other, Worker_Type: A5}\n"
        "  Environment_Variables:\n"
        "  - {Key: A, Value: b, Is_Secret: false}\n",
        name="f",
    )
    assert file.configuration.region == "us-east-1"
    assert file.configuration.remote_execution.enabled
    assert [(queue.name, queue.worker_type) for queue in file.worker_queues] == [("default", "A5"), ("other", "A5")]
    assert [(item.key, item.value, item.is_secret) for item in file.environment_variables] == [("A", "b", False)]
    (warning,) = file.warnings
    assert warning.startswith("f: these keys differ from the known ones only in case, and were read as those: ")
    for part in (
        "Deployment (line 1) as deployment",
        "Deployment.Configuration (line 2) as deployment.configuration",
        "Deployment.Configuration.Region (line 3) as deployment.configuration.region",
        "Deployment.worker_queues[].Name (lines 6, 7) as deployment.worker_queues[].name",
    ):
        assert part in warning


def test_an_error_names_a_key_as_the_file_has_it() -> None:
    assert error("Deployment:\n  Configuration:\n    Executor: CELRY\n").startswith(
        "f, line 3: Deployment.Configuration.Executor: must be one of CELERY"
    )


def test_a_misspelt_older_name_is_answered_with_the_name_of_today() -> None:
    misspelt = "deployment:\n  configuration:\n    executor: CeleryExecuter\n"
    assert error(misspelt).endswith("not 'CeleryExecuter'; did you mean 'CELERY'?")


@pytest.mark.parametrize(
    ("first", "second", "named"),
    [
        ("Region: us-west-2", "region: us-east-1", "deployment.configuration.region: is given twice"),
        ("region: us-west-2", "REGION: us-east-1", "deployment.configuration.REGION: is given twice"),
        ("region: us-west-2", "region: us-east-1", "deployment.configuration.region: is given twice"),
    ],
)
def test_a_key_given_twice_with_different_values_is_an_error_in_any_case(first: str, second: str, named: str) -> None:
    message = error(f"deployment:\n  configuration:\n    {first}\n    {second}\n")
    assert message.startswith(f"f, line 4: {named} with different values, first ")
    assert "on line 3" in message
    assert "us-" not in message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("region: us-east-1", "region: us-east-1"),
        ("region: us-east-1", "region: 'us-east-1'"),
        ("Region: us-east-1", "region: us-east-1"),
        ("remote_execution: {enabled: off}", "remote_execution:\n      enabled: off"),
    ],
)
def test_a_key_given_twice_with_the_same_value_is_one_warning_with_both_lines(first: str, second: str) -> None:
    file = loads(f"deployment:\n  configuration:\n    {first}\n    {second}\n", name="f")
    assert file.configuration.region in ("us-east-1", None)
    (twice,) = [warning for warning in file.warnings if "given twice" in warning]
    assert "3" in twice
    assert "4" in twice


def test_sections_and_entries_given_twice_with_the_same_value_are_read_once() -> None:
    text = "  alert_emails: [a@example.com]\n" * 2 + "  worker_queues:\n  - {name: default, name: default}\n"
    file = loads(f"deployment:\n{text}", name="f")
    assert file.alert_emails == ("a@example.com",)
    assert [queue.name for queue in file.worker_queues] == ["default"]
    (warning,) = file.warnings
    assert "deployment.alert_emails (lines 2, 3)" in warning
    assert "deployment.worker_queues[].name (line 5)" in warning


def test_a_dict_has_the_same_rules() -> None:
    file = load({"Deployment": {"configuration": {"Region": "x", "region": "x"}}})
    assert file.configuration.region == "x"
    assert len(file.warnings) == 2
    with pytest.raises(DeploymentFileError, match=r"configuration\.region: is given twice with different values"):
        load({"deployment": {"configuration": {"Region": "x", "region": "y"}}})


OLDER = {
    "configuration: {scheduler_replicas: 2}": "deployment.configuration.scheduler_count",
    "astronomer_variables: [{key: A, value: b}]": "deployment.environment_variables",
    "information: {deployment_id: clabc}": "deployment.metadata",
    "hibernation_schedules: [{hibernate_at_cron: 0 1 * * *, wake_at: 0 2 * * *, enabled: on}]": (
        "deployment.hibernation_schedules[].hibernate_at"
    ),
    "hibernation_schedules: [{hibernate_at: 0 1 * * *, wake_at_cron: 0 2 * * *, enabled: on}]": (
        "deployment.hibernation_schedules[].wake_at"
    ),
    "hibernation_schedules: [{hibernate_at: 0 1 * * *, wake_at: 0 2 * * *, is_enabled: on}]": (
        "deployment.hibernation_schedules[].enabled"
    ),
}


@pytest.mark.parametrize(("section", "today"), OLDER.items())
def test_names_of_older_documentation_are_taken_with_a_warning(section: str, today: str) -> None:
    file = loads(f"deployment:\n  {section}\n", name="f")
    (warning,) = file.warnings
    assert f" (line 2) as {today}" in warning
    assert file.configuration.scheduler_count in (2, None)
    assert [schedule.enabled for schedule in file.hibernation_schedules or ()] in ([True], [])
    assert file.model_dump(exclude_defaults=True) != {}


def test_an_older_name_beside_todays_is_an_error() -> None:
    message = error("deployment:\n  configuration:\n    scheduler_count: 2\n    scheduler_replicas: 2\n")
    assert message.startswith("f, line 4: deployment.configuration.scheduler_replicas: means the same as ")


def test_the_pod_amounts_of_the_documentation_of_2023_are_ignored_as_the_cli_ignores_them() -> None:
    file = loads("deployment:\n  configuration:\n    pod_cpu: 1\n    pod_memory: 2\n", name="f")
    (warning,) = file.warnings
    assert "nothing reads these keys" in warning
    assert "deployment.configuration.pod_cpu (line 3); deployment.configuration.pod_memory (line 4)" in warning


SECTIONS = ("worker_queues", "environment_variables", "alert_emails", "metadata")


@pytest.mark.parametrize("section", [*SECTIONS, "Worker_Queues"])
def test_a_section_one_level_too_deep_is_told_where_it_belongs(section: str) -> None:
    message = error(f"deployment:\n  configuration:\n    name: x\n    {section}: []\n")
    assert message == (
        f"f, line 4: deployment.configuration.{section}: "
        "unknown key; it belongs one level up, directly under 'deployment'"
    )


@pytest.mark.parametrize("key", ["name: x", "executor: CELERY", "region: us-east-1", "remote_execution: {}"])
def test_a_key_one_level_too_high_is_told_where_it_belongs(key: str) -> None:
    message = error(f"deployment:\n  {key}\n")
    assert message.endswith("unknown key; it belongs one level down, under 'configuration'")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("configuration: {task_log_bucket: s3://b}", "one level down, under 'remote_execution'"),
        ("configuration: {remote_execution: {executor: ASTRO}}", "one level up, directly under 'configuration'"),
        ("configuration: {pod_ephemeral_storage: 10Gi}", "under 'worker_queues'"),
        ("worker_queues: [{name: default, executor: ASTRO}]", "under 'configuration'"),
        ("worker_queues: [{name: default, alert_emails: []}]", "under 'deployment'"),
        ("deployment_id: clabc", "one level down, under 'metadata'"),
        ("metadata: {alert_emails: []}", "one level up, directly under 'deployment'"),
        ("metadata: {worker_queues: []}", "one level up, directly under 'deployment'"),
        ("deployment: {configuration: {}}", "at the root, around everything else"),
    ],
)
def test_any_key_that_is_known_elsewhere_is_told_where_it_belongs(text: str, where: str) -> None:
    assert error(f"deployment:\n  {text}\n").endswith(f"unknown key; it belongs {where}")


@pytest.mark.parametrize(
    ("text", "name", "where"),
    [
        ("configuration: {worker_queue: []}", "worker_queues", "one level up, directly under 'deployment'"),
        ("configuration: {workerQueues: []}", "worker_queues", "one level up, directly under 'deployment'"),
        ("configuration: {alert_email: []}", "alert_emails", "one level up, directly under 'deployment'"),
        ("configuration: {task_log_buckets: b}", "task_log_bucket", "one level down, under 'remote_execution'"),
        ("worker_queues: [{name: default, executors: ASTRO}]", "executor", "under 'configuration'"),
        ("scheduler_sizes: SMALL", "scheduler_size", "one level down, under 'configuration'"),
    ],
)
def test_a_key_misspelt_and_at_the_wrong_place_is_told_both(text: str, name: str, where: str) -> None:
    message = error(f"deployment:\n  {text}\n")
    assert message.endswith(f"unknown key; did you mean {name!r}? That belongs {where}")


@pytest.mark.parametrize(
    ("key", "where"),
    [
        ("astro_machine: A5", "under 'worker_queues'"),
        ("wake_at_cron: 0 1 * * *", "under 'hibernation_schedules'"),
        ("astronomer_variables: []", "one level up, directly under 'deployment'"),
    ],
)
def test_an_older_name_at_the_wrong_place_is_told_where_it_belongs(key: str, where: str) -> None:
    assert error(f"deployment:\n  configuration:\n    {key}\n").endswith(f"unknown key; it belongs {where}")


def test_a_key_like_one_of_its_own_section_is_never_sent_elsewhere() -> None:
    assert error("deployment:\n  configuration: {cluster: x}\n").endswith("did you mean 'cluster_name'?")
    assert error("deployment:\n  worker_queues: [{names: x}]\n").endswith("did you mean 'name'?")


def test_schedules_inside_configuration_are_taken_and_errors_name_their_place_there() -> None:
    schedule = "{hibernate_at: 0 1 * * *, wake_at: 0 2 * * *, enabled: on}"
    file = loads(f"deployment:\n  configuration:\n    hibernation_schedules: [{schedule}]\n", name="f")
    assert [item.enabled for item in file.hibernation_schedules] == [True]
    assert file.warnings == ()
    message = error("deployment:\n  configuration:\n    hibernation_schedules: [{hibernate_at: 0 1 * * *}]\n")
    assert message.startswith("f, line 3: deployment.configuration.hibernation_schedules[0].wake_at: is missing")


def test_a_key_of_metadata_may_have_any_name(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text("deployment:\n  metadata: {'{a}': 1, b: {c: 2}}\n", encoding="utf-8")
    (warning,) = load(path).warnings
    assert "deployment.metadata.{a} (line 2)" in warning
