"""What a task does with something that has the name already."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from astro_provider.models.deployments import Deployment
from astro_provider.rules.existing import Action, OwnCreates, decide
from tests.builders.deployments import least_deployment

RUN_STARTED = datetime(2026, 11, 1, 12, tzinfo=timezone.utc)
SOON, BEFORE = RUN_STARTED + timedelta(seconds=9), RUN_STARTED - timedelta(seconds=1)
US, THEM = "cltoken0000000000000000us", "cltoken00000000000000them"


def existing(at: datetime, creator: str | None) -> Deployment:
    created_by = {"createdBy": {"id": creator}} if creator else {}
    return Deployment.model_validate(least_deployment(createdAt=at.isoformat(), **created_by))


ID = existing(SOON, US).id
FIRST_TRY = OwnCreates(token_id=US)
RETRY = OwnCreates(since=RUN_STARTED, token_id=US)


@pytest.mark.parametrize("if_exists", ["fail", "reuse", "update", "skip"])
@pytest.mark.parametrize(
    ("at", "creator", "own", "is_own"),
    [
        (SOON, US, FIRST_TRY, False),
        (SOON, US, RETRY, True),
        (SOON, THEM, RETRY, False),
        (SOON, None, RETRY, True),
        (SOON, THEM, OwnCreates(since=RUN_STARTED), True),
        (BEFORE, US, RETRY, False),
        (BEFORE, THEM, OwnCreates(created_id=ID, since=RUN_STARTED, token_id=US), True),
        (SOON, THEM, OwnCreates(created_id="clanother", since=RUN_STARTED, token_id=US), False),
    ],
)
def test_only_its_own_is_gone_on_with_and_else_the_author_decides(at, creator, own, is_own, if_exists):
    assert decide(existing(at, creator), own, if_exists=if_exists) is (Action.CONTINUE if is_own else Action(if_exists))
