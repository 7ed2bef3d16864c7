"""The fixtures for users' own tests, in pytest runs of their own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
PAGE = Path(__file__).parent.parent.parent / "docs" / "testing.md"


CODE = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture
def blocks(pytester):
    """The page's examples as test files; those that begin with a path belong to a project."""
    code = [text for text in CODE if not text.startswith("# ")]
    return [pytester.makepyfile(**{f"test_{number}": text}) for number, text in enumerate(code)]


def test_the_examples_of_the_docs_pass(pytester, blocks, monkeypatch):
    monkeypatch.setenv("ASTRO_ORGANIZATION_ID", "clreal")
    result = pytester.runpytest_subprocess("-q", "--strict-markers", "-W", "ignore", *blocks)
    result.assert_outcomes(passed=6)


def test_a_run_that_uses_no_fixture_pays_nothing(pytester, monkeypatch):
    pytester.makepyfile(
        """
        import sys

        def test_nothing_was_imported():
            ours = {name for name in sys.modules if name.startswith("astro_provider")}
            assert ours == {"astro_provider", "astro_provider.pytest_plugin"}
            assert not {"airflow", "requests", "starlette", "uvicorn", "yaml", "pydantic"} & set(sys.modules)
        """
    )
    # Only this plugin: others that are installed here import what they like.
    options = ["-p", "astro_provider.pytest_plugin"]
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=1)


def test_pytest_finds_the_fixtures_by_itself(pytester):
    listed = pytester.runpytest_subprocess("--fixtures", "-q")
    listed.stdout.fnmatch_lines(["astro_emulator*", "astro_connection*"], consecutive=False)


def test_a_failed_test_shows_the_faults_that_never_happened(pytester):
    pytester.makepyfile(
        """
        import requests

        def test_it(astro_emulator):
            astro_emulator.fault("DELETE", "/organizations/*/deployments/*", status=500)
            astro_emulator.fault("GET", "/users/self", status=500, times=100)
            requests.get(f"{astro_emulator.url}/users/self", timeout=10)
            raise ValueError("a failure of the test")
        """
    )
    result = pytester.runpytest_subprocess("-W", "ignore")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*emulator teardown*", "This fault never happened: DELETE /org*/deployments/*"])
    result.stdout.no_fnmatch_line("*never happened: GET*")
