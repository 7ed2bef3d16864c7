"""Errors of both lines, in all their forms, and without what was sent."""

from __future__ import annotations

import pytest

from astro_provider.errors import ApiError
from tests.builders import airflow as build

SECRET = "hunter2-and-more"
#: The body of an error, and what of it a person sees.
BODIES = [
    (
        {"type": "t", "title": "DAG not found", "status": 404, "detail": "The DAG was not found"},
        "DAG not found: The DAG",
    ),
    ({"type": "t", "title": "Conflict", "status": 409}, "Conflict"),
    ({"detail": "The Dag with ID: `etl` was not found"}, "The Dag with ID"),
    (
        {"detail": {"reason": "Unique constraint violation", "statement": SECRET, "orig_error": "hidden"}},
        "Unique constraint violation",
    ),
    ({"detail": {"reason": "Unique constraint violation", "orig_error": "UNIQUE failed: pool"}}, "UNIQUE failed: pool"),
    (
        {
            "detail": [
                {"type": "missing", "loc": ["body", "logical_date"], "msg": "Field required", "input": {"p": SECRET}}
            ]
        },
        "body.logical_date: Field required",
    ),
    ({"detail": [{"type": "t", "loc": "odd", "msg": "first"}, "odd", {"msg": "second"}]}, "first; second"),
    ({"detail": [{"loc": ["body"], "msg": f"Got {SECRET}", "ctx": {"error": SECRET}}]}, "body: Got ****"),
]


@pytest.mark.parametrize(("body", "said"), BODIES, ids=[said for _, said in BODIES])
def test_an_error_says_what_airflow_says_and_never_what_was_sent(line, requests_mock, body, said):
    requests_mock.post(f"{line.url}/connections", status_code=422, json=body)
    with pytest.raises(ApiError) as caught:
        line.airflow.connections.create("warehouse", {"conn_type": "postgres", "password": SECRET})
    assert said in str(caught.value)
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(vars(caught.value))


@pytest.mark.parametrize(
    "fields",
    [
        {"password": SECRET},
        {"extra": '{"token": "hunter2-and-more"}'},
        {"extra": '{"nested": [{"key": "hunter2-and-more"}]}'},
        {"extra": "hunter2-and-more"},
    ],
)
def test_a_secret_that_airflow_repeats_is_masked_wherever_it_stood(line, requests_mock, fields):
    body = build.refusal(line.major, 400, f"'{SECRET}' is not of type 'integer'")
    requests_mock.patch(f"{line.url}/connections/warehouse", status_code=400, json=body)
    with pytest.raises(ApiError) as caught:
        line.airflow.connections.update("warehouse", {"conn_type": "postgres", **fields})
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("value", [SECRET, '{"a": "hunter2-and-more"}'])
def test_a_variables_value_that_airflow_repeats_is_masked(line, requests_mock, value):
    requests_mock.post(f"{line.url}/variables", status_code=400, json=build.refusal(line.major, 400, f"bad {SECRET}"))
    with pytest.raises(ApiError) as caught:
        line.airflow.variables.create("region", value)
    assert SECRET not in str(caught.value)
