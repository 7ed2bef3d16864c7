"""The page on Deployment files against the models and the published API document; its samples, really used."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from astro_provider.deployment_file import field_types, model
from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator, UpdateDeploymentFromFileOperator
from tests.api_document import document
from tests.builders.plan_inputs import DATA
from tests.unit.running import calls

PAGE = (Path(__file__).parent.parent.parent / "docs" / "deployment-file.md").read_text(encoding="utf-8")
#: Heading of a table -> the model whose keys it documents, and the schema that has their API fields.
TABLES = {
    "configuration": (model.Configuration, "CreateHybridDeploymentRequest CreateStandardDeploymentRequest"),
    "configuration.remote_execution": (model.FileRemoteExecution, "DeploymentRemoteExecutionRequest"),
    "environment_variables": (model.FileVariable, "DeploymentEnvironmentVariableRequest"),
    "worker_queues": (model.FileQueue, "HybridWorkerQueueRequest WorkerQueueRequest"),
    "metadata": (model.Metadata, "Deployment"),
    "hibernation_schedules": (model.FileSchedule, "DeploymentHibernationSchedule"),
}


def rows(heading: str) -> list[list[str]]:
    section = PAGE.split(f"### `{heading}`\n", 1)[1].split("\n### ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


@pytest.mark.parametrize("heading", TABLES)
def test_every_key_of_the_model_has_its_row_and_all_its_cells(heading: str) -> None:
    found = rows(heading)
    assert [row[0].strip("` ") for row in found] == list(TABLES[heading][0].model_fields)
    assert {len(row) for row in found} == {6}
    assert all(all(row) for row in found)


@pytest.mark.parametrize("heading", TABLES)
def test_every_api_field_is_one_of_the_document(heading: str) -> None:
    schemas = document()["components"]["schemas"]
    known = {field for name in TABLES[heading][1].split() for field in schemas[name]["properties"]}
    named = {field for row in rows(heading) for field in re.findall(r"`(\w+)[.`]", row[5])}
    assert named <= known


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("executor", field_types.Executor),
        ("scheduler_size", field_types.SchedulerSize),
        ("cloud_provider", field_types.Provider),
        ("deployment_type", field_types.Type),
    ],
)
def test_the_allowed_words_are_the_models(key: str, kind: Any) -> None:
    words = next(row for row in rows("configuration") if row[0].strip("`") == key)[2]
    assert set(re.findall(r"`([A-Z_]+)`", words)) == set(get_args(get_args(get_args(kind)[0])[0]))


def test_every_section_is_on_the_page() -> None:
    assert all(f"### `{name}`\n" in PAGE for name in model.DeploymentFile.model_fields)


SHARED = Path(os.environ.get("ASTRO_OPENAPI_SPEC", "/nowhere/x/y")).parent.parent / "samples"
SAMPLES = [DATA / "hosted.yaml", DATA / "hybrid.yaml", *sorted(SHARED.glob("*.yaml"))]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_complete_file_creates_and_updates(astro: Any, runner: Any, sample: Path) -> None:
    astro.take_unlisted = True  # a sample's runtime is chosen for how it reads, not to exist
    for name in set(re.findall(r"workspace_name: (.*)", sample.read_text())) - {"Development"}:
        astro.add_workspace(name)
    made = runner.run(
        CreateDeploymentFromTemplateOperator,
        template=str(sample),
        deployment_name="made",
        environment_variables={"API_TOKEN": "x"} if "API_TOKEN" in sample.read_text() else None,
    )
    astro.clear_requests()
    for name in ("made", "renamed"):
        runner.run(
            UpdateDeploymentFromFileOperator,
            deployment_file=str(sample),
            deployment_id=made,
            overrides={"configuration": {"name": name}},
        )
    assert [call.body["name"] for call in calls(astro, "POST")] == ["renamed"]
