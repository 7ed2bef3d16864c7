"""Deployments: lists that move, a create that is never doubled, a delete that is sure."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
import requests

from astro_provider.client import AstroClient
from astro_provider.errors import (
    AmbiguousNameError,
    BadRequestError,
    ForbiddenError,
    NoResponseError,
    NotFoundError,
    ServerError,
    UnexpectedResponseError,
)
from tests.builders.addresses import ORG, URL, path
from tests.builders.deployments import deployment, listing
from tests.builders.errors import error
from tests.builders.tokens import token

LIST = path("/deployments")
ID = "cldeployment0000000000001"
BODY = {"name": "staging", "workspaceId": "clworkspace00000000000001", "type": "STANDARD"}
LONG_AGO = "2020-01-01T00:00:00Z"


def test_an_error_repeats_the_value_of_no_variable(client, requests_mock):
    message = "invalid postgres://u:pw@h and postgres://u:pw@h/db and s3 in Workspace 1"
    requests_mock.post(LIST, status_code=400, json=error(400, message))
    values = {
        "A": ("postgres://u:pw@h", False),
        "B": ("postgres://u:pw@h/db", True),
        "C": ("s3", True),
        "D": ("1", False),
    }
    variables = [{"key": key, "value": value, "isSecret": secret} for key, (value, secret) in values.items()]
    with pytest.raises(BadRequestError, match=r"invalid \*{4} and \*{4} and \*{4} in Workspace 1"):
        client.deployments.create({**BODY, "environmentVariables": variables})


def now() -> str:
    return datetime.now(timezone.utc).isoformat()


def test_every_filter_goes_out_with_its_key_repeated(client, requests_mock):
    requests_mock.get(LIST, json=listing())
    client.deployments.list(deployment_ids=["a", "b"], names=["n"], workspace_ids=["w"])
    query = requests_mock.last_request.qs
    assert query["deploymentids"] == ["a", "b"]
    assert query["names"] == ["n"]
    assert query["workspaceids"] == ["w"]


def test_all_pages_are_read_even_when_the_server_cuts_them_smaller(client, requests_mock):
    items = [deployment(id=f"cl{i}") for i in range(7)]

    def answer(request, context):
        offset = int(request.qs["offset"][0])
        return listing(*items[offset : offset + 3], total=7)

    requests_mock.get(LIST, json=answer)
    assert [d.id for d in client.deployments.list()] == [f"cl{i}" for i in range(7)]


def test_an_item_deleted_between_two_pages_hides_no_other(client, requests_mock):
    items = [deployment(id=f"cl{i}") for i in range(6)]
    reads = []

    def answer(request, context):
        offset = int(request.qs["offset"][0])
        reads.append(offset)
        page = listing(*items[offset : offset + 3], total=len(items))
        if len(reads) == 1:
            del items[0]  # cl3 moves onto the page that was just read
        return page

    requests_mock.get(LIST, json=answer)
    assert [d.id for d in client.deployments.list(page_size=3)] == ["cl1", "cl2", "cl3", "cl4", "cl5"]


def test_a_list_that_never_holds_still_is_an_error_not_a_shorter_list(client, requests_mock):
    count = iter(range(1000))
    requests_mock.get(LIST, json=lambda *_: listing(deployment(id=f"cl{next(count)}"), total=9))
    with pytest.raises(UnexpectedResponseError, match="changed"):
        client.deployments.list()


def test_a_name_that_only_contains_the_one_asked_for_is_not_found(client, requests_mock):
    requests_mock.get(LIST, json=listing(deployment(name="staging-2")))
    assert client.deployments.find("staging") is None


def test_two_deployments_of_one_name_are_an_error_that_lists_them(client, requests_mock):
    twins = [deployment(id="cla", workspaceName="One"), deployment(id="clb", workspaceName="Two")]
    requests_mock.get(LIST, json=listing(*twins))
    with pytest.raises(AmbiguousNameError) as caught:
        client.deployments.find("staging")
    for part in ("cla", "clb", "One", "Two", "id"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    "lost",
    [
        {"exc": requests.exceptions.ReadTimeout},
        {"exc": requests.exceptions.ConnectionError},
        {"status_code": 500},
        {"status_code": 502, "text": "<html>"},
        {"status_code": 503},
        {"status_code": 200, "text": "{"},
        {"status_code": 200, "text": ""},
    ],
    ids=str,
)
def test_a_create_whose_answer_was_lost_finds_what_it_made(client, requests_mock, lost):
    create = requests_mock.post(LIST, [lost])
    requests_mock.get(LIST, json=lambda *_: listing(deployment(createdAt=now())))
    assert client.deployments.create(BODY).id == ID
    assert create.call_count == 1


def test_a_create_that_surely_failed_is_sent_again(client, requests_mock, pauses):
    create = requests_mock.post(LIST, [{"status_code": 503}, {"json": deployment()}])
    requests_mock.get(LIST, json=listing())
    assert client.deployments.create(BODY).id == ID
    assert create.call_count == 2
    assert len(pauses) == 1


def test_a_create_that_took_effect_after_the_lookup_is_found_by_its_name_being_used(client, requests_mock):
    used = {"status_code": 400, "json": error(400, "name already exists")}
    create = requests_mock.post(LIST, [{"exc": requests.exceptions.ReadTimeout}, used])
    requests_mock.get(LIST, [{"json": listing()}, {"json": listing(deployment(createdAt=now()))}])
    assert client.deployments.create(BODY).id == ID
    assert create.call_count == 2


def test_an_older_deployment_of_the_same_name_is_not_taken_for_ours(client, requests_mock):
    create = requests_mock.post(LIST, exc=requests.exceptions.ReadTimeout)
    requests_mock.get(LIST, json=listing(deployment(createdAt=LONG_AGO)))
    with pytest.raises(NoResponseError):
        client.deployments.create(BODY)
    assert create.call_count == 1


@pytest.mark.parametrize(
    ("creator", "adopted"), [("cltokenours", True), ("cltokentheirs", False), (None, True)], ids=str
)
def test_a_lost_create_adopts_only_what_its_own_token_created(requests_mock, creator, adopted):
    ours = token(permissions=["apiTokenId:cltokenours"], apiTokenId="cltokenours")
    created_by = {"id": creator, "subjectType": "SERVICEKEY"} if creator else None
    create = requests_mock.post(LIST, exc=requests.exceptions.ReadTimeout)
    requests_mock.get(LIST, json=lambda *_: listing(deployment(createdAt=now(), createdBy=created_by)))
    with AstroClient(ours, url=URL, organization_id=ORG, sleep=lambda _: None) as client:
        if adopted:
            assert client.deployments.create(BODY).id == ID
        else:
            with pytest.raises(NoResponseError):
                client.deployments.create(BODY)
    assert create.call_count == 1


def test_a_create_that_fails_each_time_ends(client, requests_mock):
    create = requests_mock.post(LIST, status_code=500)
    requests_mock.get(LIST, json=listing())
    with pytest.raises(ServerError):
        client.deployments.create(BODY)
    assert create.call_count == 3


def test_the_first_try_is_judged_by_the_apis_clock_not_by_ours(client, requests_mock):
    # Astro's clock is an hour behind this machine's; the Deployment it made looks an hour old to us.
    date = {"Date": "Wed, 01 Jan 2020 12:00:00 GMT"}
    requests_mock.get(path(f"/deployments/{ID}"), json=deployment(), headers=date)
    client.deployments.get(ID)
    requests_mock.post(LIST, exc=requests.exceptions.ReadTimeout)
    requests_mock.get(LIST, json=listing(deployment(createdAt="2020-01-01T12:00:01Z")))
    assert client.deployments.create(BODY).id == ID


@pytest.mark.parametrize("failure", [{"status_code": 429}, {"exc": requests.exceptions.ConnectTimeout}], ids=str)
def test_a_create_that_was_never_accepted_is_simply_sent_again(client, requests_mock, failure):
    create = requests_mock.post(LIST, [failure, {"json": deployment()}])
    assert client.deployments.create(BODY).id == ID
    assert create.call_count == 2
    assert requests_mock.call_count == 2


@pytest.mark.parametrize(("status", "kind"), [(400, BadRequestError), (403, ForbiddenError)])
def test_a_refused_create_is_not_sent_again(client, requests_mock, status, kind):
    create = requests_mock.post(LIST, status_code=status, json=error(status, "no"))
    with pytest.raises(kind):
        client.deployments.create(BODY)
    assert create.call_count == 1


def test_an_update_is_sent_again_with_the_same_body(client, requests_mock):
    update = requests_mock.post(path(f"/deployments/{ID}"), [{"status_code": 502}, {"json": deployment()}])
    client.deployments.update(ID, BODY)
    assert [json.loads(r.text) for r in update.request_history] == [BODY, BODY]


def test_a_delete_whose_answer_was_lost_is_done_when_the_deployment_is_gone(client, requests_mock):
    gone = {"status_code": 404, "json": error(404, "not found")}
    delete = requests_mock.delete(path(f"/deployments/{ID}"), [{"exc": requests.exceptions.ReadTimeout}, gone])
    client.deployments.delete(ID)
    assert delete.call_count == 2


@pytest.mark.parametrize("first", [[], [{"status_code": 429}]], ids=["at once", "after 429"])
def test_a_delete_of_what_never_existed_is_an_error(client, requests_mock, first):
    gone = {"status_code": 404, "json": error(404, "not found")}
    requests_mock.delete(path(f"/deployments/{ID}"), [*first, gone])
    with pytest.raises(NotFoundError):
        client.deployments.delete(ID)


def test_options_are_asked_for_type_executor_and_provider(client, requests_mock):
    bounds = {"floor": "1", "default": "1", "ceiling": "2"}
    count = {"floor": 1, "default": 1, "ceiling": 2}
    amount = {"cpu": bounds, "memory": bounds}
    requests_mock.get(
        path("/deployment-options"),
        json={
            "executors": ["CELERY"],
            "resourceQuotas": {"defaultPodSize": amount, "resourceQuota": amount},
            "runtimeReleases": [{"version": "3.1-5"}],
            "schedulerMachines": [{"name": "SMALL"}],
            "workerMachines": [{"name": "A5", "concurrency": count}],
            "workerQueues": {"maxWorkers": count, "minWorkers": count, "workerConcurrency": count},
        },
    )
    options = client.deployment_options.get(deployment_type="STANDARD", executor="CELERY")
    assert options.worker_machines[0].concurrency.ceiling == 2
    assert requests_mock.last_request.query == "deploymenttype=standard&executor=celery"
