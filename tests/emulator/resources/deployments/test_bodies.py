"""What one field by itself may be, and how the API says that it is not."""

from __future__ import annotations

import pytest

from .conftest import DROP

CRON = {"wakeAtCron": "0 7 * * *", "isEnabled": True}


def fields(answer) -> list[str]:
    assert answer.status_code == 400, answer.text
    return [error["field"] for error in answer.json()["fieldErrors"]]


def queue(**changes):
    counts = {"maxWorkerCount": 5, "minWorkerCount": 0, "workerConcurrency": 5}
    return {"name": "default", "isDefault": True, "astroMachine": "A5", **counts, **changes}


def test_null_counts_as_left_out(create, update, astro):
    absent = ["contactEmails", "environmentVariables", "scalingSpec", "remoteExecution", "workloadIdentity"]
    made = create(**dict.fromkeys([*absent, "description", "clusterId"]))
    assert made.status_code == 200, made.text
    kept = update(made.json(), **dict.fromkeys(["contactEmails", "workerQueues", "scalingSpec", "description"]))
    assert kept.status_code == 200, kept.text
    assert kept.json()["workerQueues"] == made.json()["workerQueues"]


def test_null_in_a_nested_object_counts_as_left_out(create, update, remote):
    changes = {**remote, "remoteExecution": {"enabled": True, "allowedIpAddressRanges": None, "taskLogBucket": None}}
    made = create("DEDICATED", **changes)
    assert made.status_code == 200, made.text
    assert made.json()["remoteExecution"]["allowedIpAddressRanges"] == []


def test_null_or_blank_is_not_enough_for_a_required_field(create, update):
    assert fields(create(name=None)) == ["name"]
    assert fields(create(name=" ")) == ["name"]
    made = create().json()
    assert fields(update(made, environmentVariables=None)) == ["environmentVariables"]
    assert fields(update(made, executor=None)) == ["executor"]


def test_all_that_is_wrong_is_said_at_once_in_the_apis_words(create):
    refused = create(name=DROP, executor="CELERI", isCicdEnforced="no", color="red").json()
    assert refused["message"] == (
        "Invalid field values: field name failed check on required; "
        "field isCicdEnforced failed check on type; isCicdEnforced should be true or false; "
        "field executor failed check on oneof; executor should be 'CELERY', 'KUBERNETES' or 'ASTRO'; "
        "field color failed check on unknown"
    )
    assert [error["code"] for error in refused["fieldErrors"]] == ["required", "type", "oneof", "unknown"]


@pytest.mark.parametrize("email", ["nobody", "a@", "@b.c", "a@b", "a b@c.d", "Bob <b@example.com>", ""])
def test_a_malformed_email_is_refused(create, email):
    assert fields(create(contactEmails=["ok@example.com", email])) == ["contactEmails[1]"]


@pytest.mark.parametrize("name", ["Heavy", "heavy_queue", "-heavy", "heavy-", "heavy queue", "", "q" * 64])
def test_a_malformed_queue_name_is_refused(create, name):
    assert fields(create(workerQueues=[queue(), queue(name=name, isDefault=False)])) == ["workerQueues[1].name"]


def test_a_queue_name_may_have_digits_and_hyphens(create):
    assert create(workerQueues=[queue(), queue(name="heavy-2", isDefault=False)]).status_code == 200


WRONG_CRONS = ["every evening", "@daily", "", "0 20 * *", "0 20 * * * *", "1,,2 * * * *", "*/0 * * * *"]
OUT_OF_RANGE = ["60 * * * *", "0 25 * * *", "0 20 0 * *", "0 20 * 13 *", "0 20 * * 8", "0 20-10 * * *"]


@pytest.mark.parametrize("cron", [*WRONG_CRONS, *OUT_OF_RANGE])
def test_a_malformed_cron_is_refused(create, cron):
    spec = {"hibernationSpec": {"schedules": [{**CRON, "hibernateAtCron": cron}]}}
    assert fields(create(scalingSpec=spec)) == ["scalingSpec.hibernationSpec.schedules[0].hibernateAtCron"]


@pytest.mark.parametrize("cron", ["0 20 * * *", "*/15 8-18/2 1,15 jan-mar MON-fri", "5/10 * * * 7", "0  20 * * sun"])
def test_a_cron_of_five_parts_is_taken(create, cron):
    spec = {"hibernationSpec": {"schedules": [{**CRON, "hibernateAtCron": cron}]}}
    assert create(scalingSpec=spec).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"isEnabled": DROP}, "isEnabled"),
        ({"isEnabled": None}, "isEnabled"),
        ({"description": "x" * 201}, "description"),
        ({"enabled": True}, "enabled"),
    ],
)
def test_a_schedule_says_whether_it_is_enabled(create, change, field):
    schedule = {**CRON, "hibernateAtCron": "0 20 * * *", **change}
    schedule = {name: value for name, value in schedule.items() if value is not DROP}
    refused = fields(create(scalingSpec={"hibernationSpec": {"schedules": [schedule]}}))
    assert refused == [f"scalingSpec.hibernationSpec.schedules[0].{field}"]


def test_more_than_ten_schedules_are_refused(create):
    schedules = [{**CRON, "hibernateAtCron": "0 20 * * *"}] * 11
    assert fields(create(scalingSpec={"hibernationSpec": {"schedules": schedules}})) == [
        "scalingSpec.hibernationSpec.schedules"
    ]


@pytest.mark.parametrize("storage", ["", "ten", "10GB", "Gi", "-1Gi"])
def test_a_malformed_amount_of_storage_is_refused(create, storage):
    assert fields(create(workerQueues=[queue(podEphemeralStorage=storage)])) == ["workerQueues[0].podEphemeralStorage"]


@pytest.mark.parametrize("storage", ["10Gi", "1.5Ti", "500M", "10737418240", "1e9"])
def test_an_amount_of_storage_is_a_kubernetes_quantity(create, storage):
    made = create(workerQueues=[queue(podEphemeralStorage=storage)]).json()
    assert made["workerQueues"][0]["podEphemeralStorage"] == storage


@pytest.mark.parametrize("body", [[], "text", 1, None])
def test_a_body_that_is_no_object_is_refused(call, body):
    assert call("POST", "/deployments", body).status_code == 400
