"""Hibernation overrides: what goes out, and what a missing one means."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from astro_provider.errors import NotFoundError
from tests.builders.addresses import path
from tests.builders.deployments import deployment, hibernation_override
from tests.builders.errors import error

ID = "cldeployment0000000000001"
OVERRIDE = path(f"/deployments/{ID}/hibernation-override")


def test_an_end_is_sent_in_utc_and_whole_seconds(client, requests_mock):
    requests_mock.post(OVERRIDE, json=hibernation_override())
    until = datetime(2030, 1, 1, 7, 0, 0, 999, tzinfo=timezone(timedelta(hours=1)))
    answer = client.deployments.override_hibernation(ID, is_hibernating=True, until=until)
    assert requests_mock.last_request.json() == {"isHibernating": True, "overrideUntil": "2030-01-01T06:00:00Z"}
    assert (answer.is_hibernating, answer.is_active) == (True, True)


def test_an_override_is_sent_again_after_a_failure(client, requests_mock, pauses):
    requests_mock.post(OVERRIDE, [{"status_code": 503}, {"json": {"isHibernating": False}}])
    client.deployments.override_hibernation(ID, is_hibernating=False)
    assert [request.json() for request in requests_mock.request_history] == [{"isHibernating": False}] * 2
    assert len(pauses) == 1


def test_removing_what_is_not_there_is_done(client, requests_mock):
    requests_mock.delete(OVERRIDE, status_code=404, json=error(404, "no override"))
    requests_mock.get(path(f"/deployments/{ID}"), json=deployment())
    client.deployments.remove_hibernation_override(ID)
    assert [request.method for request in requests_mock.request_history] == ["DELETE", "GET"]


def test_removing_from_a_deployment_that_is_gone_is_an_error(client, requests_mock):
    requests_mock.delete(OVERRIDE, status_code=404, json=error(404, "no such Deployment"))
    requests_mock.get(path(f"/deployments/{ID}"), status_code=404, json=error(404, "no such Deployment"))
    with pytest.raises(NotFoundError):
        client.deployments.remove_hibernation_override(ID)
