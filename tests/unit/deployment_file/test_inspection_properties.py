"""Any Deployment of any type: what inspect writes, applied again, changes nothing; its template makes its equal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_provider.deployment_file import inspect, loads
from astro_provider.emulator import Emulator
from astro_provider.emulator.resources.deployments.documents import new_deployment, shown
from astro_provider.emulator.resources.deployments.rules import read_create
from astro_provider.models.clusters import Cluster
from astro_provider.models.deployments import Deployment
from astro_provider.plan import Lookups, plan_create, plan_update
from tests.api_document import assert_fits, document
from tests.builders import any_deployment as strategies
from tests.builders.any_deployment import any_deployment
from tests.builders.plan_inputs import CLUSTER, LOOKUPS
from tests.slow import examples

FORMATS = st.sampled_from(["yaml", "json"])
URL = "https://cloud.astronomer.io/ws-1/deployments/dep-1"


@pytest.fixture(scope="module")
def astro() -> Iterator[Emulator]:
    """An emulator that is not started: it only says where the addresses lead to."""
    astro = Emulator(8899)
    yield astro
    astro.stop()


def cluster_of(kind: str) -> Cluster | None:
    return None if kind == "STANDARD" else CLUSTER.model_copy(update={"type": kind})


def lookups(kind: str) -> Lookups:
    return replace(LOOKUPS, cluster=cluster_of(kind))


def inspected(answer: dict[str, Any], output_format: Any, *, template: bool = False) -> str:
    live = Deployment.model_validate(answer)
    return inspect(live, cluster_of(answer["type"]), url=URL, template=template, output_format=output_format)


@examples(2)
@given(any_deployment(), FORMATS)
def test_inspect_then_update_changes_nothing(answer: dict[str, Any], output_format: Any) -> None:
    file = loads(inspected(answer, output_format), name="inspected")
    plan = plan_update(file, Deployment.model_validate(answer), lookups(answer["type"]), unlisted="fail")
    assert plan.describe() == []
    assert plan.notes == ()
    assert_fits(plan.body, "Update")


@examples(2)
@given(any_deployment(complete=True), FORMATS)
def test_a_template_creates_the_equal_of_what_it_was_made_from(
    astro: Emulator, answer: dict[str, Any], output_format: Any
) -> None:
    template = inspected(answer, output_format, template=True)
    secrets = {item["key"]: "s3cret" for item in answer["environmentVariables"] if item["isSecret"]}
    file = loads(template, name="template").overlay(name="copy", environment_variables=secrets)
    plan = plan_create(file, lookups(answer["type"]))
    assert [note for note in plan.notes if "may not be available for STANDARD Deployments" not in note] == []
    assert_fits(plan.body, "Create")
    assert inspected(created(astro, plan.body, answer["type"]), output_format, template=True) == template


def created(astro: Emulator, body: dict[str, Any], kind: str) -> dict[str, Any]:
    """Make it in the emulator, as its POST does."""
    found = cluster_of(kind)
    home = {"id": "ws-1", "name": "Development", "cicdEnforcedDefault": False}
    cluster = found.model_dump(by_alias=True) if found else None
    stored = new_deployment(read_create(body, take_unlisted=True), home, cluster, {"id": "cltoken"})
    return {**shown(stored, astro), "status": "CREATING"}


def test_every_field_of_the_document_is_generated_or_named_as_read_only() -> None:
    properties = set(document()["components"]["schemas"]["Deployment"]["properties"])
    source = Path(strategies.__file__).read_text(encoding="utf-8")
    assert {name for name in properties if f'"{name}"' not in source and f"{name}=" not in source} == set()
