"""What a file says, and what its silence says."""

from __future__ import annotations

import pytest

from astro_provider.deployment_file import dumps, load, loads

SILENT = "{hibernate_at: 0 20 * * *, wake_at: 0 6 * * *, description: nights}"
NULL = "{hibernate_at: 0 21 * * *, wake_at: 0 7 * * *, enabled: }"
ON = "{hibernate_at: 0 22 * * *, wake_at: 0 8 * * *, enabled: true}"
OFF = "{hibernate_at: 0 23 * * *, wake_at: 0 9 * * *, enabled: false}"


def schedules(*entries: str) -> str:
    return "deployment:\n  hibernation_schedules:\n" + "".join(f"  - {entry}\n" for entry in entries)


def test_a_schedule_is_off_unless_it_says_that_it_is_on() -> None:
    file = loads(schedules(SILENT, NULL, ON, OFF), name="f")
    assert [schedule.enabled for schedule in file.hibernation_schedules] == [False, False, True, False]


def test_one_warning_names_the_schedules_that_are_off_without_a_word() -> None:
    (warning,) = loads(schedules(SILENT, NULL, ON, OFF), name="f").warnings
    assert "'0 20 * * *' to '0 6 * * *', deployment.hibernation_schedules[0] (f, line 3)" in warning
    assert "'0 21 * * *' to '0 7 * * *', deployment.hibernation_schedules[1] (f, line 4)" in warning
    assert "0 22" not in warning
    assert "0 23" not in warning


@pytest.mark.parametrize("entries", [(), (ON,), (OFF,), (ON, OFF)])
def test_schedules_that_say_it_need_no_warning(entries: tuple[str, ...]) -> None:
    assert loads(schedules(*entries) if entries else "deployment: {}", name="f").warnings == ()


def test_overrides_that_replace_the_schedules_answer_for_them_alone() -> None:
    file = loads(schedules(SILENT), name="f")
    said = {"hibernate_at": "0 1 * * *", "wake_at": "0 2 * * *"}
    (warning,) = file.overlay(overrides={"hibernation_schedules": [said]}).warnings
    assert "0 1 * * *" in warning
    assert "(overrides)" in warning
    assert "0 20" not in warning
    assert file.overlay(overrides={"hibernation_schedules": [{**said, "enabled": True}]}).warnings == ()
    assert file.overlay(overrides={"hibernation_schedules": None}).warnings == ()


@pytest.mark.parametrize("output_format", ["yaml", "json"])
def test_the_key_is_always_written(output_format: str) -> None:
    written = dumps(loads(schedules(SILENT), name="f"), output_format=output_format)
    assert '"enabled": false' in written or "enabled: false" in written
    assert loads(written, name="g").warnings == ()


@pytest.mark.parametrize("written", [10, 10.0, "10", "10.0", "+10", " 10 "])
def test_a_whole_number_may_have_a_fraction_of_zero(written: object) -> None:
    file = load({"deployment": {"worker_queues": [{"name": "default", "max_worker_count": written}]}})
    assert file.worker_queues[0].max_worker_count == 10
