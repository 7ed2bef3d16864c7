"""The table of bad files, as a task meets them: one clear error each, and Astro never hears of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator, UpdateDeploymentFromFileOperator
from tests.unit.running import TEMPLATE

BOMB = "deployment:\n  a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"  {b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}]\n"
    for a, b in zip("abcdefg", "bcdefgh", strict=True)
)
QUEUE = "        - {name: default, worker_type: A5, max_worker_count: 5, min_worker_count: 0, worker_concurrency: 5}\n"

#: What is wrong -> the file's content, and what the error must say besides the file's name.
TABLE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "only comments": (b"# nothing\n", "empty|must be a mapping"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00\x00", "not UTF-8 text"),
    "zero byte": (b"deployment:\n  a: \x00\n", "line 2"),
    "alias bomb": (BOMB.encode(), "aliases"),
    "tab": (b"deployment:\n\tconfiguration:\n", "line 2.*tab"),
    "duplicate key": (b"deployment:\n  metadata: {}\n  metadata:\n", "line 3.*metadata.*line 2"),
    "wrong root": (b"- a\n- b\n", "deployment"),
    "unknown root": (b"deployments: {}\n", "line 1.*deployments.*'deployment'"),
    "unknown key": (TEMPLATE.replace("runtime_version", "runtime_versoin").encode(), "line 7.*runtime_version"),
    "wrong type": (
        TEMPLATE.replace("max_worker_count: 5", "max_worker_count: many").encode(),
        "line 16.*max_worker_count",
    ),
    "bad value": (TEMPLATE.replace("SMALL", "TINY").encode(), "line 13.*scheduler_size.*SMALL.*TINY"),
    "duplicate queue": (TEMPLATE.replace(QUEUE, QUEUE * 2).encode(), "line 17.*default"),
    "too many documents": (b"deployment: {}\n---\ndeployment: {}\n", "more than one document"),
}


OPERATORS = {"create": CreateDeploymentFromTemplateOperator, "update": UpdateDeploymentFromFileOperator}


@pytest.fixture(params=OPERATORS)
def refused(request, astro, runner):
    """Run a task with a file and return its error, having made sure that no call was made."""

    def refused(path: str | Path, **arguments) -> str:
        operator = OPERATORS[request.param]
        if operator is CreateDeploymentFromTemplateOperator:
            arguments = {"template": str(path), "deployment_name": "x", **arguments}
        else:
            arguments = {"deployment_file": str(path)}
        with pytest.raises(AirflowFailException) as caught:
            runner.run(operator, **arguments)
        assert astro.requests == []
        return str(caught.value)

    return refused


@pytest.mark.parametrize("wrong", TABLE)
def test_a_bad_file_is_one_error_that_names_it(refused, tmp_path, wrong):
    content, words = TABLE[wrong]
    file = tmp_path / "bad.yaml"
    file.write_bytes(content)
    error = refused(file)
    assert str(file) in error
    assert re.search(words, error, re.DOTALL), error


def test_a_missing_file_a_directory_and_a_huge_file(refused, tmp_path):
    assert "no such file" in refused("nothing.yaml")
    assert "is a directory" in refused(tmp_path)
    huge = tmp_path / "huge.yaml"
    with huge.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    assert "too large" in refused(huge)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"overrides": {"configuration": {"name": ""}}}, "overrides removes the name 'x'"),
        ({}, r"line 4.*environment_variables\[1\].value.*PASSWORD"),
    ],
)
def test_what_only_a_create_needs(astro, runner, template, arguments, words):
    arguments = {"deployment_name": "x", **arguments}
    with pytest.raises(AirflowFailException) as caught:
        runner.run(CreateDeploymentFromTemplateOperator, template=template, **arguments)
    assert re.search(words, str(caught.value)), str(caught.value)
    assert astro.requests == []
