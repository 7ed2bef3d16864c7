"""Writing Deployment files: what is written reads back the same."""

from __future__ import annotations

import re

import pytest
import yaml

from astro_provider.deployment_file import dumps, load, loads
from tests.builders.plan_inputs import DATA


@pytest.mark.parametrize("output_format", ["yaml", "json"])
@pytest.mark.parametrize("name", ["hosted.yaml", "hybrid.yaml"])
def test_round_trip(name: str, output_format) -> None:
    file = load(DATA / name)
    assert loads(dumps(file, output_format=output_format), name="f").model_dump() == file.model_dump()


def test_text_is_written_so_that_any_yaml_reader_takes_it_for_text() -> None:
    file = loads("deployment: {environment_variables: [{key: A, value: on}, {key: B, value: 010}]}", name="f")
    written = yaml.safe_load(dumps(file))
    assert [item["value"] for item in written["deployment"]["environment_variables"]] == ["on", "010"]


@pytest.mark.parametrize(
    "value", ["y", "N", "1e3", "08", "0o17", "0b1", "1_0", ".5", "5.", "1:30", "2026-01-01", "~", "=", "<<", "0x1F"]
)
def test_text_is_quoted_where_any_reader_could_take_it_for_something_else(value: str) -> None:
    file = load({"deployment": {"environment_variables": [{"key": "A", "value": value}]}})
    assert re.search(rf"value: (['\"]){re.escape(value)}\1\n", dumps(file))


@pytest.mark.parametrize("value", ["3.1-5", "3.1.3", "1.5Gi", "no way", "{ x }"])
def test_other_text_is_not(value: str) -> None:
    file = load({"deployment": {"environment_variables": [{"key": "A", "value": value}]}})
    assert re.search(rf"value: '?{re.escape(value)}'?\n", dumps(file))


@pytest.mark.parametrize(
    ("output_format", "written"),
    [("yaml", r'"\x7b{ ti.dag_id }} { \x7b% x\n"'), ("json", r'"\u007b{ ti.dag_id }} { \u007b% x\n"')],
)
def test_jinja_is_written_so_that_only_jinja_overlooks_it(output_format, written: str) -> None:
    value = "{{ ti.dag_id }} { {% x\n"
    text = dumps(
        load({"deployment": {"environment_variables": [{"key": "A", "value": value}]}}), output_format=output_format
    )
    assert written in text
    assert yaml.safe_load(text)["deployment"]["environment_variables"][0]["value"] == value


def test_a_secret_without_value_is_left_blank_to_fill_in() -> None:
    file = loads("deployment: {environment_variables: [{key: A, is_secret: true}]}", name="f")
    assert yaml.safe_load(dumps(file)) == {
        "deployment": {"environment_variables": [{"key": "A", "value": None, "is_secret": True}]}
    }
