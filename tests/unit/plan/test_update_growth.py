"""Twice the queues is twice the work of a plan; counted in lines that run, not in seconds."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from astro_provider.plan import needs, plan_update
from tests.builders.plan_inputs import LOOKUPS, QUEUE, deployment, file


def names(size: int) -> list[str]:
    return ["default", *(f"q{number}" for number in range(size))]


def work(old: int, new: int) -> int:
    """Count the lines that run to plan an update from a number of queues to another."""
    existing = [QUEUE | {"id": f"id-{name}", "name": name} for name in names(old)]
    current = deployment(workerQueues=existing)
    given = file({"worker_queues": [{"name": name, "worker_type": "A5"} for name in names(new)]})
    count = 0

    def note(frame: object, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        needs(given, current)
        plan = plan_update(given, current, LOOKUPS)
    finally:
        sys.settrace(before)
    assert len(plan.changes) == abs(new - old)
    return count


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new"), [(0, 200), (200, 0), (200, 200)], ids=["added", "removed", "kept"])
def test_the_work_grows_no_faster_than_the_number_of_queues(old: int, new: int) -> None:
    work(1, 1)  # whatever is made once, is made here
    assert work(2 * old, 2 * new) <= 2.2 * work(old, new)
