"""What the file states is sent or refused; what it leaves open is fitted to it, and the plan says so."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from astro_provider.errors import PlanError
from astro_provider.plan import Lookups, plan_create
from tests.api_document import assert_fits
from tests.builders.deployment_options import span
from tests.builders.plan_inputs import (
    HOSTED_FILE,
    HYBRID_FILE,
    LOOKUPS,
    ON_CLUSTER,
    OPTIONS,
    QUEUE,
    deployment,
    file,
    lines,
    queue,
    update,
)

COUNTS = ("minWorkerCount", "maxWorkerCount", "workerConcurrency")


def offering(lookups: Lookups = LOOKUPS, **ranges: dict[str, int]) -> Lookups:
    """Look-ups whose options have other limits of workers."""
    limits = OPTIONS.worker_queues.model_copy(
        update={name: type(OPTIONS.worker_queues.max_workers).model_validate(limits) for name, limits in ranges.items()}
    )
    return replace(lookups, options=OPTIONS.model_copy(update={"worker_queues": limits}))


MINIMUM_OF_5 = {"min_workers": span(0, 5, 20)}


def created(stated: dict[str, int], lookups: Lookups, configuration: Any = HOSTED_FILE, machine: str = "A5") -> Any:
    plan = plan_create(file({"worker_queues": [queue("default", machine, **stated)]}, **configuration), lookups)
    assert_fits(plan.body, "Create")
    (sent,) = plan.body["workerQueues"]
    return tuple(sent[name] for name in COUNTS), plan.notes


@pytest.mark.parametrize(
    ("stated", "counts", "note"),
    [
        (
            {"max_worker_count": 3},
            (3, 3, 5),
            "min_worker_count .*3 is sent instead of Astro's default 5, because max_worker_count is 3",
        ),
        ({"max_worker_count": 4, "worker_concurrency": 2}, (4, 4, 2), "min_worker_count .*is missing; 4 is sent"),
        ({"min_worker_count": 15}, (15, 15, 5), "max_worker_count .*15 is sent instead of Astro's default 10"),
    ],
)
def test_a_default_is_fitted_to_what_the_file_says_and_the_plan_says_so(stated, counts, note) -> None:
    sent, notes = created(stated, offering(**MINIMUM_OF_5))
    assert sent == counts
    assert len(notes) == 1
    assert re.search(note, notes[0])
    assert "worker_queues[0]" in notes[0]


@pytest.mark.parametrize("stated", [{}, {"max_worker_count": 5}, {"min_worker_count": 10}, {"min_worker_count": 0}])
def test_a_default_that_fits_is_sent_without_a_note(stated) -> None:
    sent, notes = created(stated, offering(**MINIMUM_OF_5))
    assert sent == (stated.get("min_worker_count", 5), stated.get("max_worker_count", 10), 5)
    assert notes == ()


def test_a_default_is_fitted_for_hybrid_queues_too() -> None:
    lookups = offering(ON_CLUSTER, **MINIMUM_OF_5)
    assert created({"max_worker_count": 3}, lookups, HYBRID_FILE, "e2-standard-4")[0] == (3, 3, 16)


def test_defaults_that_do_not_fit_each_other_are_fitted() -> None:
    assert created({}, offering(min_workers=span(0, 12, 20)))[0] == (10, 10, 5)


@pytest.mark.parametrize(
    ("stated", "ranges", "problem"),
    [
        (
            {"max_worker_count": 3},
            {"min_workers": span(5, 5, 20)},
            "max_worker_count .*3 is less than min.*5, the least",
        ),
        (
            {"min_worker_count": 20},
            {"max_workers": span(1, 10, 15)},
            "min_worker_count .*20 is more than max_worker_count, 15, the most that Astro allows",
        ),
        ({"min_worker_count": 40}, {}, "min_worker_count .*must be between 0 and 20, not 40"),
        ({"min_worker_count": 5, "max_worker_count": 4}, {}, r"min_worker_count .*5 is more than max_worker_count, 4$"),
    ],
)
def test_what_the_limits_do_not_allow_is_refused_at_the_key_that_the_file_has(stated, ranges, problem) -> None:
    with pytest.raises(PlanError, match=problem):
        created(stated, offering(**ranges))


def changed(stated: dict[str, Any], **present: Any) -> Any:
    plan = update(file({"worker_queues": [{"name": "default", **stated}]}), deployment(workerQueues=[QUEUE | present]))
    return lines(plan), plan.notes


def test_what_a_queue_has_now_is_fitted_to_what_the_file_says_and_shown_in_the_plan() -> None:
    found, notes = changed({"max_worker_count": 3}, minWorkerCount=5)
    assert found == [
        "~ worker_queues.default.min_worker_count 5 -> 3",
        "~ worker_queues.default.max_worker_count 10 -> 3",
    ]
    assert "min_worker_count" in notes[0]
    assert "3 is sent instead of the present 5, because max_worker_count is 3" in notes[0]
    assert changed({"min_worker_count": 12})[0] == [
        "~ worker_queues.default.min_worker_count 0 -> 12",
        "~ worker_queues.default.max_worker_count 10 -> 12",
    ]


def test_concurrency_is_fitted_to_another_machine_and_to_no_other_change() -> None:
    found, notes = changed({"worker_type": "A5"}, astroMachine="A10", workerConcurrency=30)
    assert found == [
        "~ worker_queues.default.worker_type A10 -> A5",
        "~ worker_queues.default.worker_concurrency 30 -> 15",
    ]
    assert "15 is sent instead of the present 30, because the worker type allows 1 to 15" in notes[0]
    assert changed({"max_worker_count": 11}, workerConcurrency=99)[0] == [
        "~ worker_queues.default.max_worker_count 10 -> 11"
    ]
