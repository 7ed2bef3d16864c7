"""Copying connections, variables and pools, from and to each line of Airflow."""

from __future__ import annotations

import json
import logging

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.errors import HibernatingError
from astro_provider.operators.airflow_objects import CopyAirflowObjectsOperator as Copy
from tests.unit.running import calls

from .copying import PASSWORD, RUNTIMES, SECRETS, TOKEN, VALUES


def test_everything_arrives_with_its_secrets(sides, astro):
    counts = sides.copy_all()
    assert astro.airflow_connection(sides.target, "warehouse") == astro.airflow_connection(sides.source, "warehouse")
    lake = astro.airflow_connection(sides.target, "lake")
    assert json.loads(lake["extra"]) == {"region": "eu", "token": TOKEN}
    assert not astro.airflow_connection(sides.target, "open")["password"]
    assert astro.airflow_variable(sides.target, "region") == "eu"
    assert json.loads(astro.airflow_variable(sides.target, "settings")) == {"a": 1, "b": [1, 2]}
    assert astro.airflow_variable(sides.target, "api_token") == VALUES["api_token"]
    heavy = astro.airflow_pool(sides.target, "heavy")
    assert (heavy["slots"], heavy["include_deferred"], heavy["description"]) == (3, True, "queries")
    assert counts == {"created": 7, "unchanged": 1}
    assert sides.results()["default_pool"] == "unchanged"


def test_a_second_copy_ends_in_the_same_state_and_writes_only_what_the_target_does_not_show(sides, astro):
    sides.copy_all()
    before = [astro.airflow_connection(sides.target, name) for name in ("warehouse", "lake", "open")]
    sides.copy_all()
    assert [astro.airflow_connection(sides.target, name) for name in ("warehouse", "lake", "open")] == before
    results = sides.results()
    assert {results[name] for name in ("region", "settings", "heavy", "open")} == {"unchanged"}
    assert results["warehouse"] == results["lake"] == "updated"


def test_dry_run_logs_the_plan_and_writes_nothing(sides, caplog):
    caplog.set_level(logging.INFO)
    counts = sides.copy_all(dry_run=True)
    assert counts == {"create": 7, "unchanged": 1}
    assert "connection 'warehouse': create (conn_type, host, login, password, port)" in caplog.text
    assert sides.writes() == []


def test_globs_lists_and_exclusions_choose(sides, astro):
    sides.copy(connections=None, variables=["reg*", "settings"], pools=None, exclude="set*")
    assert sides.results() == {"region": "created"}
    assert astro.airflow_pool(sides.target, "heavy") is None


def own_warnings(caplog):
    """The warnings, without Airflow's own about a task that a test executes."""
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    return [text for text in warnings if "cannot be called outside" not in text]


@pytest.mark.parametrize("sides", [(3, 3)], indirect=True, ids=["3-to-3"])
def test_a_glob_that_matches_nothing_is_a_warning_with_the_nearest_name(sides, caplog):
    sides.copy(connections=None, variables=["reg*", "setings*"], pools=["hvy*", "*"], exclude=["default_*"])
    label = f"Deployment 'source' ({sides.source})"
    assert own_warnings(caplog) == [
        f"variables: {label} has no variable that matches 'setings*'. Did you mean 'settings'?",
        f"pools: {label} has no pool that matches 'hvy*'. Did you mean 'heavy'?",
    ]


@pytest.mark.parametrize("sides", [(3, 3)], indirect=True, ids=["3-to-3"])
def test_a_source_without_any_objects_is_no_warning(sides, caplog):
    empty = sides.astro.add_deployment("empty")
    sides.copy(source_deployment_id=empty)
    assert own_warnings(caplog) == []


def test_a_name_that_is_not_there_is_an_error_with_the_nearest_one(sides):
    with pytest.raises(AirflowFailException, match=r"has no variable 'regoin'\. Did you mean 'region'"):
        sides.copy(connections=None, variables=["regoin"], pools=None)


def test_existing_objects_can_be_left_alone_or_be_an_error(sides, astro):
    astro.add_airflow_variable(sides.target, "region", "us")
    chosen = {"connections": None, "variables": ["region"], "pools": None}
    sides.copy(**chosen, if_exists="ignore")
    assert astro.airflow_variable(sides.target, "region") == "us"
    with pytest.raises(AirflowFailException, match="variable 'region' already exists in the target with another"):
        sides.copy(**chosen, if_exists="fail")
    sides.copy(**chosen)
    assert astro.airflow_variable(sides.target, "region") == "eu"
    sides.copy(**chosen, if_exists="fail")  # the same already


def test_a_retry_meets_what_its_earlier_try_created(sides, runner):
    chosen = {"connections": ["warehouse"], "variables": None, "pools": None, "if_exists": "fail"}
    sides.copy(**chosen, secrets={"warehouse": {"password": PASSWORD}})
    with pytest.raises(AirflowFailException, match="already exists"):
        sides.copy(**chosen, secrets={"warehouse": {"password": PASSWORD}})
    runner.ti.try_number = 2
    sides.copy(**chosen, secrets={"warehouse": {"password": PASSWORD}})
    assert sides.results() == {"warehouse": "unchanged"}


def test_what_is_not_listed_is_deleted_within_the_patterns_only(sides, astro):
    for name in ("team_old", "team_keep", "other"):
        astro.add_airflow_variable(sides.target, name, "x")
    astro.add_airflow_variable(sides.source, "team_new", "y")
    chosen = {"connections": None, "variables": "team_*", "pools": None, "exclude": ["team_keep"]}
    sides.copy(**chosen, delete_unlisted=True)
    assert sides.results() == {"team_new": "created", "team_old": "deleted"}
    assert astro.airflow_variable(sides.target, "team_old") is None
    assert astro.airflow_variable(sides.target, "team_keep") == "x"
    assert astro.airflow_variable(sides.target, "other") == "x"


def test_an_object_that_is_left_out_is_not_deleted(sides, astro):
    astro.add_airflow_connection(sides.target, "warehouse", conn_type="http", password="own")
    sides.copy(if_redacted="ignore", delete_unlisted=True, max_deletes=0)
    assert astro.airflow_connection(sides.target, "warehouse")["password"] == "own"


def test_the_default_pool_is_changed_and_never_deleted(sides, astro):
    astro.add_airflow_pool(sides.source, "default_pool", slots=77, include_deferred=True)
    astro.add_airflow_pool(sides.target, "light", slots=1)
    sides.copy(connections=None, variables=None, pools="*", delete_unlisted=True)
    assert astro.airflow_pool(sides.target, "default_pool")["slots"] == 77
    assert astro.airflow_pool(sides.target, "light") is None


def test_a_source_that_turns_out_empty_needs_max_deletes(sides, astro):
    astro.add_airflow_variable(sides.target, "team_old", "x")
    chosen = {"connections": None, "variables": "team_*", "pools": None, "delete_unlisted": True}
    with pytest.raises(AirflowFailException, match=r"has no variables that match.*max_deletes=1"):
        sides.copy(**chosen)
    with pytest.raises(AirflowFailException, match="1 object would be deleted, more than max_deletes=0 allows"):
        sides.copy(**chosen, max_deletes=0)
    assert astro.airflow_variable(sides.target, "team_old") == "x"
    sides.copy(**chosen, max_deletes="{{ 1 }}")
    assert astro.airflow_variable(sides.target, "team_old") is None


@pytest.mark.parametrize("sides", [(3, 3)], indirect=True, ids=["3-to-3"])
def test_a_source_with_only_the_default_pool_has_no_pools(astro, sides):
    empty = astro.add_deployment("empty", astroRuntimeVersion=RUNTIMES[3])
    astro.add_airflow_pool(sides.target, "light", slots=1)
    chosen = {"connections": None, "variables": None, "delete_unlisted": True, "source_deployment_id": empty}
    with pytest.raises(AirflowFailException, match=r"has no pools that match.*max_deletes=1"):
        sides.copy(**chosen)
    assert astro.airflow_pool(sides.target, "light") is not None
    sides.copy(**chosen, max_deletes=1)
    assert sides.results() == {"default_pool": "unchanged", "light": "deleted"}


@pytest.mark.parametrize("name", ["a/b", "..", "%2F", "sp ace?#"])
def test_pools_of_any_name_are_copied_changed_and_deleted_or_refused_before_anything_is_written(sides, astro, name):
    chosen = {"connections": None, "variables": None, "pools": [name], "delete_unlisted": True, "max_deletes": 1}
    astro.add_airflow_pool(sides.source, name, slots=1)
    sides.copy(**chosen)
    assert astro.airflow_pool(sides.target, name)["slots"] == 1
    astro.add_airflow_pool(sides.source, name, slots=2)
    written = len(sides.writes())
    if sides.majors[1] == 2 and name in {"a/b", ".."}:
        with pytest.raises(
            AirflowFailException, match="cannot update it, since its name would be read as part of a path"
        ):
            sides.copy(**chosen)
        assert len(sides.writes()) == written
        return
    sides.copy(**chosen)
    assert astro.airflow_pool(sides.target, name)["slots"] == 2


@pytest.mark.parametrize("key", ["/leading", "a/b", "a//b", "a/../b", "trailing/", "sp ace?#", "%2F", "ä"])
def test_keys_of_any_characters_are_copied_or_refused_before_anything_is_written(sides, astro, key):
    astro.add_airflow_variable(sides.source, key, "1")
    chosen = {"connections": None, "variables": [key], "pools": None}
    sides.copy(**chosen)
    assert astro.airflow_variable(sides.target, key) == "1"
    sides.copy(**chosen)
    assert sides.results() == {key: "unchanged"}
    astro.add_airflow_variable(sides.source, key, "2")
    if sides.majors[1] == 2 and key in {"/leading", "a//b", "a/../b", "trailing/"}:
        with pytest.raises(
            AirflowFailException, match="cannot update it, since its name would be read as part of a path"
        ):
            sides.copy(**chosen)
        return
    sides.copy(**chosen)
    assert astro.airflow_variable(sides.target, key) == "2"


def test_a_pool_without_a_limit_is_not_put_into_airflow_2(sides, astro):
    if sides.majors[0] == 2:
        pytest.skip("Airflow 2 cannot list such a pool")
    astro.add_airflow_pool(sides.source, "endless", slots=-1)
    chosen = {"connections": None, "variables": None, "pools": ["endless"]}
    if sides.majors[1] == 2:
        with pytest.raises(AirflowFailException, match="pool 'endless' has no limit"):
            sides.copy(**chosen)
        assert sides.writes() == []
    else:
        sides.copy(**chosen)
        assert astro.airflow_pool(sides.target, "endless")["slots"] == -1


@pytest.mark.parametrize("sides", [(3, 3)], indirect=True, ids=["3-to-3"])
def test_source_and_target_must_differ(sides, monkeypatch):
    with pytest.raises(AirflowFailException, match="Source and target are the same"):
        sides.copy(deployment_id=sides.source)
    monkeypatch.setenv("ASTRO_DEPLOYMENT_ID", sides.target)
    with pytest.raises(AirflowFailException, match="Source and target are the same"):
        sides.runner.run(Copy, deployment_id=sides.target)


@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize("sides", [(3, 3)], indirect=True, ids=["3-to-3"])
def test_a_hibernating_side_is_named_with_the_operator_that_wakes_it_up(sides, astro, side):
    astro.set_status(getattr(sides, side), "HIBERNATING")
    with pytest.raises(
        HibernatingError,
        match=rf"^Deployment '{side}' .* is hibernating, .* Wake it up first, with WakeUpDeploymentOperator\.$",
    ):
        sides.copy()


def test_one_object_that_the_target_refuses_does_not_stop_the_others(sides, astro):
    if sides.majors != (2, 3):
        pytest.skip("only Airflow 3 refuses an extra that is not JSON")
    astro.add_airflow_connection(sides.source, "odd", conn_type="http", extra="not json")
    with pytest.raises(AirflowFailException, match=r"1 object was not copied:\nconnection 'odd': .*422"):
        sides.copy_all(secrets={**SECRETS, "odd": {}})
    assert sides.results()["odd"] == "failed"
    assert sides.results()["heavy"] == "created"


def test_the_calls_are_few(sides, astro):
    sides.copy_all()
    count = len(calls(astro, "GET"))
    assert count <= 14


@pytest.mark.parametrize(("there", "here"), [('{"a": [1]}', '{"a": [true]}'), ('{"a": 1.0}', '{"a": 1}')])
def test_a_json_value_of_another_type_is_another_value(sides, astro, there, here):
    astro.add_airflow_variable(sides.source, "limits", here)
    astro.add_airflow_variable(sides.target, "limits", there)
    sides.copy(connections=None, variables=["limits"], pools=None)
    assert sides.results() == {"limits": "updated"}
    assert json.loads(astro.airflow_variable(sides.target, "limits")) == json.loads(here)
