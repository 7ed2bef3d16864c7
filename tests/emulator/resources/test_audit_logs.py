"""The audit log."""

from __future__ import annotations

import json

import pytest


def records(call, query=""):
    return [json.loads(line) for line in call("GET", f"/audit-logs{query}").text.splitlines()]


@pytest.fixture
def three(astro):
    days = [{"timestamp": f"2026-11-0{day}T00:00:00Z", "day": day} for day in (1, 2, 3)]
    astro.add_audit_records(days)
    return days


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("", [1, 2, 3]),
        ("?startDate=2026-11-02T00:00:00Z", [2, 3]),
        ("?endDate=2026-11-02T00:00:00.000000000Z", [1, 2]),
        ("?startDate=2026-11-02T00:00:00Z&endDate=2026-11-02T12:00:00Z", [2]),
        ("?startDate=&endDate=", [1, 2, 3]),
    ],
)
def test_a_window_has_its_bounds_and_what_is_between(call, three, query, days):
    assert [record["day"] for record in records(call, query)] == days


@pytest.mark.parametrize("timestamp", [None, 5, "yesterday", "2026-11-02T00:00:00"])
def test_a_record_without_a_readable_moment_is_in_every_window(call, astro, timestamp):
    astro.add_audit_records([{"timestamp": timestamp}])
    assert len(records(call, "?startDate=2030-01-01T00:00:00Z")) == 1


def test_a_bound_that_is_no_moment_names_itself(call):
    refused = json.loads(call("GET", "/audit-logs?endDate=tomorrow").content)
    assert [error["field"] for error in refused["fieldErrors"]] == ["endDate"]


def test_only_what_took_effect_is_recorded_with_its_secrets_hidden(call, astro, bodies):
    call("POST", "/deployments", {**bodies["STANDARD"], "name": ""})
    made = call("POST", "/deployments", bodies["STANDARD"]).json()
    call("GET", f"/deployments/{made['id']}")
    call("POST", "/clusters", {"name": "not emulated"})
    call("DELETE", f"/deployments/{made['id']}")
    assert [record["method"] for record in astro.audit_records] == ["POST", "DELETE"]
    assert astro.audit_records[0]["requestBody"]["environmentVariables"][0]["value"] == "****"
    assert bodies["STANDARD"]["environmentVariables"][0]["value"] not in str(astro.audit_records)
