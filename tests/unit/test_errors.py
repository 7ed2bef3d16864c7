"""The tree of errors is drawn where its readers look for it, and the drawing is true."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from astro_provider import errors
from astro_provider.errors import ApiError, AstroError, NoResponseError, UnexpectedResponseError

PAGE = Path(__file__).parent.parent.parent / "docs" / "errors.md"


def tree(kind: type, *above: str) -> list[tuple[str, ...]]:
    """Each class as the way to it from the root."""
    own = [child for child in kind.__subclasses__() if child.__module__.startswith(errors.__name__)]
    way = (*above, kind.__name__)
    return sorted([way, *(below for child in own for below in tree(child, *way))])


def drawn(text: str) -> list[tuple[str, ...]]:
    found, way = [], []
    for indent, name in re.findall(r"^((?:[│ ]   )*(?:[├└]── )?)([A-Z]\w*Error)\b", dedent(text), re.MULTILINE):
        way = [*way[: len(indent) // 4], name]
        found.append(tuple(way))
    return sorted(found)


DRAWINGS = {"module": errors.__doc__.split("::")[1].split("``")[0], "docs": PAGE.read_text().split("```")[1]}


@pytest.mark.parametrize("place", DRAWINGS)
def test_the_drawn_tree_is_the_tree_of_the_classes(place):
    assert drawn(DRAWINGS[place]) == tree(AstroError)


def test_every_error_is_in_the_module_that_users_import():
    assert {names[-1] for names in tree(AstroError)} | {"FieldError"} == set(errors.__all__)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ApiError("GET", "/x", 400, "no", request_id="r"), "GET /x returned 400: no [requestId r]"),
        (NoResponseError("GET", "/x", "connection refused"), "GET /x got no response: connection refused."),
        (NoResponseError("GET", "/x", "no route", host="h:1"), "GET /x got no response from h:1: no route."),
        (NoResponseError("GET", "h/x", "is it valid?"), "GET h/x got no response: is it valid?"),
        (UnexpectedResponseError("GET", "/x", 200, "the body is empty"), "GET /x returned 200, but the body is empty"),
    ],
)
def test_an_error_of_the_network_says_what_was_asked_and_what_came_back(error, text):
    assert str(error) == text
