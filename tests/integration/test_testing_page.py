"""The project that the page about testing shows, in a pytest run and an Airflow home of its own."""

from __future__ import annotations

import os
import re

import pytest

from .conftest import ROOT

pytest_plugins = ["pytester"]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "testing.md").read_text(), re.DOTALL)


def test_the_whole_dag_of_the_docs_passes(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in BLOCKS:
        if text.startswith("# "):  # the path of a file; the other examples are fragments
            path = pytester.path / text.splitlines()[0].removeprefix("# ")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
        monkeypatch.delenv(name)
    result = pytester.runpytest_subprocess("-q", "--strict-markers", "-W", "ignore", "tests")
    result.assert_outcomes(passed=2)
