"""Every fault at every call of a grant, a revoke and a sync, and a kill before and after each: one state at the end.

As in ``test_fault_matrix``, a fault strikes the first call of its kind. A kill ends the worker's process: nothing of it
goes on, and Airflow starts the task again with the next number of its tries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from astro_provider.emulator import Emulator
from astro_provider.operators.access import GrantAccessOperator, RevokeAccessOperator
from astro_provider.operators.teams import SyncTeamMembersOperator
from tests.unit.company import Company
from tests.unit.faults import FAULTS, LASTING, Call, Network

pytestmark = pytest.mark.slow

ORGANIZATION = "/organizations/*"
USERS, TEAMS, TOKENS = f"{ORGANIZATION}/users", f"{ORGANIZATION}/teams", f"{ORGANIZATION}/tokens"
ANNA, BEN, NEW = "anna@example.com", "ben@example.com", "new@example.com"


@dataclass
class Here(Network):
    """What a test has to do with: the emulator, a runner of tasks, the people, and the network between."""

    company: Any = None

    def state(self) -> dict[str, Any]:
        """All roles and memberships, and how many users there are."""
        emails = [user["username"] for user in self.astro.users]
        return {
            "users": {email: self.company.roles(email) for email in emails if not email.startswith("owner")},
            "count": len(emails),
            "team": (self.company.team_roles(), self.company.members()),
            "token": self.company.token_roles(),
        }


def grant(here: Here) -> Any:
    return here.runner.run(
        GrantAccessOperator,
        role="DEPLOYMENT_ADMIN",
        deployment_name="staging",
        users=[BEN, NEW],
        teams=["Analysts"],
        api_tokens=["nightly"],
        invite_missing=True,
    )


def revoke(here: Here) -> Any:
    return here.runner.run(RevokeAccessOperator, users=[ANNA, BEN], everywhere=True, leave_teams=True)


def sync(here: Here) -> Any:
    members = [BEN, NEW]
    return here.runner.run(
        SyncTeamMembersOperator, team="Analysts", members=members, unlisted="remove", invite_missing=True
    )


@dataclass(frozen=True)
class Work(Call):
    """One kind of work, and a call of it."""

    run: Callable[[Here], Any]


WORK = {
    "grant: list of users": Work("GET", USERS, grant),
    "grant: list of Teams": Work("GET", TEAMS, grant),
    "grant: list of tokens": Work("GET", TOKENS, grant),
    "grant: user": Work("GET", f"{USERS}/*", grant),
    "grant: invitation": Work("POST", f"{ORGANIZATION}/invites", grant),
    "grant: roles of a user": Work("POST", f"{USERS}/*/roles", grant),
    "grant: roles of a Team": Work("POST", f"{TEAMS}/*/roles", grant),
    "grant: roles of a token": Work("POST", f"{TOKENS}/*/roles", grant),
    "revoke: Teams of a user": Work("GET", f"{USERS}/*/teams", revoke),
    "revoke: roles of a user": Work("POST", f"{USERS}/*/roles", revoke),
    "revoke: member": Work("DELETE", f"{TEAMS}/*/members/*", revoke),
    "sync: members": Work("GET", f"{TEAMS}/*/members", sync),
    "sync: invitation": Work("POST", f"{ORGANIZATION}/invites", sync),
    "sync: add": Work("POST", f"{TEAMS}/*/members", sync),
    "sync: remove": Work("DELETE", f"{TEAMS}/*/members/*", sync),
}
TASKS = {"grant": grant, "revoke": revoke, "sync": sync}


@pytest.fixture(scope="module")
def emulator():
    with Emulator(progress="reads:1") as emulator:
        yield emulator


@pytest.fixture
def here(emulator, runner, monkeypatch):
    emulator.reset()
    here = Here(emulator, runner, company=Company(emulator))
    with here.in_between(monkeypatch):
        yield here


def wanted(here: Here, run: Callable[[Here], Any]) -> dict[str, Any]:
    """The state that a task brings about."""
    company = here.company
    least = {"organization": "ORGANIZATION_MEMBER"}
    state = here.state()
    if run is grant:
        more = {company.workspace: "WORKSPACE_ACCESSOR", company.deployment: "DEPLOYMENT_ADMIN"}
        state["users"] |= {BEN: least | more, NEW: least | more}
        state |= {"count": 4, "team": (least | more, {ANNA}), "token": state["token"] | more}
    elif run is revoke:
        state["users"] |= {ANNA: least, BEN: least}
        state["team"] = (least, set())
    else:
        state["users"] |= {NEW: least}
        state |= {"count": 4, "team": (least, {BEN, NEW})}
    return state


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", WORK)
def test_a_fault_changes_nothing_in_the_end(here, name, fault):
    work = WORK[name]
    after = wanted(here, work.run)
    here.strike(work, fault)
    assert work.run(here)
    assert here.calm()
    assert here.state() == after


@pytest.mark.parametrize("fault", LASTING)
@pytest.mark.parametrize("name", WORK)
def test_a_fault_that_lasts_ends_the_try_and_airflows_retry_mends_it(here, name, fault):
    work = WORK[name]
    after = wanted(here, work.run)
    here.fail_for_now(work, fault, lambda: work.run(here))
    work.run(here)
    assert here.state() == after
    here.sent.clear()
    assert work.run(here) == []
    assert set(here.sent) == {"GET"}


@pytest.mark.parametrize("after_effect", [False, True], ids=["before the effect", "after the effect"])
@pytest.mark.parametrize("task", TASKS)
def test_a_kill_at_any_call_is_mended_by_the_next_try(emulator, here, task, after_effect):
    run = TASKS[task]
    run(here)
    for number in range(sum(here.sent.values())):
        emulator.reset()
        here.company = Company(emulator)
        after = wanted(here, run)
        here.kill(number, lambda: run(here), after_effect=after_effect)
        run(here)
        assert here.state() == after, f"killed at call {number}"
