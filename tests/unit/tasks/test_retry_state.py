"""Which try of a task this is, and what stays the same over all of them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from astro_provider.tasks.retry_state import RetryState, task_identity
from tests.unit.running import TaskInstance


def state(try_number: int, max_tries: int, retries: int) -> RetryState:
    ti = TaskInstance(try_number=try_number)
    ti.max_tries, ti.task = max_tries, SimpleNamespace(retries=retries)
    return RetryState({"ti": ti})


@pytest.mark.parametrize(
    ("try_number", "max_tries", "retries", "is_retry", "begins"),
    [
        (1, 2, 2, False, True),
        (2, 2, 2, True, False),
        (3, 4, 2, True, True),  # cleared by a person after the second try
        (4, 4, 2, True, False),
        (2, 1, 0, True, True),  # no retries at all: each further try is a person's
        (1, 0, 3, False, True),  # what ``dag.test()`` says
        (2, 0, 3, True, False),
    ],
)
def test_a_person_who_clears_the_task_begins_a_round_of_tries(try_number, max_tries, retries, is_retry, begins):
    found = state(try_number, max_tries, retries)
    assert (found.is_retry, found.begins_a_round) == (is_retry, begins)


def test_the_identity_is_the_same_at_each_try_and_names_the_own_deployment(monkeypatch):
    first = task_identity({"ti": TaskInstance(try_number=1)})
    assert task_identity({"ti": TaskInstance(try_number=5)}) == first
    assert tuple(first) == ("", "dag", "task", "run", -1)
    monkeypatch.setenv("ASTRO_DEPLOYMENT_ID", "cl1")
    assert task_identity({"ti": TaskInstance(map_index=3)}) == ("cl1", "dag", "task", "run", 3)
