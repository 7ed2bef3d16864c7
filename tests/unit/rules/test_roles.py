"""Any set of roles, any one change: nothing else changes, and the last Owner stays."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_provider.errors import ConfigurationError, GuardError, RefusedError
from astro_provider.models.access import ORGANIZATION, HeldRole, Place, Roles
from astro_provider.models.teams import Team
from astro_provider.rules.memberships import MembershipChange
from astro_provider.rules.owners import Owners, check_owners, lost_places, owner_role
from astro_provider.rules.roles import (
    BELOW,
    Subject,
    checked_role,
    is_above,
    is_same,
    plan_everywhere,
    plan_grant,
    plan_revoke,
)

#: Two Workspaces, with two Deployments each.
WORKSPACES = {"w1": ("d1", "d2"), "w2": ("d3", "d4")}
IN_WORKSPACE = {deployment: workspace for workspace, inside in WORKSPACES.items() for deployment in inside}
ROLES = {
    "ORGANIZATION": [role for role in BELOW if role.startswith("ORGANIZATION")],
    "WORKSPACE": [role for role in BELOW if role.startswith("WORKSPACE")],
    "DEPLOYMENT": ["DEPLOYMENT_ADMIN", "DEPLOYMENT_ACCESSOR", "Deployer", "Debugger"],
    "DAG": ["DAG_VIEWER", "DAG_AUTHOR"],
    "DAG_TAG": ["DAG_VIEWER"],
}
PLACES = [
    ORGANIZATION,
    *(Place("WORKSPACE", workspace) for workspace in WORKSPACES),
    *(Place("DEPLOYMENT", deployment) for deployment in IN_WORKSPACE),
    *(Place("DAG", "etl", deployment) for deployment in IN_WORKSPACE),
    Place("DAG_TAG", "etl", "d1"),
]


@st.composite
def cased(draw: Any, role: str) -> str:
    return role.lower() if draw(st.booleans()) else role


@st.composite
def held(draw: Any) -> Roles:
    places = draw(st.sets(st.sampled_from(PLACES))) | {ORGANIZATION}
    return Roles(tuple(HeldRole(place, draw(cased(draw(st.sampled_from(ROLES[place.type]))))) for place in places))


@st.composite
def subjects(draw: Any, kind: str | None = None, key: str = "id") -> Subject:
    kind = kind or draw(st.sampled_from(["user", "team", "api_token"]))
    roles = draw(held())
    scope: Any = None
    if kind == "api_token":
        scope = draw(st.sampled_from(["ORGANIZATION", "WORKSPACE", "DEPLOYMENT"]))
    return Subject(kind, key, "anna", "user anna", roles, scope=scope)  # type: ignore[arg-type]


@st.composite
def changes(draw: Any) -> tuple[Place, str]:
    place = draw(st.sampled_from([place for place in PLACES if not place.type.startswith("DAG")]))
    return place, draw(st.sampled_from(ROLES[place.type]))


def elsewhere(roles: Roles, *places: Place) -> set[HeldRole]:
    return {each for each in roles.held if each.place not in places}


class TestOneChange:
    @given(subjects(), changes(), st.sampled_from(["replace", "keep_higher", "fail"]))
    def test_a_grant_changes_nothing_else(self, subject, change, if_other_role):
        place, role = change
        workspace = Place("WORKSPACE", IN_WORKSPACE.get(place.id, place.id))
        before = subject.roles.at(place)
        try:
            plan = plan_grant(subject, place, role, workspace_id=workspace.id, if_other_role=if_other_role)
        except RefusedError:
            assert before is not None or subject.kind == "api_token"
            return
        assert elsewhere(plan.roles, place, workspace) == elsewhere(subject.roles, place, workspace)
        assert len(plan.changes) <= 2
        if place.type == "DEPLOYMENT" and plan.changes and subject.scope != "DEPLOYMENT":
            assert plan.roles.at(workspace) == (subject.roles.at(workspace) or "WORKSPACE_ACCESSOR")
        elif place != workspace:
            assert plan.roles.at(workspace) == subject.roles.at(workspace)
        left = plan.roles.at(place)
        assert is_same(left, role) or (left == before and if_other_role == "keep_higher")
        again = Subject(subject.kind, "id", "anna", "user anna", plan.roles, scope=subject.scope)
        repeated = plan_grant(again, place, role, workspace_id=workspace.id, if_other_role=if_other_role)
        assert repeated.changes == ()

    @given(subjects(), st.sampled_from([place for place in PLACES if place.type in {"WORKSPACE", "DEPLOYMENT"}]))
    def test_a_revoke_changes_nothing_else_and_leaves_no_role_hanging(self, subject, place):
        deployments = WORKSPACES.get(place.id, ())
        inside = {
            each.place for each in subject.roles.held if (each.place.deployment_id or each.place.id) in deployments
        }
        inside |= {each.place for each in subject.roles.held if each.place.deployment_id == place.id}
        try:
            plan = plan_revoke(subject, place, deployments=deployments)
        except GuardError as error:
            assert all(place.label in str(error) for place in inside) or subject.kind == "api_token"
            return
        assert elsewhere(plan.roles, place) == elsewhere(subject.roles, place)
        assert plan.roles.at(place) is None
        assert not (inside and plan.changes)

    @given(subjects())
    def test_everywhere_leaves_the_least(self, subject):
        plan = plan_everywhere(subject)
        if subject.kind != "api_token" or subject.scope == "ORGANIZATION":
            assert plan.roles == Roles((HeldRole(ORGANIZATION, "ORGANIZATION_MEMBER"),))
        else:
            own = [each for each in subject.roles.held if each.place.type == subject.scope]
            assert plan.roles == (Roles(tuple(own)) if own else subject.roles)
        json.dumps([change.as_json() for change in plan.changes])

    @given(subjects())
    def test_case_is_no_change(self, subject):
        shouted = Roles(tuple(HeldRole(each.place, each.role.upper()) for each in subject.roles.held))
        for each in shouted.held:
            assert plan_grant(subject, each.place, each.role, if_other_role="fail").changes == ()


@st.composite
def organizations(draw: Any) -> tuple[list[Subject], dict[str, str], dict[str, set[str]]]:
    """Users and Teams, the users' statuses, and the Teams' members."""
    users = [draw(subjects("user", f"u{number}")) for number in range(draw(st.integers(1, 4)))]
    teams = [draw(subjects("team", f"t{number}")) for number in range(draw(st.integers(0, 2)))]
    statuses = {user.id: draw(st.sampled_from(["ACTIVE", "ACTIVE", "PENDING", "BANNED"])) for user in users}
    members = {team.id: draw(st.sets(st.sampled_from([user.id for user in users]))) for team in teams}
    return [*users, *teams], statuses, members


def people(place, subjects, statuses, members):
    """The ACTIVE users who own a place, counted in the plainest way."""
    found = set()
    for each in subjects:
        if is_same(each.roles.at(place), owner_role(place)):
            found |= {each.id} if each.kind == "user" else members[each.id]
    return {user for user in found if statuses[user] == "ACTIVE"}


def owners(place, subjects, statuses, members):
    have = [each for each in subjects if is_same(each.roles.at(place), owner_role(place))]
    return Owners(
        place,
        frozenset(key for key, status in statuses.items() if status == "ACTIVE"),
        frozenset(each.id for each in have if each.kind == "user"),
        {each.id: frozenset(members[each.id]) for each in have if each.kind == "team"},
    )


def team(subject):
    lists: dict[str, Any] = subject.roles.as_subject()
    return Team.model_validate({"id": subject.id, "name": subject.id, "createdAt": "2026-01-01T00:00:00Z", **lists})


@pytest.mark.slow
@given(organizations(), st.data())
def test_the_last_owner_stays_whatever_is_changed_at_once(organization, data):
    everybody, statuses, members = organization
    chosen = data.draw(st.lists(st.sampled_from(everybody), unique_by=lambda each: each.id))
    place, role = data.draw(changes())
    kind = data.draw(st.sampled_from(["grant", "everywhere"]))
    plans = [plan_grant(each, place, role) if kind == "grant" else plan_everywhere(each) for each in chosen]
    leaving = [
        MembershipChange(team(each), user, user, joins=False)
        for each in everybody
        if each.kind == "team"
        for user in data.draw(st.sets(st.sampled_from(sorted(statuses))))
    ]
    try:
        for lost in lost_places(plans, leaving):
            check_owners(owners(lost, everybody, statuses, members).after(plans, leaving))
    except GuardError:
        return
    after = {plan.subject.id: plan.roles for plan in plans}
    then = [Subject(each.kind, each.id, "", "", after.get(each.id, each.roles)) for each in everybody]
    left = {key: users - {each.user_id for each in leaving if each.team.id == key} for key, users in members.items()}
    for where in (ORGANIZATION, Place("WORKSPACE", "w1"), Place("WORKSPACE", "w2")):
        if people(where, everybody, statuses, members):
            assert people(where, then, statuses, left)


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        ("WORKSPACE_OWNER", "workspace_accessor", True),
        ("WORKSPACE_MEMBER", "WORKSPACE_AUTHOR", False),
        ("ORGANIZATION_BILLING_ADMIN", "ORGANIZATION_OBSERVE_MEMBER", None),
        ("DEPLOYMENT_ADMIN", "Deployer", True),
        ("Deployer", "DEPLOYMENT_ADMIN", False),
        ("Deployer", "DEPLOYMENT_ACCESSOR", True),
        ("DEPLOYMENT_ACCESSOR", "Deployer", False),
        ("Deployer", "Debugger", None),
    ],
)
def test_which_role_is_the_higher_one(one, other, answer):
    assert is_above(one, other) is answer


def test_a_role_comes_in_astros_spelling():
    assert checked_role("workspace_author", workspace=True, deployment=False) == "WORKSPACE_AUTHOR"
    assert checked_role("Deployer", workspace=False, deployment=True) == "Deployer"
    with pytest.raises(ConfigurationError, match="Did you mean 'ORGANIZATION_OWNER'"):
        checked_role("ORGANISATION_OWNER", workspace=False, deployment=False)
