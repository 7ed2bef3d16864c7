"""Which tokens a renewal keeps, creates, renews, retires and deletes."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta, timezone

import pytest

from astro_provider.errors import AmbiguousNameError, GuardError
from astro_provider.models.access import Place
from astro_provider.models.api_tokens import ApiToken
from astro_provider.rules.token_marks import TokenMark, TokenState
from astro_provider.rules.token_renewal import Policy, plan_renewal
from tests.builders.api_tokens import WORKSPACE_ID, api_token

NOW = datetime(2026, 11, 26, tzinfo=timezone.utc)
KEY, OTHER = "0123456789abcdef", "fedcba9876543210"
NEW, HANDING_OVER, IN_USE, RETIRED = TokenState
POLICY = Policy(
    token_name="ci",
    role="workspace_author",
    place=Place("WORKSPACE", WORKSPACE_ID),
    key=KEY,
    renew_before=timedelta(days=14),
    retire_after=timedelta(days=8),
)


def token(
    token_id: str,
    state: TokenState | None = None,
    *,
    left: float | None = 60,
    age: float = 30,
    used: float | None = None,
    retired: float = 1,
    key: str = KEY,
    **fields: object,
) -> ApiToken:
    """A token; times in days from now."""
    if state is not None:
        retired_at = NOW - timedelta(days=retired) if state is RETIRED else None
        fields["description"] = TokenMark(key, state, retired_at).written_after("for the nightly load")
    ends = {} if left is None else {"endAt": (NOW + timedelta(days=left)).isoformat()}
    last = {} if used is None else {"lastUsedAt": (NOW - timedelta(days=used)).isoformat()}
    created = {"createdAt": (NOW - timedelta(days=age)).isoformat()}
    return ApiToken.model_validate(api_token(id=token_id, **ends, **last, **created, **fields))


def planned(*tokens: ApiToken, **changes: object) -> tuple[object, ...]:
    """What is decided: step, token in use, discarded, retired, deleted."""
    plan = plan_renewal(tokens, dataclasses.replace(POLICY, **changes), now=NOW)
    ids = [[each.token.id for each in endings] for endings in (plan.discard, plan.retire, plan.delete)]
    assert plan.reason
    return (plan.step, plan.current and plan.current.id, *ids)


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ([], ("create", None, [], [], [])),
        ([token("a", IN_USE)], ("keep", "a", [], [], [])),
        ([token("a", IN_USE, left=14.01)], ("keep", "a", [], [], [])),
        ([token("a", IN_USE, left=14)], ("renew", "a", [], ["a"], [])),
        ([token("a", IN_USE, left=-1)], ("renew", "a", [], [], ["a"])),
        ([token("a", IN_USE, left=None)], ("keep", "a", [], [], [])),
        # somebody else's: used, renewed, never touched
        ([token("a")], ("keep", "a", [], [], [])),
        ([token("a", left=3)], ("renew", "a", [], [], [])),
        ([token("a", left=-3)], ("renew", "a", [], [], [])),
        ([token("a", left=None)], ("keep", "a", [], [], [])),
        ([token("a", IN_USE, key=OTHER, left=3)], ("renew", "a", [], [], [])),
        ([token("a", NEW, key=OTHER)], ("create", None, [], [], [])),
        ([token("a", RETIRED, key=OTHER, retired=99)], ("create", None, [], [], [])),
        ([token("a", name="other")], ("create", None, [], [], [])),
        # several of one name
        ([token("a", left=3), token("b", IN_USE)], ("keep", "b", [], [], [])),
        ([token("a"), token("b", IN_USE, left=-1)], ("keep", "a", [], [], ["b"])),
        ([token("a", left=-1), token("b")], ("keep", "b", [], [], [])),
        ([token("a", IN_USE, age=9), token("b", IN_USE, age=3)], ("keep", "b", [], ["a"], [])),
        ([token("a", IN_USE, age=3, left=-1), token("b", IN_USE, age=9)], ("keep", "b", [], [], ["a"])),
        ([token("a", IN_USE, age=9, left=3), token("b", IN_USE, left=2, age=3)], ("renew", "b", [], ["a", "b"], [])),
        # what a crash left behind
        ([token("a", NEW)], ("create", None, ["a"], [], [])),
        ([token("a", IN_USE, left=3), token("b", NEW, age=0)], ("renew", "a", ["b"], ["a"], [])),
        ([token("a", HANDING_OVER)], ("create", None, [], ["a"], [])),
        ([token("a", IN_USE, left=3), token("b", HANDING_OVER, age=0)], ("renew", "a", [], ["a", "b"], [])),
        ([token("a", IN_USE), token("b", HANDING_OVER, age=0)], ("renew", "a", [], ["a", "b"], [])),
        ([token("a", IN_USE, age=0), token("b", HANDING_OVER, age=1)], ("keep", "a", [], ["b"], [])),
        ([token("a", age=0), token("b", HANDING_OVER, age=1)], ("renew", "a", [], ["b"], [])),
        ([token("a", left=None), token("b", HANDING_OVER, age=1)], ("keep", "a", [], [], [])),
        ([token("a", IN_USE, age=0), token("b", HANDING_OVER, age=1, left=-1)], ("keep", "a", [], [], ["b"])),
        # retired ones
        ([token("a", IN_USE), token("b", RETIRED, retired=7.9)], ("keep", "a", [], [], [])),
        ([token("a", IN_USE), token("b", RETIRED, retired=8)], ("keep", "a", [], [], ["b"])),
        ([token("a", IN_USE), token("b", RETIRED, retired=8, used=20)], ("keep", "a", [], [], ["b"])),
        ([token("a", IN_USE), token("b", RETIRED, retired=1, used=20)], ("keep", "a", [], [], [])),
        ([token("a", IN_USE), token("b", RETIRED, retired=9, used=7)], ("keep", "a", [], [], [])),
        ([token("a", IN_USE), token("b", RETIRED, retired=1, left=-1)], ("keep", "a", [], [], ["b"])),
        ([token("b", RETIRED, retired=8, name="ci (retired 2026-11-18)")], ("create", None, [], [], ["b"])),
        # the wrong place
        ([token("a", roles=[{"entityType": "WORKSPACE", "entityId": "x", "role": "R"}])], ("create", None, [], [], [])),
        ([token("a", scope="ORGANIZATION")], ("create", None, [], [], [])),
        ([token("a", NEW, scope="DEPLOYMENT")], ("create", None, [], [], [])),
    ],
)
def test_what_is_done_follows_from_what_is_there(tokens, expected):
    assert planned(*tokens) == expected
    assert planned(*reversed(tokens))[:2] == expected[:2]


def test_the_task_s_own_token_is_never_deleted():
    tokens = [token("a", IN_USE), token("b", RETIRED, retired=99), token("c", NEW)]
    assert planned(*tokens, own_id="b")[2:] == (["c"], [], [])
    assert planned(*tokens, own_id="c")[2:] == ([], [], ["b"])


@pytest.mark.parametrize("state", [None, IN_USE])
@pytest.mark.parametrize("left", [60, 3, -1, None])
def test_another_role_is_refused(state, left):
    with pytest.raises(GuardError) as refused:
        planned(token("a", state, left=left), role="WORKSPACE_OWNER")
    assert str(refused.value).endswith(
        "has the role WORKSPACE_AUTHOR, but the task has role='WORKSPACE_OWNER'. A renewal does not change roles: give "
        "the token the role 'WORKSPACE_OWNER' first, or set role to 'WORKSPACE_AUTHOR'."
    )


def test_several_of_one_name_that_are_not_the_task_s_are_ambiguous():
    with pytest.raises(AmbiguousNameError, match=r"2 API tokens are named 'ci': a \(expires .*\), b \(never expires\)"):
        planned(token("a"), token("b", left=None))


@pytest.mark.parametrize(
    ("tokens", "sentence"),
    [
        ([token("a", IN_USE, left=3.5)], "expires at 2026-11-29 12:00 UTC, in 3 d 12 h."),
        ([token("a", IN_USE, left=-1)], "expired at 2026-11-25 00:00 UTC."),
        ([token("a", IN_USE)], "in 60 d 0 h; it is kept until 2027-01-11 00:00 UTC."),
        ([token("a", left=None)], "never expires, so it is kept."),
        ([], "There is no API token 'ci' yet."),
        ([token("a", IN_USE), token("b", HANDING_OVER, age=0)], "a hand-over was interrupted."),
    ],
)
def test_the_reason_is_given_in_words(tokens, sentence):
    assert sentence in plan_renewal(tokens, POLICY, now=NOW).reason


@pytest.mark.parametrize(
    ("tokens", "sentence"),
    [
        ([token("a", left=3)], "was not created by this task, so this task does not retire or delete it"),
        ([token("a"), token("b", IN_USE)], "was not created by this task"),
        ([token("a", IN_USE), token("b", RETIRED, retired=9, used=7)], "something still has its old value"),
    ],
)
def test_what_a_person_should_know_is_said(tokens, sentence):
    (note,) = plan_renewal(tokens, POLICY, now=NOW).notes
    assert sentence in note


def test_a_token_that_is_simply_kept_is_no_news():
    assert plan_renewal([token("a"), token("b", RETIRED, used=5)], POLICY, now=NOW).notes == ()
