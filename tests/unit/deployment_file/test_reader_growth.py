"""Twice the file is twice the work of the reader, whatever the file looks like; counted in calls, not in seconds."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable

import pytest

from astro_provider.deployment_file import loads
from astro_provider.errors import DeploymentFileError
from tests.slow import mostly_slow

ESCAPED = r"\ud83d\ude00"
TOP = "deployment:\n    configuration:\n        name: x\n"


def entries(section: str, entry: str, each: int) -> Callable[[int], str]:
    return lambda size: f"{TOP}    {section}:\n" + "".join(entry.format(n) for n in range(size // each))


SHAPES: dict[str, Callable[[int], str]] = {
    "variables": entries("environment_variables", "        - {{key: K{}, value: v}}\n", 30),
    "the same variable": entries("environment_variables", "        - {{key: K, value: v}}\n", 30),
    "queues": entries("worker_queues", "        - {{name: q{}, worker_type: a5}}\n", 35),
    "queues with typos": entries("worker_queues", "        - {{nam: q{}, workr_type: a5}}\n", 35),
    "emails": entries("alert_emails", "        - a{}@b.c\n", 18),
    "bad emails": entries("alert_emails", "        - a{}\n", 14),
    "unknown keys": lambda size: TOP + "".join(f"        key{n}: 1\n" for n in range(size // 16)),
    "unknown sections": lambda size: TOP + "".join(f"    key{n}: {{a: b}}\n" for n in range(size // 18)),
    "aliases": lambda size: f"x: &a [{'1,' * 100}]\ndeployment:\n  a: [{'*a,' * (size // 3)}]\n",
    "anchors": lambda size: TOP + "".join(f"    k{n}: &a{n} 1\n" for n in range(size // 16)),
    "a long text": lambda size: f"{TOP}        description: {'a ' * (size // 2)}\n",
    "a long cron": lambda size: f"{TOP}    hibernation_schedules: [{{wake_at: '{'1,' * (size // 2)}1 * * * *'}}]\n",
    "escapes in JSON": lambda size: f'{{"deployment": {{"configuration": {{"name": "{ESCAPED * (size // 12)}"}}}}}}',
    "nesting": lambda size: "[" * size,
}


def calls(text: str) -> int:
    """Count the Python and C functions that reading a text calls."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        with contextlib.suppress(DeploymentFileError):
            loads(text, name="f")
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("shape", mostly_slow(SHAPES))
def test_the_work_grows_no_faster_than_the_file(shape: str) -> None:
    make = SHAPES[shape]
    calls(make(1_000))  # whatever is made once, is made here
    assert calls(make(20_000)) <= 2.2 * calls(make(10_000)) + 500
