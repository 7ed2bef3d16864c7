"""Five-part cron expressions."""

from __future__ import annotations

import pytest

from astro_provider.deployment_file.cron import problem


@pytest.mark.parametrize(
    "expression", ["0 20 * * *", "*/15 0-6 1,15 JAN-MAR mon-fri", "0 0 31 12 7", "5/10 * ? * SUN", " 0  0\t1 1 0 "]
)
def test_fits(expression: str) -> None:
    assert problem(expression) is None


@pytest.mark.parametrize(
    ("expression", "part"),
    [
        ("60 * * * *", "minute"),
        ("* 24 * * *", "hour"),
        ("* * 0 * *", "day of month"),
        ("* * * 13 *", "month"),
        ("* * * * 8", "day of week"),
        ("*/0 * * * *", "minute"),
        ("5-1 * * * *", "minute"),
        ("1, * * * *", "minute"),
        ("* * * FEBR *", "month"),
        ("\u0661 * * * *", "minute"),
        ("@daily", "5 parts"),
        ("* * * * * *", "6 parts"),
        ("", "0 parts"),
    ],
)
def test_does_not_fit(expression: str, part: str) -> None:
    assert part in (problem(expression) or "")
