"""The tutorials, typed as they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from astro_provider.emulator import Emulator

from .typed_pages import Reader

TUTORIALS = Path(__file__).parent.parent.parent / "docs" / "tutorials"
REPORT = ["dags/daily_report.py"]
#: Tutorial -> the Deployments at its end, each with the files that it runs and the number of its deploys.
ENDS = {
    "branch-deployments": {"branch-fix-x-75f5c71c": ([], 0)},
    "nightly-teardown": {"pr-keep-3": ([], 0), "pr-4": ([], 0), "team": ([], 0)},
    # The broken file and its removal are deploys of staging alone.
    "deploy-test-promote": {"staging": (REPORT, 3), "production": (REPORT, 1)},
}


@pytest.fixture
def astro():
    with Emulator(progress="immediately") as astro:
        yield astro


def test_every_tutorial_is_typed():
    assert {page.stem for page in TUTORIALS.glob("*.md")} - {"index"} == ENDS.keys()


@pytest.mark.parametrize("name", ENDS)
def test_a_tutorial_works_as_typed(airflow_db, forks, astro, tmp_path, name):
    Reader(astro, tmp_path, forks.folder).follow(TUTORIALS / f"{name}.md")
    deploys = [deploy["deploymentId"] for deploy in astro.store.all("deploy")]
    found = {d["name"]: (sorted(astro.dags(d["id"])), deploys.count(d["id"])) for d in astro.deployments}
    assert found == ENDS[name]
