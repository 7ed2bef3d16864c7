"""What the caller lays over a file: name, description, environment variables, overrides."""

from __future__ import annotations

import pytest

from astro_provider.deployment_file import loads
from astro_provider.errors import DeploymentFileError

TEXT = """
deployment:
  configuration:
    name: ""
    description: from the file
    scheduler_size: SMALL
  environment_variables:
  - {key: SECRET, is_secret: true, value: ""}
  - {key: PLAIN, value: a}
  worker_queues:
  - {name: default, worker_type: A5}
  - {name: heavy, worker_type: A10}
"""


def test_a_template_gets_its_name_and_keeps_the_rest() -> None:
    template = loads(TEXT, name="f")
    file = template.overlay(name="nightly")
    assert (file.configuration.name, file.configuration.description) == ("nightly", "from the file")
    assert template.configuration.name is None


def test_variables_are_merged_by_key() -> None:
    file = loads(TEXT, name="f").overlay(environment_variables={"SECRET": "s", "NEW": "n"})
    assert [(v.key, v.value, v.is_secret) for v in file.environment_variables] == [
        ("SECRET", "s", True),
        ("PLAIN", "a", None),
        ("NEW", "n", None),
    ]
    assert file.given_values == {"SECRET", "NEW"}


def test_a_variable_over_a_file_without_any_does_not_make_the_file_list_them() -> None:
    file = loads("deployment: {configuration: {name: x}}", name="f").overlay(environment_variables={"A": "b"})
    assert [v.key for v in file.environment_variables] == ["A"]
    assert not file.lists_variables
    assert loads(TEXT, name="f").lists_variables


@pytest.mark.parametrize("rooted", [True, False])
def test_overrides_come_last_merge_mappings_and_replace_lists(rooted: bool) -> None:
    overrides = {
        "configuration": {"scheduler_size": "large"},
        "worker_queues": [{"name": "default", "worker_type": "A20"}],
    }
    file = loads(TEXT, name="f").overlay(description="d", overrides={"deployment": overrides} if rooted else overrides)
    assert (file.configuration.scheduler_size, file.configuration.description) == ("LARGE", "d")
    assert [(queue.name, queue.worker_type) for queue in file.worker_queues] == [("default", "A20")]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            {"configuration": {"schedulr_size": "LARGE"}},
            r"overrides: deployment\.configuration\.schedulr_size: unknown key",
        ),
        ({"configuration": {"executor": "x"}}, r"overrides: deployment\.configuration\.executor: must be one of"),
        ({"queues": []}, r"overrides: deployment\.queues: unknown key"),
    ],
)
def test_a_mistake_in_overrides_is_reported_there(overrides: dict[str, object], message: str) -> None:
    with pytest.raises(DeploymentFileError, match=message):
        loads(TEXT, name="f").overlay(overrides=overrides)


@pytest.mark.parametrize("value", [None, ["x"], True])
def test_a_variable_needs_text(value: object) -> None:
    with pytest.raises(DeploymentFileError, match="environment_variables: SECRET: must have text"):
        loads(TEXT, name="f").overlay(environment_variables={"SECRET": value})


def test_a_name_that_is_too_long_is_reported_as_an_argument() -> None:
    with pytest.raises(DeploymentFileError, match=r"arguments: deployment\.configuration\.name: must have at most 500"):
        loads(TEXT, name="f").overlay(name="x" * 501)


@pytest.mark.parametrize("section", ["environment_variables", "worker_queues", "configuration"])
def test_none_in_overrides_takes_away_what_the_file_says(section: str) -> None:
    given = loads(TEXT, name="f")
    file = given.overlay(overrides={section: None})
    assert getattr(given, section) != getattr(file, section) == getattr(loads("deployment: {}", name="f"), section)
    assert file.lists_variables == (section != "environment_variables")
    assert given.overlay(overrides={"configuration": {"description": None}}).configuration.description is None


def test_schedules_are_taken_away_at_either_place() -> None:
    schedule = "{hibernation_schedules: [{hibernate_at: 0 1 * * *, wake_at: 0 2 * * *}]}"
    given = loads(f"deployment: {schedule}", name="f")
    assert given.hibernation_schedules
    for overrides in ({"hibernation_schedules": None}, {"configuration": {"hibernation_schedules": None}}):
        assert given.overlay(overrides=overrides).hibernation_schedules is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"environment_variables": "A=secret"}, "environment_variables: must be a mapping of keys to values, not text"),
        ({"environment_variables": ["A"]}, "environment_variables: must be a mapping of keys to values, not a list"),
        ({"environment_variables": {"A": "nul \0"}}, r"environment_variables: A: holds the character U\+0000"),
        ({"environment_variables": {"A": 10**5000}}, "environment_variables: A: is a number that is too large"),
        ({"overrides": "A"}, "overrides: must be a mapping .*, not text"),
        ({"overrides": ["A"]}, "overrides: must be a mapping .*, not a list"),
        ({"overrides": {"configuration": {"name": object()}}}, "overrides: configuration.name: .*not object"),
        ({"overrides": {"queues": None}}, r"overrides: deployment\.queues: unknown key"),
        ({"overrides": {"configuration": {"scheduler_au": 10**5000}}}, "overrides: .*is a number that is too large"),
        ({"name": object()}, r"arguments: deployment\.configuration\.name: .* not a Python object of type object"),
    ],
)
def test_an_argument_of_the_wrong_kind_is_one_clear_error(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(DeploymentFileError, match=message):
        loads(TEXT, name="f").overlay(**arguments)


def test_a_list_in_the_overrides_replaces_what_the_caller_gave() -> None:
    replaced = {"environment_variables": [{"key": "SECRET", "is_secret": True, "value": ""}]}
    file = loads(TEXT, name="f").overlay(environment_variables={"SECRET": "s"}, overrides=replaced)
    assert [v.key for v in file.environment_variables] == ["SECRET"]
    assert file.given_values == frozenset()
