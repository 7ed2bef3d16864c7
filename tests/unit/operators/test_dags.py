"""Pausing and unpausing DAGs of another Deployment: just what was asked for, and nothing if something is wrong."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.airflow_api.connect import airflow_client_by_id
from astro_provider.errors import AstroError
from astro_provider.hooks.astro import AstroHook
from astro_provider.operators.dags import PauseDagsOperator, UnpauseDagsOperator
from tests.slow import mostly_slow
from tests.unit.running import StateStore, TaskInstance

RUNTIMES = {2: "13.6.0", 3: "3.1-5"}


@pytest.fixture(params=mostly_slow([3, 2]), ids=["airflow-3", "airflow-2"])
def there(request, astro, runner):
    """Another Deployment with DAGs."""
    made = astro.add_deployment("sales", astroRuntimeVersion=RUNTIMES[request.param])
    astro.add_dag(made, "load_a", tags=["etl"])
    astro.add_dag(made, "load_b", tags=["etl", "daily"], paused=True)
    astro.add_dag(made, "loadXc", tags=["etl", "daily"])
    for number in range(120):
        astro.add_dag(made, f"many_{number:03}")

    def paused():
        listed = airflow_client_by_id(AstroHook().client, made).dags.list()
        return {dag.dag_id for dag in listed if dag.is_paused}

    def change(operator, **arguments):
        return runner.run(operator, deployment_id=made, **arguments)

    return SimpleNamespace(id=made, paused=paused, change=change)


@pytest.mark.parametrize(
    ("chosen", "changed"),
    [
        ({"dag_ids": ["load_a", "load_b"]}, ["load_a"]),
        ({"dag_ids": "load_a"}, ["load_a"]),
        ({"dag_ids": []}, []),
        ({"dag_id_pattern": "load_*"}, ["load_a"]),
        ({"tags": ["etl"]}, ["loadXc", "load_a"]),
        ({"tags": ["etl", "daily"]}, ["loadXc"]),
        ({"dag_id_pattern": "load*", "tags": ["daily"], "dag_ids": ["load_a", "loadXc"]}, ["loadXc"]),
        ({"dag_id_pattern": "many_11?"}, [f"many_11{digit}" for digit in range(10)]),
    ],
)
def test_it_pauses_what_fits_and_returns_what_really_changed(there, chosen, changed):
    assert there.change(PauseDagsOperator, **chosen) == changed
    assert there.paused() == {"load_b", *changed}
    assert there.change(UnpauseDagsOperator, dag_ids=changed) == changed
    assert there.paused() == {"load_b"}


def test_the_log_mentions_others_only_if_there_are_any(there, caplog):
    caplog.set_level(logging.INFO)
    there.change(PauseDagsOperator, dag_ids=["load_a", "load_b"])
    assert caplog.messages[-1] == "Paused 1 of the 2 chosen DAGs. Already paused: 1."
    there.change(UnpauseDagsOperator, dag_ids=["load_a", "load_b"])
    assert caplog.messages[-1] == "Unpaused 2 of the 2 chosen DAGs."


def test_an_id_that_is_not_there_fails_before_anything_is_changed(there):
    with pytest.raises(
        AirflowFailException,
        match=r"^Nothing was changed, because this DAG does not exist: 'load_z' \(did you mean 'load_[ab]'\?\)\.$",
    ):
        there.change(PauseDagsOperator, dag_ids=["load_a", "load_z"])
    assert there.paused() == {"load_b"}


def test_more_than_max_changes_changes_nothing(there):
    with pytest.raises(AirflowFailException, match="122 DAGs would be paused, more than max_changes=3 allows"):
        there.change(PauseDagsOperator, dag_id_pattern="*", max_changes="{{ 3 }}")
    with pytest.raises(AirflowFailException, match=r"max_changes=.few. is not valid; allowed: a whole number"):
        there.change(PauseDagsOperator, dag_id_pattern="*", max_changes="{{ 'few' }}")
    assert there.paused() == {"load_b"}


def test_a_retry_returns_what_the_earlier_try_changed_too(astro, runner, there):
    runner.store = StateStore()
    astro.fault("PATCH", "/airflow/*/api/*/dags/load_a", status=500, times=9)
    with pytest.raises(AstroError):
        there.change(PauseDagsOperator, dag_id_pattern="load*")
    assert there.paused() == {"load_b", "loadXc"}
    astro.clear_faults()
    runner.ti = TaskInstance(try_number=2)
    runner.ti.max_tries, runner.ti.task = 1, SimpleNamespace(retries=1)
    assert there.change(PauseDagsOperator, dag_id_pattern="load*") == ["loadXc", "load_a"]


def test_without_any_choice_it_would_mean_every_dag():
    with pytest.raises(ValueError, match=r"dag_id_pattern='\*'"):
        PauseDagsOperator(task_id="t", deployment_id="cl1")


@pytest.mark.parametrize("tags", [[], (), "{{ [] }}"])
def test_a_list_of_tags_that_turns_out_empty_is_not_every_dag(there, tags):
    before = there.paused()
    with pytest.raises(AirflowFailException, match="tags"):
        there.change(PauseDagsOperator, tags=tags)
    assert there.paused() == before
