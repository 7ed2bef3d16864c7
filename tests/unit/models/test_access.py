"""Roles as one value: what is sent is always the whole set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_provider.errors import PlanError
from astro_provider.models.access import ORGANIZATION, HeldRole, Place, Roles, SubjectRoles
from astro_provider.models.api_tokens import ApiToken, TokenValue

ids = st.text("abc123", min_size=1, max_size=3)
places = st.one_of(
    st.just(ORGANIZATION),
    st.builds(Place, st.sampled_from(["WORKSPACE", "DEPLOYMENT"]), ids),
    st.builds(Place, st.sampled_from(["DAG", "DAG_TAG"]), ids, ids),
)
names = st.sampled_from(["OWNER", "Custom", "MEMBER"])
roles = st.dictionaries(places, names).map(lambda held: Roles(tuple(HeldRole(p, r) for p, r in held.items())))


@given(roles)
def test_what_is_sent_for_a_user_is_read_back_as_the_same_roles(roles):
    body = roles.as_subject()
    assert body.keys() - {"organizationRole"} == {"workspaceRoles", "deploymentRoles", "dagRoles"}
    assert SubjectRoles.model_validate(body).roles == roles


@given(roles)
def test_what_is_sent_for_a_token_is_read_back_as_the_same_roles(roles):
    body = roles.as_token("clorg")
    token = {"id": "cl1", "name": "n", "scope": "ORGANIZATION", "createdAt": "2026-01-01T00:00:00Z"}
    assert ApiToken.model_validate({**token, **body}).roles == roles


@given(roles, places, names)
def test_one_change_leaves_every_other_role_as_it_is(roles, place, role):
    changed, removed = roles.having(place, role), roles.without(place)
    assert (changed.at(place), removed.at(place)) == (role, None)
    others = [each for each in roles.held if each.place != place]
    for after in (changed, removed):
        assert [each for each in after.held if each.place != place] == others


@given(roles)
def test_case_makes_no_difference(roles):
    lower = Roles(tuple(HeldRole(each.place, each.role.lower()) for each in roles.held))
    assert roles.matches(lower)
    assert not roles.matches(roles.having(Place("WORKSPACE", "another"), "X"))


def test_there_is_one_role_for_a_place():
    with pytest.raises(PlanError, match="two roles for Organization, A and B"):
        Roles((HeldRole(ORGANIZATION, "A"), HeldRole(ORGANIZATION, "B")))
    assert len(Roles((HeldRole(ORGANIZATION, "A"), HeldRole(ORGANIZATION, "a"))).held) == 1


@pytest.mark.parametrize("empty", [None, []])
def test_lists_without_roles_may_be_null(empty):
    read = SubjectRoles.model_validate({"workspaceRoles": empty, "dagRoles": empty})
    assert read.roles == Roles(())


def test_a_tokens_value_never_shows_itself():
    value = TokenValue("s3cret")
    assert {repr(value), str(value), f"{value}", f"{[value]}"} == {"****", "[****]"}
    assert value.get_secret_value() == "s3cret"
