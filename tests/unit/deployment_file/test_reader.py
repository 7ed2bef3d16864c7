"""Reading Deployment files: what loads, and what it means."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from astro_provider.deployment_file import load, loads
from astro_provider.errors import DeploymentFileError

DATA = Path(__file__).parent / "data"


def variable(text: str):
    return loads(
        f"deployment:\n  environment_variables:\n  - key: A\n    value: {text}", name="f"
    ).environment_variables[0]


def test_a_file_of_the_first_hosted_release_loads() -> None:
    file = load(DATA / "hosted.yaml")
    config = file.configuration
    assert (config.deployment_type, config.executor, config.scheduler_size) == ("STANDARD", "CELERY", "SMALL")
    assert (config.cloud_provider, config.runtime_version, config.description) == ("GCP", "1.10", "")
    assert (config.ci_cd_enforcement, config.is_development_mode) == (False, True)
    assert [(v.key, v.value, v.is_secret) for v in file.environment_variables] == [
        ("ON", "on", False),
        ("API_TOKEN", "", True),
    ]
    assert file.worker_queues[0].worker_type == "a5"
    assert file.hibernation_schedules[0].description == "nights"
    assert file.metadata.deployment_id == "clkcbz5d01458926ewbjzubt3fx"


def test_a_hybrid_file_loads_and_its_empty_size_says_nothing() -> None:
    file = load(DATA / "hybrid.yaml")
    assert file.configuration.deployment_type == "HYBRID"
    assert file.configuration.scheduler_size is None
    assert file.warnings == ()


def test_keys_that_nothing_reads_are_named_in_one_warning_with_their_lines() -> None:
    (warning,) = load(DATA / "hosted.yaml").warnings
    for part in (
        "deployment.environment_variables[].updated_at (line 6)",
        "deployment.worker_queues[].id (line 35)",
        "deployment.worker_queues[].is_default",
        "deployment.metadata.status (line 45)",
    ):
        assert part in warning
    assert "deployment_id" not in warning


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("on", "on"),
        ("010", "010"),
        ("1.10", "1.10"),
        ("yes", "yes"),
        ("'null'", "null"),
        ("null", None),
        ("~", None),
        ("", None),
        ("2020-01-01", "2020-01-01"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("12345678901234567890.123456789", "12345678901234567890.123456789"),
        ("1e3", "1e3"),
        ("''", ""),
        ("|\n      a\n      b\n", "a\nb\n"),
        ("!!str 5", "5"),
    ],
)
def test_a_value_means_what_was_typed(written: str, meant: str | None) -> None:
    assert variable(written).value == meant


@pytest.mark.parametrize("executor", ["CELERY", "celery", "CeleryExecutor", "CELERYEXECUTOR", "celeryexecutor"])
def test_executor_in_any_spelling(executor: str) -> None:
    assert (
        loads(f"deployment: {{configuration: {{executor: {executor}}}}}", name="f").configuration.executor == "CELERY"
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("HOSTED_SHARED", "STANDARD"),
        ("hosted_standard", "STANDARD"),
        ("HOSTED_DEDICATED", "DEDICATED"),
        ("hybrid", "HYBRID"),
    ],
)
def test_type_in_any_spelling(written: str, meant: str) -> None:
    file = loads(f"deployment: {{configuration: {{deployment_type: {written}}}}}", name="f")
    assert file.configuration.deployment_type == meant


def test_json_with_tabs_and_escapes_loads() -> None:
    text = (
        '{"deployment":\n\t{"configuration":\t{"name": "a\\/\\ud83d\\ude00\\\\ud83d", "default_task_pod_cpu": 0.50}}}'
    )
    config = loads(text, name="f").configuration
    assert (config.name, config.default_task_pod_cpu) == ("a/😀\\ud83d", "0.50")


def test_yaml_json_and_dict_read_the_same() -> None:
    tree = {
        "deployment": {
            "configuration": {"name": "x", "executor": "CELERY"},
            "worker_queues": [{"name": "default", "max_worker_count": 3}],
        }
    }
    written = json.dumps(tree, indent=2)
    texts = (
        load(tree),
        load(written),
        loads(
            "deployment:\n  configuration: {name: x, executor: CELERY}\n"
            "  worker_queues:\n  - {name: default, max_worker_count: '3'}",
            name="f",
        ),
    )
    assert texts[0].model_dump() == texts[1].model_dump() == texts[2].model_dump()


def test_relative_paths_are_looked_for_in_order(tmp_path: Path) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    for folder, name in ((first, "a"), (second, "b")):
        folder.mkdir()
        (folder / f"{name}.yaml").write_text(f"deployment: {{configuration: {{name: {name}}}}}", encoding="utf-8")
    assert load("b.yaml", base_dirs=[first, second]).configuration.name == "b"
    with pytest.raises(DeploymentFileError, match="no such file") as caught:
        load("bb.yaml", base_dirs=[first, second])
    assert str(first / "bb.yaml") in str(caught.value)
    assert str(second / "bb.yaml") in str(caught.value)
    assert f"did you mean {str(second / 'b.yaml')!r}" in str(caught.value)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfdeployment: {configuration: {name: x}}\r\n")
    assert load(path).configuration.name == "x"


def test_empty_documents_after_the_first_say_nothing() -> None:
    text = "---\ndeployment: {configuration: {name: x}}\n---\n...\n---\n# nothing\n"
    assert loads(text, name="f").configuration.name == "x"
    with pytest.raises(DeploymentFileError, match="f, line 2: contains more than one document"):
        loads("deployment: {}\n---\n''\n", name="f")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n\t"deployment": {\n\t\t"metadata": {}\n\t\t"configuration": {}\n}}', "line 4.*',' delimiter"),
        ('{\n  // who\n  "deployment": {}\n}', "line 2.*double quotes"),
        ('{"deployment": {"environment_variables": [{"value": "hunter2" "key": "A"}]}}', "line 1.*',' delimiter"),
    ],
)
def test_broken_json_is_reported_as_json(text: str, message: str) -> None:
    with pytest.raises(DeploymentFileError, match=f"f, {message}") as caught:
        loads(text, name="f")
    assert "is not valid JSON" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_fence_copied_with_the_file_is_named() -> None:
    with pytest.raises(DeploymentFileError, match="f, line 1: the line is the fence of a code block"):
        loads("```yaml\ndeployment: {}\n```\n", name="f")


def test_anchors_repeat_what_they_name() -> None:
    queues = "- {name: default, worker_type: &type A5}\n  - {name: other, worker_type: *type}"
    text = f"deployment:\n  worker_queues:\n  {queues}"
    assert [queue.worker_type for queue in loads(text, name="f").worker_queues] == ["A5", "A5"]


def test_null_says_nothing_and_empty_lists_say_none() -> None:
    text = (
        "deployment:\n  configuration:\n    is_development_mode:\n  alert_emails:\n"
        "  environment_variables: []\n  worker_queues:\n  - {name: a, max_worker_count: null}"
    )
    file = loads(text, name="f")
    assert file.alert_emails is None
    assert file.environment_variables == ()
    assert file.configuration.is_development_mode is None
    assert file.worker_queues[0].max_worker_count is None


def test_no_repr_shows_a_value() -> None:
    assert "hunter2" not in repr(variable("hunter2"))


@pytest.mark.parametrize(("written", "meant"), [("y", True), ("Y", True), ("n", False), ("On", True), ("NO", False)])
def test_a_switch_in_any_spelling(written: str, meant: bool) -> None:
    file = loads(f"deployment: {{configuration: {{ci_cd_enforcement: {written}}}}}", name="f")
    assert file.configuration.ci_cd_enforcement is meant


@pytest.mark.parametrize("amount", ["10Gi", "10G", "500M", "1Pi", "10737418240", "1e10", "1.5Ti"])
def test_storage_in_any_quantity_of_kubernetes(amount: str) -> None:
    queue = {"name": "default", "pod_ephemeral_storage": amount}
    assert load({"deployment": {"worker_queues": [queue]}}).worker_queues[0].pod_ephemeral_storage == amount


def test_names_keep_their_outer_spaces_where_they_are_quoted() -> None:
    file = loads(
        "deployment:\n  configuration: {name: ' x '}\n  environment_variables: [{key: ' K'}]\n"
        "  worker_queues: [{name: 'q '}]\n  alert_emails: [Bob <b@x.io>]",
        name="f",
    )
    assert (file.configuration.name, file.environment_variables[0].key, file.worker_queues[0].name) == (
        " x ",
        " K",
        "q ",
    )
    assert file.alert_emails == ("Bob <b@x.io>",)
    assert file.overlay(name=" y\n").configuration.name == "y"


@pytest.mark.parametrize("source", [None, ["x"], 1])
def test_what_is_no_file_at_all_is_said_so(source: object) -> None:
    with pytest.raises(DeploymentFileError, match="template: must be a path, text or a mapping, not "):
        load(source)


def test_a_file_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "f.yaml").write_text("deployment: {configuration: {name: x}}")
    assert load("~/f.yaml").configuration.name == "x"


@pytest.mark.slow
def test_the_largest_allowed_file_is_read_in_linear_time() -> None:
    started = time.thread_time()
    items = "".join(f"  - {{key: K{number}, value: '{'x' * 60}'}}\n" for number in range(11_000))
    assert len(loads(f"deployment:\n  environment_variables:\n{items}", name="f").environment_variables) == 11_000
    assert time.thread_time() - started < 15
