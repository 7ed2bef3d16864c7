"""What older documentation and CLI versions wrote: moved to today's place, or set aside with a warning."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from astro_provider.deployment_file.positions import Key, Origin, dotted, inside

Tree = dict[str, Any]

IGNORED = {
    "environment_variables": {"updated_at"},
    "configuration": {"cluster_id"},
    "worker_queues": {"id", "is_default", "node_pool_id", "pod_cpu", "pod_memory", "pod_ram"},
}
READ_METADATA = {"deployment_id"}
MOST_LINES = 5


def modernise(tree: Tree, origin: Origin) -> tuple[Tree, Origin, tuple[str, ...]]:
    """Return the sections as today's format has them, where they stand, and the warnings.

    :param tree: What stands under ``deployment``; not changed.
    :param origin: Where its keys stand.
    """
    sections = dict(tree)
    lines = dict(origin.lines)
    ignored: dict[str, list[int]] = {}
    for name in ("environment_variables", "worker_queues"):
        if isinstance(items := sections.get(name), list):
            sections[name] = [
                _modern(item, IGNORED[name], ("deployment", name, index), origin, lines, ignored)
                if isinstance(item, dict)
                else item
                for index, item in enumerate(items)
            ]
    for name in ("configuration", "metadata"):
        if isinstance(section := sections.get(name), dict):
            dropped = IGNORED.get(name) or section.keys() - READ_METADATA
            sections[name] = _modern(section, set(dropped), ("deployment", name), origin, lines, ignored)
    _move_schedules(sections, origin, lines)
    return sections, replace(origin, lines=lines), _warnings(origin.source, ignored)


def _modern(
    item: Tree, drop: set[str], at: Key, origin: Origin, lines: dict[Key, int], ignored: dict[str, list[int]]
) -> Tree:
    """Leave out what nothing reads, and give renamed keys their present name."""
    kept = {}
    for name, value in item.items():
        if name in drop:
            lines_of_key = ignored.setdefault(_pattern((*at, name)), [])
            lines_of_key += [line for line in [origin.lines.get((*at, name))] if line is not None]
            continue
        if name == "astro_machine" and at[1] == "worker_queues":
            if "worker_type" in item:
                raise origin.error("is the same as 'worker_type', which is given too; keep one", (*at, name))
            name = "worker_type"
            lines[inside(at, name)] = origin.line((*at, "astro_machine")) or 1
        kept[name] = value
    return kept


def _move_schedules(sections: Tree, origin: Origin, lines: dict[Key, int]) -> None:
    """Take ``hibernation_schedules`` out of ``configuration``, where Astro's documentation shows it."""
    configuration = sections.get("configuration")
    if not isinstance(configuration, dict) or "hibernation_schedules" not in configuration:
        return
    inner = ("deployment", "configuration", "hibernation_schedules")
    if "hibernation_schedules" in sections:
        raise origin.error("is given beside 'configuration' too; keep one", inner)
    rest = {name: value for name, value in configuration.items() if name != "hibernation_schedules"}
    sections["configuration"] = rest
    sections["hibernation_schedules"] = configuration["hibernation_schedules"]
    for key, line in origin.lines.items():
        if key[:3] == inner:
            lines[inside(("deployment",), *key[2:])] = line


def _pattern(key: Key) -> str:
    return dotted(tuple("[]" if isinstance(part, int) else part for part in key)).replace(".[]", "[]")


def _warnings(source: str, ignored: dict[str, list[int]]) -> tuple[str, ...]:
    if not ignored:
        return ()
    named = "; ".join(f"{key}{_in_lines(lines)}" for key, lines in ignored.items())
    return (f"{source}: nothing reads these keys, and they were ignored: {named}",)


def _in_lines(lines: list[int]) -> str:
    if not lines:
        return ""
    more = f" and {len(lines) - MOST_LINES} more" if len(lines) > MOST_LINES else ""
    return f" (line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines[:MOST_LINES]))}{more})"
