"""Without a source Deployment, the Airflow that the task runs in is the source."""

from __future__ import annotations

import json

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS

from astro_provider.operators.airflow_objects import CopyAirflowObjectsOperator as Copy
from astro_provider.tasks import running_airflow
from tests.slow import mostly_slow

PASSWORD = "hunter2-and-more"
WAREHOUSE = {"conn_type": "postgres", "host": "db", "password": PASSWORD, "extra": {"token": "token-of-it"}}
NOTHING = {"connections": None, "variables": None, "pools": None}
on_airflow_3 = pytest.mark.skipif(not AIRFLOW_V_3_0_PLUS, reason="a task on Airflow 2 can list them")
on_airflow_2 = pytest.mark.skipif(AIRFLOW_V_3_0_PLUS, reason="a task on Airflow 3 cannot read the database")


@pytest.fixture
def running(monkeypatch):
    """What the Airflow of this process has, as its tasks read it."""
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps(WAREHOUSE))
    monkeypatch.setenv("AIRFLOW_VAR_API_TOKEN", "value-of-the-token")
    monkeypatch.setenv("AIRFLOW_VAR_REGION", "eu")


@pytest.fixture
def masked(monkeypatch):
    seen = []
    monkeypatch.setattr(running_airflow, "mask_secret", lambda value, name=None: seen.append(value))
    return seen


@pytest.fixture(params=mostly_slow(["3.3-2", "13.2.0"]), ids=["to-3", "to-2"])
def target(request, astro):
    return astro.add_deployment("target", astroRuntimeVersion=request.param)


@on_airflow_3
def test_elsewhere_exact_names_are_copied_with_their_secrets(astro, runner, running, masked, target):
    names = {"connections": ["warehouse"], "variables": ["region", "api_token"], "pools": None}
    assert runner.run(Copy, deployment_id=target, **names) == {"created": 3}
    stored = astro.airflow_connection(target, "warehouse")
    assert (stored["password"], json.loads(stored["extra"])) == (PASSWORD, {"token": "token-of-it"})
    assert astro.airflow_variable(target, "api_token") == "value-of-the-token"
    assert {PASSWORD, "token-of-it", "value-of-the-token"} <= set(masked)


@on_airflow_3
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"connections": "*"}, r"cannot list them\. So connections=\['\*'\] cannot be found: write exact names"),
        ({"variables": ["region", "team_?"]}, r"So variables=\['team_\?'\] cannot be found"),
        ({"pools": ["heavy"]}, "So pools cannot be copied: set pools=None, or name a source"),
    ],
)
def test_elsewhere_what_would_have_to_be_listed_is_refused(astro, runner, running, target, arguments, said):
    with pytest.raises(AirflowFailException, match=said):
        runner.run(Copy, deployment_id=target, **{**NOTHING, **arguments})


@on_airflow_3
def test_elsewhere_a_name_that_does_not_exist_is_an_error(runner, running, target):
    with pytest.raises(AirflowFailException, match="the Airflow that runs this task has no connection 'warehuose'"):
        runner.run(Copy, deployment_id=target, **{**NOTHING, "connections": ["warehuose"]})


@pytest.mark.parametrize("runtime", ["13.2.0", "3.3-2"], ids=["own-2", "own-3"])
def test_on_astro_the_own_deployments_api_lists_and_the_task_reads_the_values(
    astro, runner, running, masked, target, monkeypatch, runtime
):
    own = astro.add_deployment("own", astroRuntimeVersion=runtime)
    monkeypatch.setenv("ASTRO_DEPLOYMENT_ID", own)
    astro.add_airflow_connection(own, "warehouse", conn_type="postgres", host="db", password=PASSWORD)
    astro.add_airflow_variable(own, "region", "eu", "where")
    astro.add_airflow_variable(own, "api_token", "value-of-the-token")
    astro.add_airflow_pool(own, "heavy", slots=3)
    assert runner.run(Copy, deployment_id=target) == {"created": 4, "unchanged": 1}
    assert astro.airflow_connection(target, "warehouse")["password"] == PASSWORD
    assert astro.airflow_variable(target, "api_token") == "value-of-the-token"
    assert astro.airflow_pool(target, "heavy")["slots"] == 3
    assert PASSWORD in masked


def test_what_the_own_api_does_not_list_is_copied_by_its_name_and_never_deleted_for_that(
    astro, runner, running, target, monkeypatch
):
    own = astro.add_deployment("own", astroRuntimeVersion="3.3-2")
    monkeypatch.setenv("ASTRO_DEPLOYMENT_ID", own)
    monkeypatch.setenv("AIRFLOW_VAR_REGION_TWO", "us")  # as the Environment Manager and a secrets backend have theirs
    for key in ("region_two", "region_old"):
        astro.add_airflow_variable(target, key, "x")
    astro.add_airflow_variable(own, "region_one", "eu")
    chosen = {**NOTHING, "variables": ["region", "region_*"], "delete_unlisted": True}
    runner.run(Copy, deployment_id=target, **chosen)
    outcomes = {each["name"]: each["outcome"] for each in runner.ti.xcoms["objects"]}
    assert outcomes == {"region": "created", "region_one": "created", "region_two": "left out", "region_old": "deleted"}
    assert (astro.airflow_variable(target, "region"), astro.airflow_variable(target, "region_two")) == ("eu", "x")


def test_a_description_that_a_task_cannot_read_is_taken_from_the_api(astro, runner, running, target, monkeypatch):
    own = astro.add_deployment("own", astroRuntimeVersion="3.3-2")
    monkeypatch.setenv("ASTRO_DEPLOYMENT_ID", own)
    astro.add_airflow_connection(own, "warehouse", conn_type="postgres", description="of the sales team")
    assert runner.run(Copy, deployment_id=target, **{**NOTHING, "connections": "*"}) == {"created": 1}
    assert astro.airflow_connection(target, "warehouse")["description"] == "of the sales team"


@on_airflow_3
def test_a_description_that_nobody_can_read_is_left_as_it_is(astro, runner, running, target):
    astro.add_airflow_connection(target, "warehouse", conn_type="postgres", description="of the sales team")
    runner.run(Copy, deployment_id=target, **{**NOTHING, "connections": ["warehouse"]})
    stored = astro.airflow_connection(target, "warehouse")
    assert (stored["description"], stored["password"]) == ("of the sales team", PASSWORD)


@pytest.fixture
def stored(airflow_db):
    """One of each kind in the metadata database of this process."""
    from airflow.models import Connection, Pool, Variable
    from airflow.utils.session import create_session

    with create_session() as session:
        connection = Connection(conn_id="copied_warehouse", conn_type="postgres", host="db", password=PASSWORD)
        pool = Pool(pool="copied_pool", slots=3, include_deferred=True, description="queries")
        session.add_all([connection, pool])
    Variable.set("copied_region", "eu", description="where")
    yield
    with create_session() as session:
        session.query(Connection).filter(Connection.conn_id == "copied_warehouse").delete()
        session.query(Pool).filter(Pool.pool == "copied_pool").delete()
    Variable.delete("copied_region")


@on_airflow_2
def test_elsewhere_on_airflow_2_the_database_lists_them(astro, runner, stored, target, masked):
    names = dict.fromkeys(NOTHING, "copied_*")
    assert runner.run(Copy, deployment_id=target, **names) == {"created": 3}
    assert astro.airflow_connection(target, "copied_warehouse")["password"] == PASSWORD
    assert astro.airflow_variable(target, "copied_region") == "eu"
    assert astro.airflow_pool(target, "copied_pool")["include_deferred"] is True
    assert PASSWORD in masked
