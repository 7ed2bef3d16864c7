"""For any file of any type: the bodies fit the API document, and applying a file twice changes nothing."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_provider.deployment_file import dumps, load, loads
from astro_provider.errors import PlanError
from astro_provider.models.deployments import Deployment
from astro_provider.plan import Lookups, plan_create, plan_update
from tests.api_document import assert_fits, document
from tests.builders.deployments import deployment
from tests.builders.plan_inputs import CLUSTER, LOOKUPS
from tests.slow import examples

WORDS = st.text(alphabet="abcXYZ 019-é", min_size=1, max_size=12).filter(lambda text: text.strip() == text)
SWITCHES = st.booleans()
PAIR = st.sampled_from([("0.25", "0.5Gi"), ("1", "2Gi"), ("500m", "1024Mi")])
QUOTA = st.sampled_from([("10", "20Gi"), ("20", "40Gi")])


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def queues(worker_types: list[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    rest = some(
        max_worker_count=st.integers(10, 30), min_worker_count=st.integers(0, 5), worker_concurrency=st.integers(1, 15)
    )
    kind = st.sampled_from(worker_types)
    default = st.builds(lambda worker_type, more: {"name": "default", "worker_type": worker_type} | more, kind, rest)
    other = st.builds(lambda worker_type, more: {"name": "other", "worker_type": worker_type} | more, kind, rest)
    return st.tuples(default).map(list) | st.tuples(other, default).map(list)


VARIABLES = st.dictionaries(st.sampled_from(["A", "B", "C"]), st.tuples(WORDS, SWITCHES)).map(
    lambda items: [{"key": key, "value": value, "is_secret": secret} for key, (value, secret) in items.items()]
)
SCHEDULES = st.lists(
    st.builds(
        lambda hour, more: {"hibernate_at": f"0 {hour} * * *", "wake_at": "0 6 * * *"} | more,
        st.integers(18, 23),
        some(description=WORDS, enabled=SWITCHES),
    ),
    max_size=3,
)
SHARED = some(
    description=WORDS, dag_deploy_enabled=SWITCHES, ci_cd_enforcement=SWITCHES, workload_identity=WORDS,
    runtime_version=st.just("3.1-2"),
)  # fmt: skip
HOSTED = some(
    scheduler_size=st.sampled_from(["SMALL", "large"]), is_high_availability=SWITCHES, is_development_mode=SWITCHES,
    pod=PAIR, quota=QUOTA,
)  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["STANDARD", "DEDICATED", "HYBRID"]))
    executor = draw(
        st.sampled_from(["CELERY", "KUBERNETES"] if kind == "HYBRID" else ["CELERY", "KUBERNETES", "ASTRO"])
    )
    config = {"name": draw(WORDS), "deployment_type": kind, "executor": executor} | draw(SHARED)
    sections = draw(some(environment_variables=VARIABLES, alert_emails=st.just(["b@example.com", "a@example.com"])))
    if kind == "HYBRID":
        config |= draw(some(default_worker_type=st.just("e2-standard-4")))
        config |= {"scheduler_au": draw(st.integers(5, 24)), "scheduler_count": draw(st.integers(1, 4))}
    else:
        config |= draw(HOSTED)
        config["default_task_pod_cpu"], config["default_task_pod_memory"] = config.pop("pod", ("0.25", "0.5Gi"))
        config["resource_quota_cpu"], config["resource_quota_memory"] = config.pop("quota", ("10", "20Gi"))
        sections |= draw(some(hibernation_schedules=SCHEDULES))
    if executor != "KUBERNETES":
        worker_types = ["e2-standard-4", "e2-standard-16"] if kind == "HYBRID" else ["A5", "a10"]
        sections["worker_queues"] = draw(queues(worker_types))
    return {"deployment": {"configuration": config, **sections}}


def lookups(tree: dict[str, Any]) -> Lookups:
    kind = tree["deployment"]["configuration"]["deployment_type"]
    return LOOKUPS if kind == "STANDARD" else replace(LOOKUPS, cluster=CLUSTER.model_copy(update={"type": kind}))


def made_of(body: dict[str, Any]) -> Deployment:
    """Answer as Astro does to a create: ids and defaults filled in, secrets left out."""
    scheduler = body.get("scheduler", {})
    shown = {
        "schedulerSize": "SMALL",
        "isHighAvailability": False,
        **body,
        "effectiveWorkloadIdentity": body.get("workloadIdentity", "platform"),
        "schedulerAu": scheduler.get("au"),
        "schedulerReplicas": scheduler.get("replicas"),
        "environmentVariables": [
            {name: value for name, value in item.items() if name != "value" or not item["isSecret"]}
            for item in body.get("environmentVariables", [])
        ],
        "workerQueues": [queue | {"id": f"id-{queue['name']}"} for queue in body.get("workerQueues", [])],
    }
    return Deployment.model_validate(deployment(**shown))


def without_secrets(tree: dict[str, Any]) -> dict[str, Any]:
    sections = dict(tree["deployment"])
    if "environment_variables" in sections:
        sections["environment_variables"] = [
            item | ({"value": ""} if item["is_secret"] else {}) for item in sections["environment_variables"]
        ]
    return {"deployment": sections}


@examples(1.5)
@given(documents())
def test_applying_a_file_twice_changes_nothing(tree: dict[str, Any]) -> None:
    created = plan_create(load(tree), lookups(tree))
    assert_fits(created.body, "Create")
    current = made_of(created.body)
    again = plan_update(load(without_secrets(tree)), current, lookups(tree))
    assert again.describe() == []
    assert_fits(again.body, "Update")


@given(documents(), st.sampled_from(["yaml", "json"]))
def test_any_file_reads_back_as_it_was_written(tree: dict[str, Any], output_format: Any) -> None:
    file = load(tree)
    assert loads(dumps(file, output_format=output_format), name="f").model_dump() == file.model_dump()


@given(documents(), documents())
def test_any_file_over_any_deployment_is_planned_or_refused_in_words(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    current = made_of(plan_create(load(one), lookups(one)).body)
    with contextlib.suppress(PlanError):
        plan = plan_update(load(without_secrets(other)), current, lookups(one))
        assert_fits(plan.body, "Update")
        assert plan.is_empty == (plan.describe() == [])


@pytest.fixture(autouse=True, scope="module")
def _skip_without_the_document() -> None:
    document()
