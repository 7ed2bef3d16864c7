"""Values that are nearly right, and what the error offers instead."""

from __future__ import annotations

import pytest

from astro_provider.deployment_file import load
from astro_provider.errors import DeploymentFileError


@pytest.mark.parametrize(
    ("written", "offered"),
    [
        ("0.5gi", "; did you mean '0.5Gi'?"),
        ("10 GB", "; did you mean '10Gi'?"),
        ("512mb", "; did you mean '512Mi'?"),
        ("512M", "; did you mean '512Mi'?"),
        ("2", ""),
        ("two", ""),
        ("1.0.0Gi", ""),
    ],
)
def test_an_amount_of_memory_in_another_unit_is_told_the_nearest_one(written: str, offered: str) -> None:
    with pytest.raises(DeploymentFileError) as caught:
        load({"deployment": {"configuration": {"default_task_pod_memory": written}}})
    assert str(caught.value).endswith(f"must be an amount such as 0.5Gi, not {written!r}{offered}")


def test_an_amount_of_cpu_in_another_case_is_told_the_right_one() -> None:
    with pytest.raises(DeploymentFileError, match="did you mean '500m'"):
        load({"deployment": {"configuration": {"default_task_pod_cpu": "500M"}}})


@pytest.mark.parametrize("value", [True, 1.5])
def test_a_value_that_has_no_certain_text_is_told_to_be_quoted(value: object) -> None:
    with pytest.raises(DeploymentFileError, match=r"must be text, not a (boolean|number) \(quote it\)"):
        load({"deployment": {"configuration": {"name": value}}})
