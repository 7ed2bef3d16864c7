"""What tests of operators share."""

from __future__ import annotations

import pytest

from tests.unit.company import Company


@pytest.fixture
def company(astro):
    company = Company(astro)
    astro.clear_requests()
    return company
