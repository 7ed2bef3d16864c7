"""Laying one document over another, with each part remembering where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from astro_provider.deployment_file.field_types import type_in_words
from astro_provider.deployment_file.positions import Key, Origin
from astro_provider.deployment_file.python_tree import plain

Tree = dict[str, Any]


def merge(base: Tree, over: Tree, origin: Origin, source: str) -> tuple[Tree, Origin]:
    """Lay ``over`` on ``base``: mappings merge, lists and scalars replace.

    :param base: Sections of the file.
    :param over: Sections to lay over it.
    :param origin: Where the keys of ``base`` stand.
    :param source: What to call the place that ``over`` comes from.
    """
    laid_over = dict(origin.laid_over)

    def into(below: Tree, above: Tree, at: Key) -> Tree:
        merged = dict(below)
        for name, value in above.items():
            key = (*at, name)
            if isinstance(value, dict) and isinstance(below.get(name), dict):
                merged[name] = into(below[name], value, key)
                continue
            merged[name] = value
            for older in [known for known in laid_over if known[: len(key)] == key]:
                del laid_over[older]
            laid_over[key] = Origin(source)
        return merged

    merged = into(base, over, ("deployment",))
    return merged, replace(origin, laid_over=laid_over)


def give_values(sections: Tree, values: Mapping[str, str], origin: Origin) -> tuple[Tree, Origin]:
    """Set the values of environment variables; those that are not listed are added at the end.

    :param sections: Sections of the file.
    :param values: Key -> value.
    :param origin: Where the file's keys stand.
    """
    source = "environment_variables"
    if not isinstance(values, Mapping):
        raise Origin(source).error(f"must be a mapping of keys to values, not {type_in_words(values)}")
    laid_over = dict(origin.laid_over)
    listed = [dict(item) for item in sections.get("environment_variables") or ()]
    places = {item.get("key"): index for index, item in enumerate(listed)}
    for key, value in values.items():
        if not isinstance(key, str) or not key.strip():
            raise Origin(source).error("the key of an environment variable must be text")
        plain(value, source, (key,))
        if value is None or not isinstance(value, str | int) or isinstance(value, bool):
            raise Origin(source).error("must have text as its value", (key,))
        index = places.get(key, len(listed))
        if index == len(listed):
            listed.append({"key": key})
        listed[index]["value"] = str(value)
        laid_over["deployment", "environment_variables", index, "value"] = Origin(source)
    return {**sections, "environment_variables": listed}, replace(origin, laid_over=laid_over)
