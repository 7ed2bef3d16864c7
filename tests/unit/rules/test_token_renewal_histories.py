"""Whatever happens between runs and within them: the store holds a valid token at every moment."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from astro_provider.models.access import Place
from astro_provider.models.api_tokens import ApiToken
from astro_provider.rules.token_marks import TokenMark, TokenState, own_mark, retired_name
from astro_provider.rules.token_renewal import Policy, plan_renewal
from tests.builders.api_tokens import WORKSPACE_ID, api_token

KEY = "0123456789abcdef"
NEW, HANDING_OVER, IN_USE, RETIRED = TokenState
POLICY = Policy("ci", "WORKSPACE_AUTHOR", Place("WORKSPACE", WORKSPACE_ID), KEY, timedelta(14), timedelta(8))
DAY = timedelta(days=1)


class KilledError(Exception):
    """The worker died."""


@dataclass
class World:
    """An Organization's tokens, a store, and consumers that take the value from it every third day."""

    now: datetime = datetime(2026, 1, 1, tzinfo=timezone.utc)
    tokens: dict[str, ApiToken] = field(default_factory=dict)
    stored: str | None = None
    ids: itertools.count[int] = field(default_factory=itertools.count)
    steps_left: int = 0

    def check(self) -> None:
        if self.stored is not None:
            assert self.tokens[self.stored].end_at > self.now

    def step(self) -> None:
        """What happens between two steps of a run: time goes on, and the worker may die."""
        self.check()
        self.now += timedelta(seconds=1)
        self.steps_left -= 1
        if self.steps_left < 0:
            raise KilledError

    def pass_days(self, days: int) -> None:
        for day in range(days):
            self.now += DAY
            self.check()
            if self.stored and day % 3 == 0:
                self.change(self.stored, last_used_at=self.now)

    def change(self, token_id: str, **fields: object) -> None:
        self.tokens[token_id] = self.tokens[token_id].model_copy(update=fields)

    def mark(self, token_id: str, state: TokenState, **fields: object) -> None:
        retired_at = self.now if state is RETIRED else None
        self.change(token_id, description=TokenMark(KEY, state, retired_at).written_after(""), **fields)
        self.step()

    def delete(self, token_id: str) -> None:
        del self.tokens[token_id]
        self.step()

    def create(self) -> str:
        token_id = f"t{next(self.ids)}"
        times = {"createdAt": self.now.isoformat(), "endAt": (self.now + 90 * DAY).isoformat()}
        document = api_token(id=token_id, description=str(TokenMark(KEY, NEW)), **times)
        self.tokens[token_id] = ApiToken.model_validate(document)
        self.step()
        return token_id

    def run(self, steps: int, *, store_fails: bool) -> None:
        self.steps_left = steps
        plan = plan_renewal(self.tokens.values(), POLICY, now=self.now)
        for ending in plan.discard:
            self.delete(ending.token.id)
        if plan.step != "keep":
            made = self.create()
            self.mark(made, HANDING_OVER)
            self.stored = made
            self.step()
            if store_fails:  # after all, so nobody knows that it did its work
                raise KilledError
            self.mark(made, IN_USE)
        for ending in plan.retire:
            self.mark(ending.token.id, RETIRED, name=retired_name(ending.token.name, self.now))
        for ending in plan.delete:
            self.delete(ending.token.id)


#: Days until the next run; after how many steps its worker dies; whether the store fails after it stored.
RUNS = st.lists(st.tuples(st.integers(1, 4), st.one_of(st.integers(0, 9), st.just(99)), st.booleans()), max_size=40)


@given(runs=RUNS)
def test_the_store_holds_a_valid_token_at_every_moment(runs):
    world, bad = World(), 0
    for days, steps, store_fails in runs:
        # Three runs in a row that fail are the most that renew_before allows for.
        calm = bad == 3
        try:
            world.run(99 if calm else steps, store_fails=store_fails and not calm)
            bad = 0
        except KilledError:
            bad += 1
        world.pass_days(days)
    for _ in range(4):
        world.run(99, store_fails=False)
        world.pass_days(5)
    # and nothing else is left but what the last renewal has retired
    others = [token for token in world.tokens.values() if token.id != world.stored]
    assert len(others) <= 1
    assert all(own_mark(token.description, KEY).state is RETIRED for token in others)
