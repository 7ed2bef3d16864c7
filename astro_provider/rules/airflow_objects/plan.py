"""What a copy changes in the target, object by object, decided before anything is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from astro_provider.common.sentences import sentence
from astro_provider.errors import GuardError, PlanError
from astro_provider.models.airflow.pools import DEFAULT_POOL
from astro_provider.rules.airflow_objects.objects import (
    SINGULAR,
    AirflowObject,
    says_the_same,
    with_secrets,
    with_value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from astro_provider.rules.airflow_objects.choice import Choice

    #: Objects of one Airflow by kind and name.
    Objects = Mapping[str, Mapping[str, AirflowObject]]


@dataclass(frozen=True)
class Rules:
    """What the DAG author wants.

    :param choice: The objects that the task is about.
    :param if_exists: For an object that the target has: ``update``, ``ignore`` or ``fail``.
    :param if_redacted: For one whose secret the source does not show: ``fail``, ``ignore`` or ``keep``.
    :param secrets: Secrets of connections, by id.
    :param variable_values: Values of variables, by key.
    :param delete_unlisted: Whether what the target has and the source does not is deleted.
    :param max_deletes: How many objects may be deleted at most; ``None``: not said.
    :param is_retry: Whether an earlier try may have written some of it.
    """

    choice: Choice
    if_exists: str = "update"
    if_redacted: str = "fail"
    secrets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    variable_values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    delete_unlisted: bool = False
    max_deletes: int | None = None
    is_retry: bool = False


@dataclass(frozen=True, repr=False)  # its fields hold secrets
class Step:
    """What happens to one object.

    :param kind: Its kind.
    :param name: Its name.
    :param action: ``create``, ``update``, ``delete``, ``unchanged`` or ``left out``.
    :param fields: What is written.
    :param reason: Why, or what of it; never a value.
    """

    kind: str
    name: str
    action: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""

    @property
    def label(self) -> str:
        """Its kind and name, as log lines and errors call it."""
        return f"{SINGULAR[self.kind]} {self.name!r}"

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return self.action in {"create", "update", "delete"}


@dataclass(frozen=True)
class CopyPlan:
    """What happens to each object that the task is about.

    :param steps: In the order in which they are made.
    """

    steps: Sequence[Step]

    @property
    def counts(self) -> dict[str, int]:
        """How many objects there are for each action."""
        return dict(Counter(step.action for step in self.steps))

    def describe(self) -> list[str]:
        """Return a line for each object, without values."""
        return [f"{step.label}: {step.action}{f' ({step.reason})' if step.reason else ''}" for step in self.steps]


@dataclass(frozen=True)
class Limits:
    """What the target's line of Airflow cannot do.

    :param reaches: Whether its API can change or delete an object, given its kind and name.
    :param has_unlimited_pools: Whether pools may be without a limit.
    """

    reaches: Callable[[str, str], bool] = lambda kind, name: True
    has_unlimited_pools: bool = True


def plan_copy(
    source: Objects,
    target: Objects,
    rules: Rules,
    *,
    source_name: str,
    limits: Limits | None = None,
    is_elsewhere: Callable[[str, str], bool] = lambda kind, name: False,
) -> CopyPlan:
    """Decide what a copy changes.

    :param source: What the source has; of the kinds that the task is about.
    :param target: What the target has.
    :param rules: What the DAG author wants.
    :param source_name: What errors call the source.
    :param limits: What the target cannot do.
    :param is_elsewhere: Whether the source has an object that it does not list, given its kind and name.
    :raises PlanError: Something cannot be copied as it should be; all of it is listed.
    :raises GuardError: More would be deleted than may be.
    """
    planner = _Planner(source, target, rules, source_name, limits or Limits())
    steps = [step for kind in rules.choice.kinds for step in planner.steps(kind)]
    if rules.delete_unlisted:
        steps += [_gone(kind, name, is_elsewhere) for kind in rules.choice.kinds for name in planner.unlisted(kind)]
    planner.check_names()
    planner.check_limits(steps)
    if planner.problems:
        raise PlanError(planner.problems)
    deletes = [step for step in steps if step.action == "delete"]
    _check_deletes(deletes, source, rules, source_name)
    # What is deleted goes last: a run that stops half-way has then lost nothing.
    return CopyPlan([step for step in steps if step.action != "delete"] + deletes)


class _Planner:
    def __init__(self, source: Objects, target: Objects, rules: Rules, source_name: str, limits: Limits) -> None:
        self._source, self._target, self._rules = source, target, rules
        self._source_name, self._limits = source_name, limits
        self.problems: list[str] = []

    def steps(self, kind: str) -> list[Step]:
        """Return what happens to each object of a kind."""
        here, there = self._source.get(kind, {}), self._target.get(kind, {})
        choice = self._rules.choice
        chosen = [here[name] for name in sorted(here) if choice.includes(kind, name)]
        steps = [self._step(self._completed(thing), there.get(thing.name)) for thing in chosen]
        if not self._rules.delete_unlisted:
            self.problems += choice.unknown_names(kind, list(here), self._source_name)
        return steps

    def unlisted(self, kind: str) -> list[str]:
        """Return the names of objects that only the target has, of those that may be deleted."""
        here, there = self._source.get(kind, {}), self._target.get(kind, {})
        names = [name for name in sorted(there) if name not in here and self._rules.choice.includes(kind, name)]
        return [name for name in names if not _is_default_pool(kind, name)]

    def check_names(self) -> None:
        """Report secrets and values of objects that are not copied: they are misspelled, or serve nothing."""
        for argument, kind, given in (
            ("secrets", "connections", self._rules.secrets),
            ("variable_values", "variables", self._rules.variable_values),
        ):
            choice, here = self._rules.choice, list(self._source.get(kind, {}))
            self.problems += [
                f"{argument}: {choice.why_not_copied(kind, name, here, self._source_name)}"
                for name in given
                if name not in here or not choice.includes(kind, name)
            ]

    def check_limits(self, steps: Sequence[Step]) -> None:
        """Report what the target's API cannot do.

        :param steps: The steps of all objects.
        """
        for step in steps:
            if step.action in {"update", "delete"} and not self._limits.reaches(step.kind, step.name):
                self.problems.append(
                    f"{step.label}: the API of the target's Airflow 2 cannot {step.action} it, since its name "
                    "would be read as part of a path. Exclude it, or change it in the Airflow UI."
                )
            if step.writes and step.fields.get("slots", 0) < 0 and not self._limits.has_unlimited_pools:
                self.problems.append(
                    f"{step.label} has no limit ({step.fields['slots']} slots). With such a pool, the API of the "
                    "target's Airflow 2 fails for all pools. Exclude it, or give it a number of slots."
                )

    def _completed(self, thing: AirflowObject) -> AirflowObject:
        if thing.kind == "connections" and thing.name in self._rules.secrets:
            return with_secrets(thing, self._rules.secrets[thing.name])
        if thing.kind == "variables" and thing.name in self._rules.variable_values:
            return with_value(thing, self._rules.variable_values[thing.name])
        return thing

    def _step(self, thing: AirflowObject, present: AirflowObject | None) -> Step:
        if present is not None and self._rules.if_exists == "ignore":
            return Step(thing.kind, thing.name, "unchanged", reason="the target has it, and if_exists='ignore'")
        redacted = thing.redacted
        if redacted:
            said = ", ".join(redacted)
            if self._rules.if_redacted == "ignore":
                return Step(thing.kind, thing.name, "left out", reason=f"{self._source_name} does not show: {said}")
            if self._rules.if_redacted == "fail" or present is None:
                return self._refused(thing, redacted, present)
            if thing.kind == "variables":
                return Step(thing.kind, thing.name, "unchanged", reason="the target keeps its own value")
            thing = thing.without(redacted)
        if present is None:
            return self._create(thing)
        return self._update(thing, present, kept=redacted)

    def _refused(self, thing: AirflowObject, redacted: list[str], present: AirflowObject | None) -> Step:
        way = (
            f"variable_values={{{thing.name!r}: ...}}"
            if thing.kind == "variables"
            else f"secrets={{{thing.name!r}: {{...}}}}"
        )
        why = ", and the target has no value of its own to keep" if self._rules.if_redacted == "keep" else ""
        it = "it" if len(redacted) == 1 else "them"
        choices = "'ignore'" if present is None else "'ignore' or 'keep'"
        self.problems.append(
            f"{thing.label}: {self._source_name} does not show {', '.join(redacted)}{why}. Pass {it} in {way}, exclude "
            f"the {SINGULAR[thing.kind]}, or set if_redacted to {choices}."
        )
        return Step(thing.kind, thing.name, "left out")

    def _create(self, thing: AirflowObject) -> Step:
        fields = {name: value for name, value in thing.fields.items() if value is not None}
        return Step(thing.kind, thing.name, "create", fields, reason=", ".join(sorted(fields)))

    def _update(self, thing: AirflowObject, present: AirflowObject, *, kept: list[str]) -> Step:
        differs = _differing(thing, present)
        unknown = _unknown(thing, present)
        if self._rules.if_exists == "fail":
            return self._must_not_exist(thing, differs, unknown)
        notes = [f"{name} is the target's own" for name in kept]
        if "password" in present.redacted and "password" not in present.unseen and _empties_password(thing):
            notes.append("the target's password stays: the API cannot remove one")
        if not differs and not unknown:
            return Step(thing.kind, thing.name, "unchanged", reason=", ".join(notes))
        notes += [f"{name}, which the target does not show" for name in unknown]
        # Of a connection only what is to change; the others are written as a whole.
        names = (*differs, *unknown, "conn_type") if thing.kind == "connections" else _fields_of(thing)
        fields = {name: thing.fields[name] for name in names}
        return Step(thing.kind, thing.name, "update", fields, reason=", ".join([*differs, *notes]))

    def _must_not_exist(self, thing: AirflowObject, differs: list[str], unknown: list[str]) -> Step:
        # What an earlier try has created is there: what can be seen of it is the same then.
        if differs or (unknown and not self._rules.is_retry):
            what = f" with another {', '.join(differs)}" if differs else ""
            self.problems.append(f"{thing.label} already exists in the target{what}, and if_exists='fail'.")
        return Step(thing.kind, thing.name, "unchanged")


def _is_default_pool(kind: str, name: str) -> bool:
    return (kind, name) == ("pools", DEFAULT_POOL)


def _gone(kind: str, name: str, is_elsewhere: Callable[[str, str], bool]) -> Step:
    """Return what happens to an object of the target that the source does not list."""
    if is_elsewhere(kind, name):
        reason = "the source stores it outside its metadata database; to copy it, give its exact name"
        return Step(kind, name, "left out", reason=reason)
    return Step(kind, name, "delete")


def _fields_of(thing: AirflowObject) -> list[str]:
    # Airflow lets nobody change the description of the default pool.
    is_fixed = _is_default_pool(thing.kind, thing.name)
    return [name for name in thing.fields if not (is_fixed and name == "description")]


def _differing(thing: AirflowObject, present: AirflowObject) -> list[str]:
    """Return the fields that the target shows, and that say something else there."""
    hidden = present.redacted
    shown = [name for name in _fields_of(thing) if name not in hidden]
    return [name for name in shown if not says_the_same(name, thing.fields[name], present.fields.get(name))]


def _unknown(thing: AirflowObject, present: AirflowObject) -> list[str]:
    """Return the fields that are known here, and that the target does not show.

    Both lines of Airflow take an empty password for "as it is", so that one is not written.
    """
    hidden = present.redacted
    return [
        name for name in _fields_of(thing) if name in hidden and not (name == "password" and _empties_password(thing))
    ]


def _empties_password(thing: AirflowObject) -> bool:
    return thing.fields.get("password", "") is None


def _check_deletes(deletes: list[Step], source: Objects, rules: Rules, source_name: str) -> None:
    limit = rules.max_deletes
    if limit is not None and len(deletes) > limit:
        listed = ", ".join(step.label for step in deletes)
        count = f"{len(deletes)} object{'' if len(deletes) == 1 else 's'}"
        raise GuardError(f"{count} would be deleted, more than max_deletes={limit} allows: {listed}.")
    for kind in rules.choice.kinds:
        # Every Airflow has the default pool: an Airflow with nothing else has no pools.
        chosen = [
            name
            for name in source.get(kind, {})
            if rules.choice.includes(kind, name) and not _is_default_pool(kind, name)
        ]
        lost = [step for step in deletes if step.kind == kind]
        if lost and not chosen and limit is None:
            raise GuardError(
                f"{sentence(source_name)} has no {kind} that match, so all {kind} of the target ({len(lost)}) would be "
                f"deleted. If that is right, set max_deletes={len(deletes)} or more."
            )
