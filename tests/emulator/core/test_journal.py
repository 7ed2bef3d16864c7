"""Which fields of a request are hidden from whoever reads the journal."""

from __future__ import annotations

import pytest

from astro_provider.emulator.core.journal import Request


def shown(body, *secrets):
    return Request("POST", "/x", [], {}, body, secrets).public()["body"]


@pytest.mark.parametrize(
    ("body", "path", "expected"),
    [
        ({"password": "x"}, "password", {"password": "****"}),
        ({"a": {"b": "x", "c": 1}}, "a.b", {"a": {"b": "****", "c": 1}}),
        ({"a": [{"b": "x"}, {"b": "y"}, 3]}, "a.b", {"a": [{"b": "****"}, {"b": "****"}, 3]}),
        ({"a": {"value": "x", "isSecret": False}}, "a.value", {"a": {"value": "x", "isSecret": False}}),
        ({"a": {"value": "x"}}, "a.value", {"a": {"value": "****"}}),
        ({"a": {"value": "x", "isSecret": "false"}}, "a.value", {"a": {"value": "****", "isSecret": "false"}}),
        ({"a": None}, "a.value", {"a": None}),
        (["x"], "a", ["x"]),
        (None, "a", None),
    ],
)
def test_a_secret_field_is_hidden_wherever_it_is(body, path, expected):
    assert shown(body, path) == expected


def test_the_request_itself_keeps_what_was_sent():
    request = Request("POST", "/x", [], {}, {"password": "x"}, ("password",))
    request.public()
    assert request.body == {"password": "x"}


def test_no_body_is_shown_if_nobody_knows_its_secrets():
    assert Request("POST", "/x", [], {}, {"password": "x"}, None).public()["body"] is None
