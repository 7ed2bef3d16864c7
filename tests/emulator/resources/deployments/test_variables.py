"""Environment variables: a full replacement that keeps secrets."""

from __future__ import annotations

import pytest

from tests.emulator.calls import as_update


@pytest.fixture
def made(call, bodies):
    return call("POST", "/deployments", bodies["STANDARD"]).json()


def update(call, made, bodies, **changes):
    return call("POST", f"/deployments/{made['id']}", as_update(bodies["STANDARD"], **changes))


def keys(deployment):
    return {entry["key"]: entry.get("value") for entry in deployment["environmentVariables"]}


def test_a_secret_is_kept_without_value_and_wiped_by_an_empty_one(call, astro, made, bodies):
    secret = {"key": "PASSWORD", "isSecret": True}
    assert keys(update(call, made, bodies, environmentVariables=[secret]).json()) == {"PASSWORD": None}
    assert astro.stored_secret(made["id"], "PASSWORD") == "s3cret"
    update(call, made, bodies, environmentVariables=[{**secret, "value": ""}])
    assert astro.stored_secret(made["id"], "PASSWORD") == ""


@pytest.mark.parametrize(
    "entry",
    [{"key": "NEW", "isSecret": True}, {"key": "GREETING", "isSecret": False}, {"key": "PASSWORD", "isSecret": False}],
)
def test_a_variable_without_value_is_refused_where_nothing_can_be_kept(call, made, bodies, entry):
    assert update(call, made, bodies, environmentVariables=[entry]).status_code == 400
