"""Dates and times of the API."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from astro_provider.emulator.core.moments import instant, moment

NOON = datetime(2026, 11, 25, 12, 0, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("2026-11-25T12:00:00Z", 0),
        ("2026-11-25T12:00:00.5Z", 0.5),
        ("2026-11-25T12:00:00.123456789Z", 0.123456),
        ("2026-11-25T17:30:00+05:30", 0),
    ],
)
def test_whatever_clients_write_is_read(text, more):
    assert instant(text) == NOON + timedelta(seconds=more)


@pytest.mark.parametrize("text", ["tomorrow", "2026-11-25", "2026-11-25T12:00:00", ""])
def test_what_names_no_moment_is_an_error(text):
    with pytest.raises(ValueError, match=r".+"):
        instant(text)


def test_it_is_written_in_utc_and_milliseconds():
    assert moment(datetime(2026, 11, 25, 17, 30, 0, 1999, timezone(timedelta(hours=5.5)))) == "2026-11-25T12:00:00.001Z"
