"""Which tokens a renewal keeps, creates, renews, retires and deletes. Pure: no clock, no network.

At every moment a token that was handed over is valid: nothing is retired before its successor was handed over and
proven, and nothing is deleted that the store may hold. Only tokens with the task's own mark are touched at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from astro_provider.common.durations import format_age
from astro_provider.common.moments import moment_in_words
from astro_provider.errors import AmbiguousNameError, GuardError
from astro_provider.rules.token_marks import TokenState, own_mark, read_marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from astro_provider.models.access import Place
    from astro_provider.models.api_tokens import ApiToken

Step = Literal["keep", "create", "renew"]
#: States of which nobody can be sure that the store does not hold the value.
_MAYBE_STORED = (TokenState.IN_USE, TokenState.HANDING_OVER)


@dataclass(frozen=True)
class Policy:
    """What a task wants.

    :param token_name: The name of the token.
    :param role: Its role in its own scope.
    :param place: What it is for.
    :param key: The task's own, by which its tokens are marked.
    :param renew_before: How long before its end a token is renewed.
    :param retire_after: How long a retired token has to be unused before it is deleted.
    :param own_id: The id of the token that the task itself works with.
    """

    token_name: str
    role: str
    place: Place
    key: str
    renew_before: timedelta
    retire_after: timedelta
    own_id: str | None = None


@dataclass(frozen=True)
class Ending:
    """A token that is to be retired or deleted.

    :param token: The token.
    :param reason: Why, for the log.
    """

    token: ApiToken
    reason: str


@dataclass(frozen=True)
class Renewal:
    """What to do, in this order.

    :param discard: Delete these before anything is created: they were never handed over.
    :param step: Whether a token is created, and whether another one's roles go to it.
    :param reason: Why, in words.
    :param current: The token in use; ``None``: there is none.
    :param retire: Retire these once the new one was handed over and proven.
    :param delete: Delete these at the end.
    :param notes: What a person should know besides.
    """

    discard: tuple[Ending, ...]
    step: Step
    reason: str
    current: ApiToken | None
    retire: tuple[Ending, ...]
    delete: tuple[Ending, ...]
    notes: tuple[str, ...]


def plan_renewal(tokens: Iterable[ApiToken], policy: Policy, *, now: datetime) -> Renewal:
    """Decide what to do with the tokens that there are.

    :param tokens: All tokens at the place; those of other names and other tasks are passed over.
    :param policy: What the task wants.
    :param now: The time by Astro's clock.
    :raises AmbiguousNameError: Several tokens of the name might be the one in use, and none of them is the task's.
    :raises GuardError: The token in use has another role than the task wants.
    """
    at_place = [token for token in tokens if is_at(token, policy.place)]
    own = {state: [t for t in at_place if _state(t, policy) is state] for state in TokenState}
    foreign = [token for token in at_place if _is_foreign(token, policy)]
    current = _current(own[TokenState.IN_USE], foreign, policy, now)
    if current is not None:
        _check_role(current, policy)
    unfinished = [t for t in own[TokenState.HANDING_OVER] if not _is_over(t, now) and _is_later(t, current, policy)]
    step, reason = _step(current, unfinished, policy, now)
    # With "keep" only what the token in use has replaced: of others nobody knows whether the store holds them.
    kept = [current, *unfinished] if step == "keep" else []
    settled = [t for state in _MAYBE_STORED for t in own[state] if t not in kept]
    over = [t for t in settled if _is_over(t, now)]
    return Renewal(
        discard=tuple(Ending(t, "it was never handed over") for t in own[TokenState.NEW] if t.id != policy.own_id),
        step=step,
        reason=reason,
        current=current,
        retire=tuple(Ending(t, _why_retired(t, policy)) for t in settled if t not in over),
        delete=tuple(_deletable([*own[TokenState.RETIRED], *over], policy, now)),
        notes=tuple(_notes(own[TokenState.RETIRED], foreign, current, policy, now)),
    )


def is_at(token: ApiToken, place: Place) -> bool:
    """Whether a token is one of a place, not only one with a role there.

    :param token: The token.
    :param place: The place.
    """
    return token.scope == place.type and token.roles.at(place) is not None


def _state(token: ApiToken, policy: Policy) -> TokenState | None:
    mark = own_mark(token.description, policy.key)
    return mark.state if mark else None


def _is_foreign(token: ApiToken, policy: Policy) -> bool:
    """Whether it has the name and is not this task's; what another task has not finished is in nobody's use."""
    if token.name != policy.token_name or _state(token, policy) is not None:
        return False
    return all(mark.state is TokenState.IN_USE for mark in read_marks(token.description))


def _is_over(token: ApiToken, now: datetime) -> bool:
    return token.end_at is not None and token.end_at <= now


def _is_later(token: ApiToken, current: ApiToken | None, policy: Policy) -> bool:
    """Whether the token in use was not handed over after another one; of somebody else's nobody knows."""
    return current is None or _state(current, policy) is None or token.created_at > current.created_at


def _current(in_use: Sequence[ApiToken], foreign: Sequence[ApiToken], policy: Policy, now: datetime) -> ApiToken | None:
    """Return the token in use, valid ones first: the newest of the task's own, else the only one of that name."""
    for over in (False, True):
        own = [token for token in in_use if _is_over(token, now) is over]
        others = [token for token in foreign if _is_over(token, now) is over]
        if own:
            return max(own, key=lambda token: token.created_at)
        if len(others) > 1:
            listed = ", ".join(f"{token.id} ({_life(token)})" for token in others)
            raise AmbiguousNameError(
                f"{len(others)} API tokens are named {policy.token_name!r}: {listed}. This task created none of them, "
                "so it cannot know which one is in use. Rename or delete those that are not, or choose another "
                "token_name."
            )
        if others:
            return others[0]
    return None


def _check_role(current: ApiToken, policy: Policy) -> None:
    role = current.roles.at(policy.place)
    if role is None or role.lower() != policy.role.lower():
        held = f"the role {role}" if role else "no role"
        other_way = f", or set role to {role!r}" if role else ""
        raise GuardError(
            f"{current.label} has {held}, but the task has role={policy.role!r}. A renewal does not change roles: give "
            f"the token the role {policy.role!r} first{other_way}."
        )


def _step(current: ApiToken | None, unfinished: Sequence[ApiToken], policy: Policy, now: datetime) -> tuple[Step, str]:
    if current is None:
        return "create", f"There is no API token {policy.token_name!r} yet."
    if current.end_at is None:
        return "keep", f"{current.label} never expires, so it is kept."
    if _is_over(current, now):
        return "renew", f"{current.label} expired at {moment_in_words(current.end_at)}."
    left = current.end_at - now
    if left <= policy.renew_before:
        return "renew", f"{current.label} {_life(current)}, in {format_age(left)}."
    if unfinished:
        return (
            "renew",
            f"It is unknown whether the value of {unfinished[0].label} was stored: a hand-over was interrupted.",
        )
    due = moment_in_words(current.end_at - policy.renew_before)
    return "keep", f"{current.label} {_life(current)}, in {format_age(left)}; it is kept until {due}."


def _life(token: ApiToken) -> str:
    return "never expires" if token.end_at is None else f"expires at {moment_in_words(token.end_at)}"


def _why_retired(token: ApiToken, policy: Policy) -> str:
    if _state(token, policy) is TokenState.HANDING_OVER:
        return "its hand-over was interrupted, and a newer token is in use"
    return "a newer token is in use"


def _deletable(candidates: Iterable[ApiToken], policy: Policy, now: datetime) -> Iterable[Ending]:
    for token in candidates:
        if token.id == policy.own_id:
            continue
        if _is_over(token, now):
            yield Ending(token, "it has expired")
        elif (quiet := now - _last_needed(token, policy, now)) >= policy.retire_after:
            yield Ending(token, f"nobody has used it for {format_age(quiet)}")


def _last_needed(token: ApiToken, policy: Policy, now: datetime) -> datetime:
    """Return when a token was last used; before it was retired, others may have held on to its value."""
    mark = own_mark(token.description, policy.key)
    retired_at = mark.retired_at if mark and mark.retired_at else now
    return max(token.last_used_at or retired_at, retired_at)


def _notes(
    retired: Iterable[ApiToken], foreign: Iterable[ApiToken], current: ApiToken | None, policy: Policy, now: datetime
) -> Iterable[str]:
    for token in retired:
        if _is_over(token, now):
            continue
        if token.id == policy.own_id:
            yield f"{token.label} is retired, but this task's own connection still uses it."
        elif token.last_used_at is not None and token.last_used_at >= _last_needed(token, policy, now):
            used = moment_in_words(token.last_used_at)
            why = "something still has its old value"
            yield f"{token.label} is retired, but was used at {used}: {why}. It {_life(token)}."
    for token in foreign:
        if token is not current or (token.end_at is not None and token.end_at - now <= policy.renew_before):
            yield (
                f"{token.label} was not created by this task, so this task does not retire or delete it. Delete it "
                "yourself when nothing uses it anymore."
            )
