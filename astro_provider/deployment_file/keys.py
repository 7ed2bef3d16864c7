"""The names of a file's keys: today's, older ones, those that nothing reads any more, and those at the wrong place.

The Astro CLI takes keys in any case, and silently ignores what it does not know. Here a key in another case is taken,
one that Astronomer's own documentation or an older CLI once wrote is taken or set aside, all with a warning, and any
other is an error.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from astro_provider.common.suggestions import nearest, suggestion
from astro_provider.deployment_file.positions import Key, Origin, as_written, dotted, inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

Tree = dict[str, Any]
#: What is noted of keys: the key, and what it was taken for -> the lines.
Noted = dict[tuple[str, str], list[int]]

#: Section -> keys that inspect or the documentation once wrote, and nothing reads.
IGNORED = {
    "environment_variables": {"updated_at"},
    # The documentation of July 2023 had the two amounts there; the CLI has never read them.
    "configuration": {"cluster_id", "pod_cpu", "pod_memory"},
    "worker_queues": {"id", "is_default", "node_pool_id", "pod_cpu", "pod_memory", "pod_ram"},
}
#: Section -> name in older documentation -> today's.
OLDER = {
    "": {"astronomer_variables": "environment_variables", "information": "metadata"},
    "configuration": {"scheduler_replicas": "scheduler_count"},
    "worker_queues": {"astro_machine": "worker_type"},
    "hibernation_schedules": {
        "hibernate_at_cron": "hibernate_at",
        "wake_at_cron": "wake_at",
        "is_enabled": "enabled",
    },
}
SCHEDULES = "hibernation_schedules"
#: Taken without a warning: the API's own name, and the place that Astronomer's documentation shows.
QUIET = {"astro_machine", SCHEDULES}
LISTS = {"environment_variables", "worker_queues", SCHEDULES}
SECTIONS = {*LISTS, "configuration", "alert_emails", "deployment"}
MOST_LINES = 5
#: How alike an unknown key and one of another section have to be; names of one section also resemble each other.
VERY_LIKE = 0.85


def normalise(tree: Tree, origin: Origin, shape: type[BaseModel]) -> tuple[Tree, Origin, tuple[str, ...]]:
    """Return what stands under ``deployment`` with today's names, where it stands, and the warnings.

    :param tree: The document, with ``deployment`` (in any case) and nothing else at its root; not changed.
    :param origin: Where its keys stand.
    :param shape: Model of what stands under ``deployment``.
    """
    names = _Names(origin)
    root: Tree = {}
    for written, value in tree.items():
        names.take(root, "deployment", value, (), (written,))
    sections = names.today(root["deployment"], shape, ("deployment",))
    return sections, replace(origin, written=names.written), names.warnings()


class _Names:
    """A walk over a document that finds today's name of each key."""

    def __init__(self, origin: Origin) -> None:
        self.written: dict[Key, Key] = {}
        self._origin = origin
        self._ignored: Noted = {}
        self._other_case: Noted = {}
        self._older: Noted = {}
        self._twice: Noted = {}

    def today(self, value: Any, shape: type[BaseModel] | None, at: Key) -> Any:
        """Return a value with today's names for all keys in it.

        :param value: What the document has.
        :param shape: Model of the mappings in it, if there are any.
        :param at: Its key in the format.
        """
        if isinstance(value, list):
            return [self.today(item, shape, (*at, index)) for index, item in enumerate(value)]
        if shape is None or not isinstance(value, dict):
            return value
        below = _models(shape)
        kept = self._renamed(value, shape, at)
        return {
            name: self.today(item, below[name], (*at, name)) if below.get(name) else item for name, item in kept.items()
        }

    def _renamed(self, mapping: Tree, shape: type[BaseModel], at: Key) -> Tree:
        section, there = pattern(at), as_written(self.written, at)
        kept: Tree = {}
        for written, value in mapping.items():
            name = self._name(section, written, shape)
            if name is None:
                self._note(self._ignored, (*there, written))
            else:
                self.take(kept, name, value, at, (*there, written))
        if at == ("deployment",) and isinstance(kept.get("configuration"), dict):
            kept["configuration"] = self._lifted(kept["configuration"], kept)
        return kept

    def _lifted(self, configuration: Tree, sections: Tree) -> Tree:
        """Take ``hibernation_schedules`` out of ``configuration``, where the documentation of 2024 shows it."""
        there = as_written(self.written, ("deployment", "configuration"))
        rest: Tree = {}
        for written, value in configuration.items():
            if written.lower() == SCHEDULES:
                here = (*there, written)
                self.take(sections, SCHEDULES, value, ("deployment",), here)
            else:
                rest[written] = value
        return rest

    def take(self, kept: Tree, name: str, value: Any, at: Key, here: Key) -> None:
        """Keep a value under today's name, unless it is given twice in a way that leaves a doubt.

        :param kept: The mapping so far.
        :param name: Today's name.
        :param value: The value.
        :param at: The mapping's key in the format.
        :param here: The value's key in the document.
        """
        key, there = inside(at, name), as_written(self.written, at)
        if name in kept:
            self._refuse_doubt(key, here, same=kept[name] == value)
            self._note(self._twice, as_written(self.written, key))
            self._note(self._twice, here)
        elif here != inside(there, name):
            self.written[key] = here
            if _in_other_case(here, inside(there, name)):
                self._note(self._other_case, here, key)
            elif str(here[-1]).lower() not in QUIET:
                self._note(self._older, here, key)
        kept.setdefault(name, value)

    def _refuse_doubt(self, key: Key, here: Key, *, same: bool) -> None:
        first = as_written(self.written, key)
        for one, other in ((here, first), (first, here)):
            if str(one[-1]).lower() != key[-1] or len(one) > len(other):
                raise self._origin.error(
                    f"means the same as {dotted(other)}, which is also set; keep only one of them", one
                )
        if not same:
            line = self._origin.lines.get(first)
            words = dotted(first) + ("" if line is None else f" on line {line}")
            raise self._origin.error(f"is given twice with different values, first as {words}; keep only one", here)

    @staticmethod
    def _name(section: str, written: str, shape: type[BaseModel]) -> str | None:
        """Return today's name of a key, or ``None`` for one that nothing reads; an unknown key keeps its name."""
        word = written.lower()
        name = OLDER.get(section, {}).get(word, word)
        if name in _models(shape):
            return name
        if word in IGNORED.get(section, ()):
            return None
        # Inspect writes much into metadata; only a section that slipped into it is certainly a mistake.
        return None if section == "metadata" and word not in SECTIONS else written

    def _note(self, noted: Noted, here: Key, today: Key = ()) -> None:
        lines = noted.setdefault((_without_indexes(here), f" as {_without_indexes(today)}" if today else ""), [])
        if (line := self._origin.lines.get(here)) is not None:
            lines.append(line)

    def warnings(self) -> tuple[str, ...]:
        """Return one sentence for each kind of thing that was noted."""
        for key, line in self._origin.repeats.items():
            if key[:-1] not in self._origin.repeats:
                self._twice.setdefault((_without_indexes(key), ""), []).extend([self._origin.lines[key], line])
        groups = (
            ("nothing reads these keys, so they were ignored", self._ignored),
            ("these keys differ from the known ones only in case, and were read as those", self._other_case),
            ("these keys are from older documentation, and were read as the current ones", self._older),
            ("these keys are given twice with the same value, and were read once", self._twice),
        )
        return tuple(f"{self._origin.source}: {what}: {_listed(noted)}" for what, noted in groups if noted)


def pattern(key: Key) -> str:
    """Return the section of a key without indexes: ``configuration.remote_execution``, or ``""`` for the top.

    :param key: Path from the root.
    """
    return ".".join(part for part in key[1:] if isinstance(part, str))


def _in_other_case(one: Key, other: Key) -> bool:
    return one[:-1] == other[:-1] and str(one[-1]).lower() == str(other[-1]).lower()


def _without_indexes(key: Key) -> str:
    return dotted(tuple("[]" if isinstance(part, int) else part for part in key)).replace(".[]", "[]")


def _listed(noted: Noted) -> str:
    return "; ".join(f"{key}{_in_lines(lines)}{taken_for}" for (key, taken_for), lines in noted.items())


def _in_lines(lines: list[int]) -> str:
    lines = list(dict.fromkeys(lines))
    if not lines:
        return ""
    more = f" and {len(lines) - MOST_LINES} more" if len(lines) > MOST_LINES else ""
    return f" (line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines[:MOST_LINES]))}{more})"


def known_keys(shape: type[BaseModel], key: Key) -> list[str]:
    """Return the names that a mapping may have.

    :param shape: Model of what stands under ``deployment``.
    :param key: The mapping's path from the root.
    """
    return list(_models(dict(_sections(shape))[pattern(key)]))


def hint(shape: type[BaseModel], key: Key) -> str:
    """Return where an unknown key belongs, or the name that it is most like, or the names that there are.

    :param shape: Model of what stands under ``deployment``.
    :param key: The unknown key's path from the root.
    """
    word, known = str(key[-1]).lower(), known_keys(shape, key[:-1])
    if place := _place(shape, key, word):
        return f"; it belongs {place}"
    if nearest(word, known, cutoff=VERY_LIKE) is None:
        sections = [(*_models(model), *OLDER.get(at, ())) for at, model in _sections(shape)]
        near = nearest(word, [name for names in sections for name in names], cutoff=VERY_LIKE)
        if near and (place := _place(shape, key, near)):
            return f"; did you mean {near!r}? That belongs {place}"
    return suggestion(word, known) or f"; known here: {', '.join(known)}"


def _place(shape: type[BaseModel], key: Key, word: str) -> str:
    """Return where a name is known, seen from an unknown key; nothing if it is known nowhere, or at several places."""
    here = pattern(key[:-1])
    if word == "deployment":
        return "at the root, around everything else"
    places = [at for at, model in _sections(shape) if word in _models(model) or word in OLDER.get(at, ())]
    above = here.rpartition(".")[0]
    if here and above in places and isinstance(key[-2], str):
        return f"one level up, directly under {_last(above)!r}"
    below = [place for place in places if place and place.rpartition(".")[0] == here and place not in LISTS]
    if below:
        return f"one level down, under {_last(below[0])!r}"
    return f"under {_last(places[0])!r}" if len(places) == 1 else ""


@cache
def _models(shape: type[BaseModel]) -> dict[str, type[BaseModel] | None]:
    """Return the names that a mapping may have, each with the model of the mappings in it, if there are any."""
    return {name: _model_in(field.annotation) for name, field in shape.model_fields.items()}


def _model_in(annotation: Any) -> Any:
    """Find the model inside ``tuple[Model, ...] | None`` and the like."""
    if hasattr(annotation, "model_fields"):
        return annotation
    return next((model for part in getattr(annotation, "__args__", ()) if (model := _model_in(part))), None)


def _sections(shape: type[BaseModel], at: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    yield at, shape
    for name, below in _models(shape).items():
        if below:
            yield from _sections(below, f"{at}.{name}".lstrip("."))


def _last(section: str) -> str:
    return section.rpartition(".")[2] or "deployment"
