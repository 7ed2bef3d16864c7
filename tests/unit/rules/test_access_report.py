"""The rows of an access report: where each role comes from, and what is worth a second look."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from astro_provider.models.api_tokens import ApiToken
from astro_provider.models.users import User
from astro_provider.rules.access_report import Limits, token_findings, user_findings

NOW = datetime(2026, 11, 1, tzinfo=timezone.utc)
LIMITS = Limits(NOW, timedelta(days=30), timedelta(days=90))


def days(number):
    return (NOW + timedelta(days=number)).isoformat()


def token(**fields):
    base = {"id": "cl1", "name": "ci", "scope": "WORKSPACE", "createdAt": days(-1), "endAt": days(100)}
    return ApiToken.model_validate({**base, **fields})


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, ()),
        ({"endAt": None}, ("never_expires",)),
        ({"endAt": days(0)}, ("expired",)),
        ({"endAt": days(30)}, ("expiring",)),
        ({"endAt": days(31)}, ()),
        ({"createdAt": days(-90)}, ("unused",)),
        ({"createdAt": days(-900), "lastUsedAt": days(-89)}, ()),
        ({"createdAt": days(-900), "lastUsedAt": days(-90), "endAt": days(-1)}, ("expired", "unused")),
    ],
)
def test_what_is_found_about_a_token(fields, found):
    assert token_findings(token(**fields), LIMITS) == found


@pytest.mark.parametrize(
    ("status", "found"),
    [("ACTIVE", ()), ("PENDING", ("pending",)), ("BANNED", ("banned",)), ("INACTIVE", ()), (None, ()), ("NEW", ())],
)
def test_what_is_found_about_a_user(status, found):
    assert user_findings(User(id="cl1", username="kim@example.com", status=status)) == found
