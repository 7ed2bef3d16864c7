"""A renewal whose worker dies between any two steps: the store holds a valid token, and the next run cleans up."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from urllib.request import Request, urlopen

import pytest
import requests_mock

from astro_provider.operators.api_tokens import RenewApiTokenOperator
from tests.unit.operators.api_tokens.organization import id_of

pytestmark = pytest.mark.slow

#: Steps of a renewal in which nothing goes wrong, and one more.
STEPS = range(1, 13)


class WorkerDied(BaseException):
    """The process is gone."""


class Death:
    """Kills the worker at a step: before a request arrives, after it took effect, or around the store's own work."""

    def __init__(self, step: int, *, after: bool) -> None:
        self.step, self.after, self.steps = step, after, 0

    def is_now(self) -> bool:
        self.steps += 1
        return self.steps == self.step

    def at_request(self, request):
        if not self.is_now():
            return
        if self.after:
            headers = dict(request.headers.items())
            urlopen(Request(request.url, request.body, headers, method=request.method)).close()
        raise WorkerDied

    @contextmanager
    def at_store(self):
        is_now = self.is_now()
        if is_now and not self.after:
            raise WorkerDied
        yield
        if is_now:
            raise WorkerDied


def renew(runner, store):
    arguments = {"token_name": "ci", "role": "WORKSPACE_AUTHOR", "workspace": "Development", "store": store}
    return runner.run(RenewApiTokenOperator, **arguments)


@pytest.fixture
def second_role(astro):
    """A role for a Deployment, so that a renewal has that step, too."""
    deployment = astro.add_deployment("one")
    return {"entityType": "DEPLOYMENT", "entityId": deployment, "role": "DEPLOYMENT_ADMIN"}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_renewal_that_is_killed_loses_nothing(astro, runner, store, tokens, second_role, step, after):
    first = renew(runner, store)
    tokens.change(first, roles=[*tokens.shown(first)["roles"], second_role])
    tokens.age(80)
    death = Death(step, after=after)

    def killed(value, token):
        with death.at_store():
            store(value, token)

    with requests_mock.Mocker(real_http=True) as network:
        network.add_matcher(death.at_request)
        try:
            renew(runner, killed)
        except WorkerDied:
            pass
        else:
            assert death.steps == STEPS[-1] - 1 < step
    # whatever the store has now works, and so does what was there before
    assert tokens.works(store.values[-1])
    assert tokens.works(store.values[0])

    runner.ti.try_number = 2
    made = renew(runner, store)
    assert id_of(store.values[-1]) == made
    assert tokens.works(store.values[-1])
    assert second_role in tokens.shown(made)["roles"]
    assert list(tokens.all.values()).count("ci") == 1
    assert not any(": new]" in tokens.shown(each)["description"] for each in tokens.all)

    tokens.age(9)
    assert renew(runner, store) == made
    assert list(tokens.all) == [made]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, 9))
def test_a_clean_up_that_is_killed_is_done_by_the_next_run(runner, store, tokens, step, after):
    renew(runner, store)
    tokens.age(80)
    made = renew(runner, store)
    tokens.age(9)
    death = Death(step, after=after)
    with requests_mock.Mocker(real_http=True) as network:
        network.add_matcher(death.at_request)
        with suppress(WorkerDied):
            renew(runner, store)
    assert renew(runner, store) == made
    assert list(tokens.all) == [made]
    assert len(store.values) == 2
