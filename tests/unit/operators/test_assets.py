"""An event of an asset, or a dataset, in another Deployment: one, however often something goes wrong."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.airflow_api.connect import airflow_client_by_id
from astro_provider.errors import AstroError, NotParsedError
from astro_provider.hooks.astro import AstroHook
from astro_provider.operators.assets import CreateAssetEventOperator
from tests.slow import mostly_slow
from tests.unit.running import TaskInstance

RUNTIMES = {2: "13.6.0", 3: "3.1-5"}
URI = "s3://lake/sales"


@pytest.fixture(params=mostly_slow([3, 2]), ids=["airflow-3", "airflow-2"])
def there(request, astro, runner):
    """Another Deployment with an asset."""
    made = astro.add_deployment("sales", astroRuntimeVersion=RUNTIMES[request.param])
    astro.add_asset(made, URI, None if request.param == 2 else "sales")
    astro.add_asset(made, f"{URI}/archive")

    def events():
        assets = airflow_client_by_id(AstroHook().client, made).assets
        return [event.extra for event in assets.events(assets.get(uri=URI).id)]

    def create(**arguments):
        return runner.run(CreateAssetEventOperator, deployment_id=made, **arguments)

    return SimpleNamespace(id=made, major=request.param, events=events, create=create)


def retry(runner, *, cleared: bool = False) -> None:
    runner.ti = TaskInstance(try_number=2)
    runner.ti.max_tries, runner.ti.task = 1, SimpleNamespace(retries=0 if cleared else 1)


def test_it_creates_an_event_of_just_this_asset(there):
    assert there.create(asset_uri=URI, extra={"day": "{{ params.who }}"}) == URI
    (extra,) = there.events()
    assert extra["day"] == "tester"


def test_it_finds_an_asset_by_its_name(there):
    if there.major == 2:
        with pytest.raises(AirflowFailException, match=r"runs Airflow 2, whose datasets have no names. Set asset_uri"):
            there.create(asset_name="sales")
    else:
        assert there.create(asset_name="sales", asset_uri=URI) == URI
        assert len(there.events()) == 1


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"drop": "before"}, {"status": 503}, {"status": 429}])
def test_whatever_happens_to_the_response_there_is_one_event(astro, there, fault):
    astro.fault("POST", "/airflow/*/api/*/*/events", **fault)
    there.create(asset_uri=URI)
    assert len(there.events()) == 1


def test_a_retry_finds_the_event_of_a_killed_try(astro, runner, there):
    there.create(asset_uri=URI)
    retry(runner)
    there.create(asset_uri=URI)
    assert len(there.events()) == 1


def test_a_person_who_clears_the_task_wants_another_event(runner, there):
    there.create(asset_uri=URI)
    retry(runner, cleared=True)
    there.create(asset_uri=URI)
    assert len(there.events()) == 2


def test_an_asset_that_is_not_there_may_come_with_the_next_parsing(there):
    with pytest.raises(NotParsedError, match=r"uses an asset 's3://lake/sale'\. Did you mean") as caught:
        there.create(asset_uri="s3://lake/sale")
    assert caught.value.retryable


def test_extra_has_to_be_json_and_its_values_are_not_repeated(astro, there):
    with pytest.raises(ValueError, match="extra is text, but not valid JSON") as caught:
        there.create(asset_uri=URI, extra="{secret: s3cr3t}")
    assert "s3cr3t" not in str(caught.value)
    assert astro.requests == []


def test_an_outage_that_lasts_is_for_airflow_to_retry(astro, there):
    astro.fault("POST", "/airflow/*/api/*/*/events", status=503, times=99)
    with pytest.raises(AstroError) as caught:
        there.create(asset_uri=URI)
    assert caught.value.retryable
    assert there.events() == []


def test_nothing_says_which_asset():
    with pytest.raises(ValueError, match="Set asset_uri or asset_name"):
        CreateAssetEventOperator(task_id="t", deployment_id="cl1")
