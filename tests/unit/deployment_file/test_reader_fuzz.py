"""Whatever the reader is given, it reads it or raises the package's own error."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_provider.deployment_file import load, loads
from astro_provider.deployment_file.locate import decode
from astro_provider.deployment_file.model import Configuration, DeploymentFile, FileQueue, FileSchedule, FileVariable
from astro_provider.errors import DeploymentFileError
from tests.slow import examples

KEYS = [
    key
    for model in (Configuration, DeploymentFile, FileQueue, FileSchedule, FileVariable)
    for key in model.model_fields
]
NAMES = st.sampled_from([*KEYS, "deployment", "id", "astro_machine", "metadata", "x"])
PIECES = st.sampled_from(
    [
        *KEYS,
        "deployment",
        ":",
        ": ",
        "\n",
        "\n  ",
        "\n    ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "&a",
        "*a",
        "!",
        "!!str ",
        "'",
        '"',
        "\t",
        "#",
        "<<",
        "|",
        ">",
        "---",
        "...",
        "%",
        "?",
        ",",
        "0",
        "on",
        "~",
        "\\ud800",
        "\ud800",
        "\0",
        "é",
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["A5", "0.25", "1Gi", "0 2 * * *"])
)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)


@examples(4)
@given(st.lists(PIECES, max_size=40))
def test_pieces_of_yaml(pieces: list[str]) -> None:
    with contextlib.suppress(DeploymentFileError):
        loads("".join(pieces), name="f")


@examples(2)
@given(st.binary(max_size=200))
def test_bytes(data: bytes) -> None:
    with contextlib.suppress(DeploymentFileError):
        loads(decode(data, "f"), name="f")


@pytest.mark.slow
@examples(4)
@given(
    st.dictionaries(st.sampled_from(list(DeploymentFile.model_fields)), TREES, max_size=6),
    st.dictionaries(NAMES, TREES, max_size=3),
)
def test_dicts_and_overrides(tree: dict[str, object], overrides: dict[str, object]) -> None:
    with contextlib.suppress(DeploymentFileError):
        load({"deployment": tree}).overlay(name="x", environment_variables={"A": "b"}, overrides=overrides)
