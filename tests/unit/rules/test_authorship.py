"""Whether a Deployment was made by this token's own create."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from astro_provider.models.deployments import Deployment
from astro_provider.rules.authorship import is_made_by
from tests.builders.deployments import deployment

SINCE = datetime(2026, 11, 1, 12, tzinfo=timezone.utc)
OURS, OTHER = "cltoken0000000000000000us", "cltoken00000000000000them"


def made(at: datetime, creator: str | None) -> Deployment:
    created_by = {"id": creator} if creator else None
    return Deployment.model_validate(deployment(createdAt=at.isoformat(), createdBy=created_by))


@pytest.mark.parametrize(
    ("creator", "token_id", "ours"),
    [
        (OURS, OURS, True),
        (OTHER, OURS, False),
        # Where either of the two is not known, the time alone decides.
        (None, OURS, True),
        (OTHER, None, True),
        (None, None, True),
    ],
)
def test_where_both_are_known_the_creator_must_be_the_token(creator, token_id, ours):
    assert is_made_by(made(SINCE, creator), token_id=token_id, since=SINCE) is ours


@pytest.mark.parametrize("creator", [OURS, None])
def test_what_is_older_was_made_by_an_earlier_create(creator):
    older = made(SINCE - timedelta(microseconds=1), creator)
    assert not is_made_by(older, token_id=OURS, since=SINCE)
