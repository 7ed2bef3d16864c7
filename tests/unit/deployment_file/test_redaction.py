"""A file as it is shown: its secrets hidden wherever the reader found them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from astro_provider.deployment_file import load, loads
from astro_provider.deployment_file.model import DeploymentFile
from astro_provider.deployment_file.redaction import hidden_in_mapping, hidden_in_text

TOP = "deployment:\n  environment_variables:\n"
#: Every way in which a file may hold the secret "hunter2".
TEXTS = {
    "plain": TOP + "  - {key: A, value: hunter2, is_secret: true}\n",
    "without is_secret": TOP + "  - key: A\n    value: hunter2\n",
    "quoted, with a comment": TOP + "  - key: A\n    value: 'hunter2' # note\n",
    "a block": TOP + "  - key: A\n    value: |\n      hunter2\n    is_secret: on\n",
    "the key twice": TOP + "  - {key: A, value: hunter2, value: hunter2}\n",
    "the key twice in another case": TOP + "  - {key: A, value: hunter2, Value: 'hunter2'}\n",
    "all keys in another case": TOP.title() + "  - {KEY: A, VALUE: hunter2, IS_SECRET: true}\n",
    "the section twice": (TOP + TOP.splitlines()[1] + "\n").replace(
        "variables:\n", "variables: [{key: A, value: hunter2}]\n"
    ),
    "the section twice in another case": (
        "deployment:\n  environment_variables: [{key: A, value: hunter2}]\n"
        "  Environment_Variables: [{key: A, value: hunter2}]\n"
    ),
    "the older name of the section": "deployment:\n  astronomer_variables: [{key: A, value: hunter2}]\n",
    "an alias to public text": "deployment:\n  configuration: {description: &d hunter2}\n"
    "  environment_variables: [{key: A, value: *d}]\n",
    "an alias to an entry": TOP + "  - &a {key: A, value: hunter2, is_secret: true}\n"
    "  worker_queues: []\n  metadata: {x: *a}\n",
    "an alias to a list": "deployment:\n  metadata: {x: &v [{key: A, value: hunter2}]}\n  environment_variables: *v\n",
    "JSON with tabs": '{"deployment":\n\t{"environment_variables": [\n\t\t{"key": "A",\t"value": "hunter2"}]}}',
    "JSON with other line breaks": '{"deployment": {"configuration": {"description": "\u2028\u0085"},\n'
    '"environment_variables": [{"key": "A", "value": "hunter2"}]}}',
    "after a byte-order mark": "\ufeff" + TOP + "  - {key: A, value: hunter2}\n",
    "after a character of two code units": "# \U0001f600\n" + TOP + "  - {key: A, value: hunter2}\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_value_that_may_be_secret_is_hidden_wherever_it_stands_in_the_text(text: str) -> None:
    file = loads(text, name="f")
    shown = hidden_in_text(file)
    assert [variable.value.strip() for variable in file.environment_variables] == ["hunter2"]
    assert "hunter2" not in shown
    assert '"****"' in shown


def test_everything_else_is_shown_as_it_was_written() -> None:
    text = "# who\n" + TOP + "  - {key: A, value: hunter2}\n  - {key: B, value: shown, is_secret: no}\n  - {key: C}\n"
    assert hidden_in_text(loads(text, name="f")) == text.replace("hunter2", '"****"')


TREES: dict[str, Any] = {
    "a list": [{"key": "A", "value": "hunter2"}],
    "a tuple": ({"key": "A", "value": "hunter2", "is_secret": True},),
    "both cases": [{"key": "A", "value": "hunter2", "VALUE": "hunter2"}],
}


@pytest.mark.parametrize("variables", TREES.values(), ids=TREES.keys())
@pytest.mark.parametrize("section", ["environment_variables", "Environment_Variables", "astronomer_variables"])
@pytest.mark.parametrize("root", ["deployment", "Deployment"])
def test_a_dict_is_hidden_by_the_same_rules(root: str, section: str, variables: Any) -> None:
    tree = {root: {"configuration": {"name": "x"}, section: variables}}
    shown = hidden_in_mapping(tree, load(tree))
    assert "hunter2" not in json.dumps(shown)
    assert shown[root]["configuration"] == {"name": "x"}
    assert "hunter2" in json.dumps(tree)


def test_overrides_are_hidden_with_and_without_their_root() -> None:
    sections = {"environment_variables": [{"key": "A", "value": 12345}, {"key": "B", "value": "b", "is_secret": False}]}
    for overrides in (sections, {"deployment": sections}):
        shown = hidden_in_mapping(overrides, DeploymentFile.from_overrides(overrides))
        variables = shown.get("deployment", shown)["environment_variables"]
        assert [variable["value"] for variable in variables] == ["****", "b"]


def test_no_repr_of_a_file_or_its_origin_shows_its_text() -> None:
    file = loads(TOP + "  - {key: A, value: hunter2}\n", name="f")
    assert "hunter2" not in repr(file) + repr(file.origin)
