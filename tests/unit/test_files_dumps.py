"""Writing Deployment files: what is written reads back the same."""

from __future__ import annotations

import pytest
import yaml

from astro_provider.files import dumps, load, loads
from tests.unit.plan_samples import DATA


@pytest.mark.parametrize("output_format", ["yaml", "json"])
@pytest.mark.parametrize("name", ["hosted.yaml", "hybrid.yaml"])
def test_round_trip(name: str, output_format) -> None:
    file = load(DATA / name)
    assert loads(dumps(file, output_format=output_format), name="f").model_dump() == file.model_dump()


def test_text_is_written_so_that_any_yaml_reader_takes_it_for_text() -> None:
    file = loads("deployment: {environment_variables: [{key: A, value: on}, {key: B, value: 010}]}", name="f")
    written = yaml.safe_load(dumps(file))
    assert [item["value"] for item in written["deployment"]["environment_variables"]] == ["on", "010"]


def test_a_secret_without_value_is_left_blank_to_fill_in() -> None:
    file = loads("deployment: {environment_variables: [{key: A, is_secret: true}]}", name="f")
    assert yaml.safe_load(dumps(file)) == {
        "deployment": {"environment_variables": [{"key": "A", "value": None, "is_secret": True}]}
    }
