"""Pydantic's list of errors, as the one error of this package that names file, line and key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.deployment_file.field_types import type_in_words
from astro_provider.deployment_file.keys import hint

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

    from astro_provider.deployment_file.positions import Key, Origin
    from astro_provider.errors import DeploymentFileError

MOST = 10


def file_error(error: ValidationError, shape: type[BaseModel], origin: Origin) -> DeploymentFileError:
    """Translate everything pydantic found; what stands first in the file comes first.

    :param error: What pydantic raised for the mapping under ``deployment``.
    :param shape: The model that was being filled.
    :param origin: Where the keys stand.
    """
    entries = [(("deployment", *entry["loc"]), entry) for entry in error.errors(include_url=False)]
    entries.sort(key=lambda item: origin.of(item[0]).line(item[0]) or 0)
    # Only what is shown is looked into: a file may hold thousands of mistakes.
    found = [(key, _problem(entry, key, shape)) for key, entry in entries[: MOST + 1]]
    (key, problem), *more = found
    if len(entries) > len(found):
        problem += f" (the first of {len(entries)} problems; {len(found)} are named here)"
    return origin.error(problem, key, *more)


def _problem(entry: Any, key: Key, shape: type[BaseModel]) -> str:
    match entry["type"]:
        case "extra_forbidden":
            return f"unknown key{hint(shape, key)}"
        case "missing":
            return "is missing"
        case "model_type" | "model_attributes_type":
            return f"must be a mapping, not {type_in_words(entry['input'])}"
        case "tuple_type":
            return f"must be a list, not {type_in_words(entry['input'])}"
        case "too_long":
            return f"must have at most {entry['ctx']['max_length']} entries, not {entry['ctx']['actual_length']}"
        case _:
            return str(entry["msg"])
