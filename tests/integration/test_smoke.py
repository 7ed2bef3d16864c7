"""What has to hold on every Airflow that is supported: discovery, imports, the example."""

from __future__ import annotations

import json
from typing import Any

import pytest

from astro_provider import __version__


@pytest.fixture
def airflow(airflow_db, forks):
    """Run an ``airflow`` command; returns what it prints."""

    def airflow(*arguments: str) -> str:
        done = forks.run("airflow", *arguments)
        done.check_returncode()
        return done.stdout

    return airflow


def last_json(output: str) -> list[dict[str, Any]]:
    """The JSON list at the end of a command's output; some versions print log lines before it."""
    return json.loads(next(line for line in reversed(output.splitlines()) if line.startswith("[{")))


def test_airflow_finds_the_provider(airflow):
    listed = airflow("providers", "list", "--output", "json")
    (astro,) = [provider for provider in last_json(listed) if provider["package_name"] == "airflow-provider-astro"]
    assert astro["version"] == __version__
    (full,) = last_json(airflow("providers", "get", "airflow-provider-astro", "--full", "--output", "json"))
    assert "astro_provider.links.OpenInAstroLink" in full["extra-links"]


def test_airflow_finds_the_connection_type(airflow):
    hooks = airflow("providers", "hooks", "--output", "json")
    (astro,) = [hook for hook in last_json(hooks) if hook["connection_type"] == "astro"]
    assert astro["class"] == "astro_provider.hooks.astro.AstroHook"
    assert astro["hook_name"] == "Astro"


def test_the_example_runs(run_example):
    (run,) = run_example()
    assert (run["state"], run["deployments"], run["left"]) == ("success", 1, 0)
