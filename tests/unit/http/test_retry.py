"""What is sent again after which failure, when, and how often."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
import requests

from astro_provider.errors import RateLimitedError, ServerError
from tests.builders.addresses import path
from tests.builders.deployments import deployment
from tests.builders.errors import error

ONE = "/deployments/cldeployment0000000000001"
ID = "cldeployment0000000000001"


@pytest.mark.parametrize(
    "failure",
    [
        {"status_code": 429, "text": "slow down"},
        {"status_code": 500, "json": error(500, "x")},
        {"status_code": 502, "text": "<html>Bad Gateway</html>"},
        {"status_code": 503},
        {"status_code": 504},
        {"exc": requests.exceptions.ReadTimeout},
        {"exc": requests.exceptions.ConnectTimeout},
        {"exc": requests.exceptions.ConnectionError},
        {"exc": requests.exceptions.ChunkedEncodingError},
    ],
    ids=str,
)
def test_a_read_is_sent_again_after_a_transient_failure(client, requests_mock, pauses, failure):
    requests_mock.get(path(ONE), [failure, failure, {"json": deployment()}])
    assert client.deployments.get(ID).id == ID
    assert requests_mock.call_count == 3
    assert 0.5 <= pauses[0] <= 1 <= pauses[1] <= 2


def test_retry_after_in_seconds_and_as_a_date_is_honoured(client, requests_mock, pauses):
    soon = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=40), usegmt=True)
    requests_mock.get(
        path(ONE),
        [
            {"status_code": 429, "headers": {"Retry-After": "7"}},
            {"status_code": 503, "headers": {"Retry-After": soon}},
            {"json": deployment()},
        ],
    )
    client.deployments.get(ID)
    assert pauses[0] == 7
    assert 37 <= pauses[1] <= 40


def test_a_retry_after_of_hours_is_not_waited_for(client, requests_mock, pauses):
    requests_mock.get(path(ONE), status_code=429, headers={"Retry-After": "7200"})
    with pytest.raises(RateLimitedError):
        client.deployments.get(ID)
    assert pauses == []


def test_tries_end_and_the_pauses_are_capped(client, requests_mock, pauses):
    requests_mock.get(path(ONE), status_code=503)
    with pytest.raises(ServerError):
        client.deployments.get(ID)
    assert requests_mock.call_count == 7
    assert len(pauses) == 6
    assert max(pauses) <= 30
