"""Connections, variables and pools: what comes out masked, what is put back, what each line refuses."""

from __future__ import annotations

import json

import pytest

EXTRA = '{"token":"t0p","region":"eu","nested":{"api_key":"k","x":1},"access_key":"ak"}'
CONNECTION = {"connection_id": "c", "conn_type": "http", "host": "h", "password": "s3cret", "extra": EXTRA}


@pytest.fixture
def stored(astro, airflow):
    """Look at what is stored, secrets included."""
    return lambda kind, name: getattr(astro, f"airflow_{kind}")(airflow.deployment_id, name)


def test_no_answer_has_a_connections_secrets(airflow):
    answers = [
        airflow("POST", "/connections", CONNECTION),
        airflow("GET", "/connections/c"),
        airflow("GET", "/connections"),
    ]
    for answer in answers:
        assert all(secret not in answer.text for secret in ("s3cret", "t0p", '"k"'))
    shown = answers[1].json()
    extra = {"token": "***", "region": "eu", "nested": {"api_key": "***", "x": 1}}
    extra["access_key"] = "***" if airflow.major == 3 else "ak"  # a name that only Airflow 3 finds sensitive
    assert json.loads(shown["extra"]) == extra
    listed = answers[2].json()["connections"][0]
    if airflow.major == 2:
        assert not {"password", "extra"} & listed.keys()
        assert "password" not in shown
    else:
        assert (listed["password"], shown["password"]) == ("***", "***")


def test_masks_are_put_back_by_an_update_of_airflow_3_only(airflow, stored):
    airflow("POST", "/connections", CONNECTION)
    shown = airflow("GET", "/connections/c").json()
    body = {"connection_id": "c", "conn_type": "http", "password": "***", "extra": shown["extra"], "host": "new"}
    assert airflow("PATCH", "/connections/c", body).status_code == 200
    after = stored("connection", "c")
    assert after["host"] == "new"
    if airflow.major == 3:
        assert (after["password"], json.loads(after["extra"])) == ("s3cret", json.loads(EXTRA))
    else:
        assert (after["password"], json.loads(after["extra"])["token"]) == ("***", "***")


def test_masks_that_create_a_connection_are_stored_literally(airflow, stored):
    airflow("POST", "/connections", {**CONNECTION, "password": "***", "extra": '{"token": "***"}'})
    assert (stored("connection", "c")["password"], stored("connection", "c")["extra"]) == ("***", '{"token": "***"}')


def test_an_update_leaves_what_it_does_not_name(airflow, stored):
    airflow("POST", "/connections", CONNECTION)
    airflow("PATCH", "/connections/c", {"connection_id": "c", "conn_type": "http", "login": "l"})
    assert stored("connection", "c") == {
        **dict.fromkeys(("description", "schema", "port")),
        **CONNECTION,
        "login": "l",
    }
    assert airflow("PATCH", "/connections/c", {"login": "l"}).status_code == {2: 200, 3: 422}[airflow.major]


def test_a_password_that_stands_in_an_extra_is_masked_there(airflow):
    airflow("POST", "/connections", {**CONNECTION, "extra": '{"dsn_like": "postgres://u:s3cret@h"}'})
    assert json.loads(airflow("GET", "/connections/c").json()["extra"]) == {
        "dsn_like": "***" if airflow.major == 3 else "postgres://u:***@h"
    }


@pytest.mark.parametrize(
    ("change", "two", "three"),
    [
        ({"connection_id": "c 1"}, 400, 422),
        ({"color": "red"}, 400, 422),
        ({"extra": "not json"}, 200, 422),
        ({"extra": "[1]"}, 500, 422),
        ({"extra": {"a": 1}}, 400, 422),
        ({"port": "80"}, 400, 201),
        ({"conn_type": None}, 400, 422),
    ],
)
def test_odd_connections(airflow, change, two, three):
    assert airflow("POST", "/connections", {**CONNECTION, **change}).status_code == {2: two, 3: three}[airflow.major]


def test_variables_are_in_clear_in_airflow_2_and_masked_by_name_in_airflow_3(astro, airflow):
    for key, value in (("greeting", "hi"), ("my_password", "pw"), ("config", '{"a":1,  "l":[{"token":"t"}]}')):
        astro.add_airflow_variable(airflow.deployment_id, key, value)
    shown = {each["key"]: each["value"] for each in airflow("GET", "/variables").json()["variables"]}
    if airflow.major == 2:
        assert shown == {"greeting": "hi", "my_password": "pw", "config": '{"a":1,  "l":[{"token":"t"}]}'}
    else:  # and written anew, so that the spaces change as well
        assert shown == {"greeting": "hi", "my_password": "***", "config": '{"a": 1, "l": [{"token": "***"}]}'}


def test_a_masked_copy_destroys_a_variable(airflow, stored):
    airflow("POST", "/variables", {"key": "my_password", "value": "pw"})
    airflow("PATCH", "/variables/my_password", {"key": "my_password", "value": "***"})
    assert stored("variable", "my_password") == "***"


def test_a_variable_that_is_there_already(airflow, stored):
    airflow("POST", "/variables", {"key": "k", "value": "old"})
    assert airflow("POST", "/variables", {"key": "k", "value": "new"}).status_code == {2: 200, 3: 409}[airflow.major]
    assert stored("variable", "k") == {2: "new", 3: "old"}[airflow.major]


def test_keys_with_slashes(airflow, stored):
    for key in ("a/b", "/lead"):
        airflow("POST", "/variables", {"key": key, "value": "1"})
    assert airflow("GET", "/variables/a%2Fb").json()["value"] == "1"
    assert airflow("GET", "/variables/%2Flead").status_code == {2: 404, 3: 200}[airflow.major]
    airflow("DELETE", "/variables/a%2Fb")
    assert stored("variable", "a/b") is None


def test_only_airflow_3_takes_values_that_are_no_text(airflow, stored):
    answer = airflow("POST", "/variables", {"key": "k", "value": {"a": 1}})
    assert answer.status_code == {2: 400, 3: 201}[airflow.major]
    assert airflow.major == 2 or json.loads(stored("variable", "k")) == {"a": 1}


def test_there_is_a_default_pool_and_it_stays(airflow, stored):
    assert [pool["name"] for pool in airflow("GET", "/pools").json()["pools"]] == ["default_pool"]
    assert airflow("DELETE", "/pools/default_pool").status_code == 400
    assert stored("pool", "default_pool")["slots"] == 128


def test_the_default_pool_changes_only_in_the_way_of_its_line(airflow, stored):
    whole = {"name": "default_pool", "slots": 64, "include_deferred": True}
    assert airflow("PATCH", "/pools/default_pool", whole).status_code == {2: 200, 3: 400}[airflow.major]
    assert airflow("PATCH", "/pools/default_pool", {"slots": 64}).status_code == 400
    mask = {2: "slots,include_deferred", 3: "slots&update_mask=include_deferred"}[airflow.major]
    body = {"slots": 65, "include_deferred": True}
    assert airflow("PATCH", f"/pools/default_pool?update_mask={mask}", body).status_code == 200
    after = stored("pool", "default_pool")
    assert (after["slots"], after["include_deferred"]) == (65, True)
    answer = airflow("PATCH", "/pools/default_pool?update_mask=description", {**whole, "description": "d"})
    assert answer.status_code == {2: 200, 3: 400}[airflow.major]


def test_a_pool_update_needs_more_in_airflow_3(airflow, stored):
    airflow("POST", "/pools", {"name": "p", "slots": 3, "include_deferred": True, "description": "d"})
    assert airflow("PATCH", "/pools/p", {"name": "p", "slots": 4}).status_code == {2: 200, 3: 422}[airflow.major]
    # Airflow 2 takes what is left out for false.
    assert stored("pool", "p")["include_deferred"] is (airflow.major == 3)
    body = {"name": "p", "slots": 5, "include_deferred": True}
    assert airflow("PATCH", "/pools/p", body).json()["slots"] == 5
    assert stored("pool", "p")["description"] == "d"


def test_computed_slots_must_not_be_sent_back(airflow):
    body = {"name": "p", "slots": 3, "occupied_slots": 0}
    assert airflow("POST", "/pools", body).status_code == {2: 400, 3: 422}[airflow.major]


def test_a_pool_without_a_limit_breaks_the_lists_of_airflow_2(astro, airflow):
    answer = airflow("POST", "/pools", {"name": "endless", "slots": -1})
    assert answer.status_code == {2: 500, 3: 201}[airflow.major]
    assert airflow("GET", "/pools").status_code == {2: 500, 3: 200}[airflow.major]
    assert astro.airflow_pool(airflow.deployment_id, "endless")["slots"] == -1


def test_an_author_reads_no_connections(astro, airflow):
    author = astro.issue_token("WORKSPACE_AUTHOR")
    assert airflow("GET", "/connections", token=author).status_code == 403
    assert airflow("GET", "/pools", token=author).status_code == 200
    assert airflow("POST", "/pools", {"name": "p", "slots": 1}, token=author).status_code == 403


def test_the_journal_hides_what_is_written(astro, airflow):
    airflow("POST", "/connections", CONNECTION)
    airflow("POST", "/variables", {"key": "k", "value": "s3cret"})
    airflow("PATCH", "/connections", {"actions": [{"action": "create", "entities": [CONNECTION]}]})
    assert not any("s3cret" in str(request.public()) or "t0p" in str(request.public()) for request in astro.requests)


class TestBulk:
    """Airflow 3 only."""

    @pytest.fixture
    def major(self):
        return 3

    @pytest.fixture
    def bulk(self, airflow):
        def bulk(action, entities, **more):
            body = {"actions": [{"action": action, "entities": entities, **more}]}
            answer = airflow("PATCH", "/connections", body)
            assert answer.status_code == 200
            return answer.json()[action]

        return bulk

    def test_what_fails_is_in_a_200(self, bulk):
        assert bulk("create", [CONNECTION]) == {"success": ["c"], "errors": []}
        text = "The connections with these connection_ids: {'c'} already exist."
        again = bulk("create", [CONNECTION, {**CONNECTION, "connection_id": "d"}])
        assert again == {"success": [], "errors": [{"error": text, "status_code": 409}]}
        assert bulk("delete", ["d"])["errors"][0]["status_code"] == 404

    def test_skip_leaves_what_is_there(self, bulk, stored):
        bulk("create", [CONNECTION])
        entities = [{**CONNECTION, "host": "new"}, {**CONNECTION, "connection_id": "d"}]
        assert bulk("create", entities, action_on_existence="skip")["success"] == ["d"]
        assert stored("connection", "c")["host"] == "h"

    def test_an_update_puts_masks_back_and_an_overwrite_does_not(self, bulk, stored):
        bulk("create", [CONNECTION])
        bulk("update", [{**CONNECTION, "password": "***"}])
        assert stored("connection", "c")["password"] == "s3cret"
        bulk("create", [{"connection_id": "c", "conn_type": "ftp", "password": "***"}], action_on_existence="overwrite")
        after = stored("connection", "c")
        assert (after["password"], after["conn_type"], after["host"]) == ("***", "ftp", "h")

    def test_an_action_that_does_not_exist_is_a_500(self, airflow):
        assert airflow("PATCH", "/pools", {"actions": [{"action": "merge", "entities": []}]}).status_code == 500

    def test_a_pool_that_is_not_whole_refuses_the_request(self, airflow, stored):
        airflow("POST", "/pools", {"name": "p", "slots": 1})
        action = {"action": "update", "entities": [{"name": "p", "slots": 2}]}
        refused = airflow("PATCH", "/pools", {"actions": [action]})
        assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["include_deferred"])
        assert stored("pool", "p")["slots"] == 1

    def test_a_mask_is_needed_for_the_default_pool(self, airflow, stored):
        entity = {"name": "default_pool", "slots": 5}
        action = {"action": "update", "entities": [entity]}
        refused = airflow("PATCH", "/pools", {"actions": [action]}).json()["update"]["errors"]
        assert refused[0]["status_code"] == 400
        airflow("PATCH", "/pools", {"actions": [{**action, "update_mask": ["slots"]}]})
        assert stored("pool", "default_pool")["slots"] == 5


def test_an_event_starts_the_dags_that_wait_for_the_asset(astro, airflow):
    for uri in ("s3://x", "s3://y"):
        astro.add_asset(airflow.deployment_id, uri)
    astro.add_dag(airflow.deployment_id, "both", assets=["s3://x", "s3://y"])
    events = "/datasets/events" if airflow.major == 2 else "/assets/events"
    for number, uri in ((1, "s3://x"), (2, "s3://y")):
        assert astro.dag_runs(airflow.deployment_id) == []
        body = {"dataset_uri": uri} if airflow.major == 2 else {"asset_id": number}
        assert airflow("POST", events, {**body, "extra": {"a": 1}}).json()["extra"] == {"a": 1, "from_rest_api": True}
    (run,) = astro.dag_runs(airflow.deployment_id)
    assert run["run_id"].startswith({2: "dataset_triggered__", 3: "asset_triggered__"}[airflow.major])
    unknown = {"dataset_uri": "s3://z"} if airflow.major == 2 else {"asset_id": 9}
    assert airflow("POST", events, unknown).status_code == 404
