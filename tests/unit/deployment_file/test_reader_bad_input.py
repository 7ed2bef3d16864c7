"""Every kind of file that cannot be used: one error that names file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from astro_provider.deployment_file import load, loads
from astro_provider.errors import DeploymentFileError
from astro_provider.plan import plan_create
from tests.builders.plan_inputs import LOOKUPS

TOP = "deployment:\n  configuration:\n    name: x\n"

BAD_TEXT = {
    "empty": ("", None, None, ["is empty"]),
    "comments only": ("# nothing\n# here\n", None, None, ["is empty"]),
    "alias bomb": (
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)),
        4,
        "d[",
        ["aliases", "10,000"],
    ),
    "alias to itself": ("deployment: &a\n  configuration: *a\n", 2, "deployment.configuration", ["no anchor"]),
    "tab": ("deployment:\n\tconfiguration:\n", 2, None, ["tab", "spaces"]),
    "duplicate key": (TOP + "    name: y\n", 4, "deployment.configuration.name", ["twice", "line 3"]),
    "merge key": ("a: &a {b: c}\ndeployment:\n  <<: *a\n", 3, "deployment", ["merge keys"]),
    "tag": (TOP + "    executor: !!python/name:os.system\n", 4, "deployment.configuration.executor", ["tags"]),
    "two documents": (TOP + "---\na: b\n", 4, None, ["more than one document"]),
    "deep": ("[" * 5000, 1, None, ["deeper than 32"]),
    "broken": ("deployment: {configuration: {name: x}\n", 1, None, ["not valid YAML", "'{'", "noticed on line 2"]),
    "a list without its end": ("deployment:\n  alert_emails: [a, b\n", 2, None, ["'['", "not closed", "on line 3"]),
    "a list without its end amid others": (TOP.replace("x", "[x\n    region: y"), 3, None, ["'['", "not closed"]),
    "a key without colon": (TOP + "    executor CELERY\n    region: x\n", 4, None, ["colon and a space"]),
    "a last key without colon": (TOP + "    executor CELERY\n", 4, None, ["colon and a space"]),
    "a key without a space": (TOP + "    executor:CELERY\n    region: x\n", 4, None, ["colon and a space"]),
    "a section without colon": (TOP.replace("configuration:", "configuration\n"), 2, None, ["colon and a space"]),
    "a colon in a value": (TOP.replace("x", "x: y"), 3, None, ["must be quoted"]),
    "indented too far": (TOP + "      region: x\n", 4, None, ["indented further"]),
    "a list between brackets of which one is wrong": (TOP.replace("x", "[a, b}"), 3, None, ["'['", "not closed"]),
    "a quote without its end": (TOP + "    region: 'x\n    executor: y\n", 4, None, ["quotation mark", "never closed"]),
    "a quote that ends at another": (
        TOP + '    region: "x\n    cloud_provider: z\n    executor: "y"\n',
        4,
        None,
        ["quotation mark", "closed only on line 6"],
    ),
    "a tab": (TOP + "\tregion: x\n", 4, None, ["begins with a tab"]),
    "a Jinja expression without its end": (TOP.replace("x", "{{ params.x"), 3, None, []),
    "nul": ("deployment:\n  a: \0\n", 2, None, ["U+0000", "offset 17"]),
    "list as root": ("- a\n", None, None, ["'deployment' at its root", "a list"]),
    "text as root": ("hello\nworld\n", None, None, ["'deployment' at its root", "text"]),
    "wrong root": (
        "deployments:\n  configuration:\n    name: x\n",
        1,
        "deployments",
        ["unknown key; only 'deployment' is allowed at the root; did you mean 'deployment'?"],
    ),
    "root forgotten": (
        "configuration:\n  name: x\n",
        1,
        "configuration",
        ["unknown key; only 'deployment' is allowed at the root; this key belongs under 'deployment'"],
    ),
    "deployment is a list": ("deployment:\n- a\n", 1, "deployment", ["mapping", "a list"]),
    "unknown key": (
        TOP + "    cicd_enforcement: true\n",
        4,
        "deployment.configuration.cicd_enforcement",
        ["unknown key", "'ci_cd_enforcement'"],
    ),
    "unknown section": ("deployment:\n  worker_queue: []\n", 2, "deployment.worker_queue", ["'worker_queues'"]),
    "unknown queue key": (
        "deployment:\n  worker_queues:\n  - name: a\n    astromachine: A5\n",
        4,
        "deployment.worker_queues[0].astromachine",
        ["unknown key"],
    ),
    "wrong type": (
        "deployment:\n  worker_queues:\n  - name: a\n    max_worker_count: ten\n",
        4,
        "deployment.worker_queues[0].max_worker_count",
        ["whole number", "'ten'"],
    ),
    "leading zero": (
        "deployment:\n  worker_queues:\n  - name: a\n    max_worker_count: 010\n",
        4,
        "deployment.worker_queues[0].max_worker_count",
        ["'010'"],
    ),
    "not a switch": (
        TOP + "    is_high_availability: maybe\n",
        4,
        "deployment.configuration.is_high_availability",
        ["true or false", "'maybe'"],
    ),
    "list for text": (TOP + "    description: [a]\n", 4, "deployment.configuration.description", ["text", "a list"]),
    "section of wrong kind": (
        "deployment:\n  environment_variables:\n    A: b\n",
        2,
        "deployment.environment_variables",
        ["list", "a mapping"],
    ),
    "bad executor": (
        TOP + "    executor: Celry\n",
        4,
        "deployment.configuration.executor",
        ["CELERY, KUBERNETES, ASTRO", "'Celry'", "did you mean 'CELERY'"],
    ),
    "bad type": (
        TOP + "    deployment_type: SHARED\n",
        4,
        "deployment.configuration.deployment_type",
        ["STANDARD, DEDICATED, HYBRID"],
    ),
    "bad size": (
        TOP + "    scheduler_size: tiny\n",
        4,
        "deployment.configuration.scheduler_size",
        ["SMALL, MEDIUM, LARGE, EXTRA_LARGE"],
    ),
    "bad provider": (
        TOP + "    cloud_provider: azur\n",
        4,
        "deployment.configuration.cloud_provider",
        ["AWS, GCP, AZURE", "'AZURE'"],
    ),
    "bad memory": (
        TOP + "    default_task_pod_memory: 2\n",
        4,
        "deployment.configuration.default_task_pod_memory",
        ["0.5Gi"],
    ),
    "long name": (
        "deployment:\n  configuration:\n    name: " + "x" * 501,
        3,
        "deployment.configuration.name",
        ["500", "501"],
    ),
    "duplicate queue": (
        "deployment:\n  worker_queues:\n  - name: a\n  - name: a\n",
        4,
        "deployment.worker_queues[1].name",
        ["twice", "line 3"],
    ),
    "duplicate variable": (
        "deployment:\n  environment_variables:\n  - {key: A, value: x}\n  - {key: A, value: x}\n",
        4,
        "deployment.environment_variables[1].key",
        ["twice", "line 3"],
    ),
    "no queue name": (
        "deployment:\n  worker_queues:\n  - worker_type: A5\n",
        3,
        "deployment.worker_queues[0].name",
        ["is missing"],
    ),
    "machine twice": (
        "deployment:\n  worker_queues:\n  - name: a\n    worker_type: A5\n    astro_machine: A5\n",
        5,
        "deployment.worker_queues[0].astro_machine",
        ["worker_type"],
    ),
    "bad email": (
        "deployment:\n  alert_emails:\n  - Bob b@example.com\n",
        3,
        "deployment.alert_emails[0]",
        ["email"],
    ),
    "bad cron": (
        "deployment:\n  hibernation_schedules:\n  - hibernate_at: 0 25 * * *\n    wake_at: 0 8 * * *\n",
        3,
        "deployment.hibernation_schedules[0].hibernate_at",
        ["hour", "'25'", "0-23"],
    ),
    "cron of four parts": (
        "deployment:\n  hibernation_schedules:\n  - {hibernate_at: 0 2 * *, wake_at: 0 8 * * *}\n",
        3,
        "deployment.hibernation_schedules[0].hibernate_at",
        ["5 parts"],
    ),
    "eleven schedules": (
        "deployment:\n  hibernation_schedules:\n" + "  - {hibernate_at: 0 2 * * *, wake_at: 0 8 * * *}\n" * 11,
        2,
        "deployment.hibernation_schedules",
        ["at most 10"],
    ),
    "schedules twice": (
        "deployment:\n  configuration:\n    hibernation_schedules: []\n  hibernation_schedules: []\n",
        3,
        "deployment.configuration.hibernation_schedules",
        ["keep only one"],
    ),
}


@pytest.mark.parametrize(("text", "line", "key", "parts"), BAD_TEXT.values(), ids=BAD_TEXT.keys())
def test_bad_text(text: str, line: int | None, key: str | None, parts: list[str], tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(text.encode())
    with pytest.raises(DeploymentFileError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(str(path) if line is None else f"{path}, line {line}: ")
    assert key is None or f": {key}" in message
    for part in parts:
        assert part in message


def test_missing_file(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").touch()
    with pytest.raises(DeploymentFileError, match=r"no such file.*template\.yaml"):
        load(tmp_path / "templat.yaml")


def test_directory(tmp_path: Path) -> None:
    with pytest.raises(DeploymentFileError, match="is a directory"):
        load(tmp_path)


def test_huge_file_is_refused_without_being_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as stream:
        stream.truncate(50 * 1024 * 1024)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("was read"))
    with pytest.raises(DeploymentFileError, match=r"huge\.yaml: is too large.*52,428,800 bytes"):
        load(path)


def test_binary_file(tmp_path: Path) -> None:
    path = tmp_path / "image.yaml"
    path.write_bytes(b"deployment:\n  name: \x89PNG\r\n\x1a\n")
    with pytest.raises(DeploymentFileError, match=r"image\.yaml, line 2: is not UTF-8 text: byte 0x89 at offset 20"):
        load(path)


def test_all_mistakes_are_named_the_first_one_first() -> None:
    configuration = "  configuration:\n    executor: Celry\n    nam: x\n"
    text = f"deployment:\n{configuration}  worker_queues:\n  - name: a\n    max_worker_count: 0\n"
    with pytest.raises(DeploymentFileError) as caught:
        loads(text, name="f.yaml")
    assert (caught.value.line, caught.value.key) == (3, "deployment.configuration.executor")
    assert "also deployment.configuration.nam (f.yaml, line 4): unknown key" in str(caught.value)
    assert "also deployment.worker_queues[0].max_worker_count (f.yaml, line 7): must be at least 1" in str(caught.value)


@pytest.mark.parametrize(
    ("tree", "key"),
    [
        ({"deployment": {"configuration": {"runtime_version": 1.1}}}, "deployment.configuration.runtime_version"),
        ({"deployment": {"configuration": {"name": True}}}, "deployment.configuration.name"),
        ({"deployment": {"configuration": {"name": object()}}}, "deployment.configuration.name"),
        ({"deployment": {"configuration": {1: "x"}}}, "deployment.configuration"),
        ({"deployment": None}, "deployment"),
        ({}, "deployment"),
    ],
)
def test_bad_dict(tree: dict[str, object], key: str) -> None:
    with pytest.raises(DeploymentFileError) as caught:
        load(tree, name="template")
    assert str(caught.value).startswith(f"template: {key}: ")


def test_a_dict_that_holds_itself() -> None:
    tree: dict[str, object] = {}
    tree["deployment"] = tree
    with pytest.raises(DeploymentFileError, match="deeper than 32"):
        load(tree)


def test_no_message_shows_a_value_of_a_variable() -> None:
    for value in ("[hunter2]", "{a: hunter2}", "*hunter2", "!hunter2 x", "'hunter2", "hunter2: hunter2", "%hunter2"):
        with pytest.raises(DeploymentFileError) as caught:
            loads(
                f"deployment:\n  environment_variables:\n  - key: A\n    is_secret: true\n    value: {value}\n",
                name="f",
            )
        assert "hunter2" not in str(caught.value)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("value", ["value: ''", "value: '  '", "value:", ""])
def test_secret_without_value_on_create(value: str) -> None:
    variable = f"  - key: TOKEN\n    is_secret: true\n    {value}\n"
    text = f"deployment:\n  configuration: {{name: x, deployment_type: STANDARD}}\n  environment_variables:\n{variable}"
    file = loads(text, name="f.yaml")
    with pytest.raises(
        DeploymentFileError, match=r"deployment\.environment_variables\[0\]\.value: the secret 'TOKEN'"
    ) as caught:
        plan_create(file, LOOKUPS)
    assert caught.value.line == (6 if value else 4)


@pytest.mark.parametrize("name", ["", "    name: ''\n"])
def test_missing_name_on_create(name: str) -> None:
    file = loads(
        f"deployment:\n  configuration:\n    executor: CELERY\n    deployment_type: STANDARD\n{name}", name="f.yaml"
    )
    with pytest.raises(DeploymentFileError, match=r"deployment\.configuration\.name: is missing") as caught:
        plan_create(file, LOOKUPS)
    assert caught.value.line == (5 if name else 2)
