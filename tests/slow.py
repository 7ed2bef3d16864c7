"""How much of a large table, and how many examples of a property, ``make unit`` leaves to ``make test``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings


def mostly_slow(values: Iterable[Any], *, quick: int = 1) -> list[Any]:
    """Return the values of a parameter: the first ones as they are, the others marked ``slow``.

    :param values: All values.
    :param quick: How many of them ``make unit`` runs.
    """
    return [
        value if number < quick else pytest.param(value, marks=pytest.mark.slow) for number, value in enumerate(values)
    ]


def examples(times: float) -> settings:
    """Return how many examples a property is tried with: so many times the number of the profile that is loaded."""
    return settings(max_examples=int(times * settings().max_examples))
