"""When a deploy is live, and what is missing until then."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from astro_provider.models.airflow.dags import Dag
from astro_provider.models.airflow.import_errors import DagImportError
from astro_provider.models.deployments import DeploymentCode
from astro_provider.models.deploys import Deploy
from astro_provider.rules.liveness import (
    AirflowView,
    Expectation,
    import_errors_reason,
    may_be_overtaken,
    new_import_errors,
    overtaken_reason,
    parsing_gap,
    rollout_gap,
)
from tests.builders import deployments, deploys

CREATED = datetime(2026, 11, 1, 12, tzinfo=timezone.utc)
IN_PLACE = CREATED + timedelta(seconds=60)
AFTER, BETWEEN, BEFORE = IN_PLACE + timedelta(seconds=9), CREATED + timedelta(seconds=30), CREATED - timedelta(days=1)
NOW = IN_PLACE + timedelta(seconds=10)
LATE = IN_PLACE + timedelta(minutes=5)


def deployment(**fields) -> DeploymentCode:
    versions = {"dagTarballVersion": "v2", "desiredDagTarballVersion": "v2", "imageTag": "tag-2"}
    return DeploymentCode.model_validate(deployments.deployment(**{**versions, **fields}))


def deploy(**fields) -> Deploy:
    return Deploy.model_validate(deploys.deploy(**{"dagTarballVersion": "v2", "imageTag": "tag-2", **fields}))


def gap(of: Deploy | None = None, version: str | None = "v2", **fields) -> tuple[str, str] | None:
    return rollout_gap(of or deploy(), deployment(**fields), version)


@pytest.mark.parametrize("status", ["HEALTHY", "HIBERNATING"])
def test_a_deploy_is_rolled_out_when_the_deployment_runs_its_version_and_is_well(status):
    assert gap(status=status) is None


def test_a_roll_out_says_what_is_missing():
    assert gap(deploy(status="INITIALIZED")) == ("INITIALIZED", "")
    assert gap(deploy(status="FAILED")) == ("FAILED", "Astro gave no reason")
    assert gap(deploy(status="FAILED", statusReason="no quota")) == ("FAILED", "no quota")
    label = deployment().label
    assert gap(desiredDagTarballVersion="v1") == ("ROLLING OUT", f"{label} has not applied it yet")
    assert gap(dagTarballVersion="v1") == ("ROLLING OUT", f"{label} still runs the previous DAGs")
    assert gap(dagTarballVersion=None) == ("ROLLING OUT", f"{label} still runs the previous DAGs")
    assert gap(status="DEPLOYING") == ("ROLLING OUT", f"{label} is DEPLOYING")
    assert gap(status="UNHEALTHY", statusReason="no quota") == ("ROLLING OUT", f"{label} is UNHEALTHY (no quota)")


def test_an_image_is_rolled_out_when_the_deployment_has_its_tag():
    image = deploy(type="IMAGE_ONLY", dagTarballVersion="v1")
    assert gap(image, None, dagTarballVersion="v1") is None
    assert gap(image, None, imageTag="tag-1") == ("ROLLING OUT", f"{deployment().label} still has the image tag-1")
    assert gap(imageTag="tag-1") is None  # a deploy of DAGs does not bring one


def bundle(current: str | None, **fields) -> Deploy:
    entry = {"bundleType": "dbt", "mountPath": "/dbt/a", "deployId": "x", "desiredVersion": "b2"}
    other = {**entry, "mountPath": "/dbt/b", "currentVersion": "b0"}
    return deploy(type="BUNDLE", bundleMountPath="/dbt/a", bundles=[{**entry, "currentVersion": current}, other])


def test_a_dbt_project_is_rolled_out_when_its_path_has_its_version():
    assert gap(bundle("b2"), "b2") is None
    assert gap(bundle("b1"), "b2") == ("ROLLING OUT", "/dbt/a still has its previous content")
    assert gap(bundle("b1"), None) == ("ROLLING OUT", "/dbt/a still has its previous content")
    assert gap(bundle("b1"), "") == ("ROLLING OUT", "/dbt/a still has its previous content")
    assert gap(bundle(None), "") is None
    assert gap(deploy(type="BUNDLE", bundleMountPath="/dbt/a"), "b2") is None  # Astro need not say so


def test_a_newer_deploy_is_looked_for_only_if_something_else_runs():
    assert not may_be_overtaken(deploy(), deployment(), "v2")
    assert not may_be_overtaken(deploy(), deployment(dagTarballVersion="v1", imageTag="tag-1"), "v2")
    assert may_be_overtaken(deploy(), deployment(desiredDagTarballVersion="v3"), "v2")
    image = deploy(type="IMAGE_ONLY")
    assert not may_be_overtaken(image, deployment(desiredDagTarballVersion="v3"), None)
    assert may_be_overtaken(image, deployment(imageTag="tag-3"), None)


def test_an_overtaken_deploy_names_the_newer_one():
    newer = deploy(id="clnewer", createdAt=CREATED.isoformat())
    assert "deploy clnewer of 2026-11-01 12:00 UTC (DAG_ONLY) replaced it" in overtaken_reason(newer)
    assert "(a rollback)" in overtaken_reason(newer.model_copy(update={"rollback_from_id": "clolder"}))


def dag(dag_id: str, *, version: str | None = None, parsed: datetime | None = None, stale: bool = False) -> Dag:
    return Dag(dag_id=dag_id, bundle_version=version, last_parsed_time=parsed, is_stale=stale)


def error(filename: str | None, at: datetime | None, trace: str | None = "NameError: x") -> DagImportError:
    return DagImportError(import_error_id=1, filename=filename, timestamp=at, stack_trace=trace)


def view(*seen: Dag | DagImportError, now: datetime = NOW) -> AirflowView:
    dags = [each for each in seen if isinstance(each, Dag)]
    return AirflowView(dags, [each for each in seen if isinstance(each, DagImportError)], now)


def expected(version: str | None = "v2", dag_ids: tuple[str, ...] = ()) -> Expectation:
    return Expectation(version, "v1", dag_ids, created_at=CREATED, in_place_at=IN_PLACE)


NEW, OLD = dag("new", version="v2"), dag("old", version="v1", parsed=AFTER)


def test_on_airflow_3_the_version_of_the_bundle_decides():
    assert parsing_gap(view(NEW), expected()) is None
    assert parsing_gap(view(NEW, OLD), expected()) == "1 of 2 DAGs is not parsed from this version yet: old"


@pytest.mark.parametrize("version", [None, "0f3a2b1c"])
def test_where_the_version_does_not_tell_the_time_of_parsing_does(version):
    old, new = dag("a", version=version, parsed=BETWEEN), dag("a", version=version, parsed=AFTER)
    assert parsing_gap(view(new), expected()) is None
    assert parsing_gap(view(old), expected()) == "1 of 1 DAGs is not parsed from this version yet: a"
    assert parsing_gap(view(dag("a", version=version)), expected()) is not None


def test_after_an_image_every_dag_is_parsed_again():
    assert parsing_gap(view(dag("a", version="v2", parsed=BETWEEN)), expected(None)) is not None
    assert parsing_gap(view(dag("a", version="v2", parsed=AFTER)), expected(None)) is None


def test_a_dag_without_a_file_does_not_matter():
    assert parsing_gap(view(NEW, dag("gone", version="v1", stale=True)), expected()) is None


def test_an_expected_dag_has_to_be_there():
    missing = "2 of 3 expected DAGs are not there yet: b, c"
    assert parsing_gap(view(NEW, dag("c", stale=True)), expected(dag_ids=("new", "b", "c"))) == missing
    assert parsing_gap(view(NEW), expected(dag_ids=("new",))) is None


def test_a_deployment_without_dags_is_live():
    assert parsing_gap(view(), expected()) is None


def test_many_names_are_cut():
    many = [dag(f"d{number}", version="v1") for number in range(7)]
    assert parsing_gap(view(*many), expected()) == (
        "7 of 7 DAGs are not parsed from this version yet: d0, d1, d2, d3, d4 and 2 more"
    )


def new_files(*seen: Dag | DagImportError, now: datetime = NOW) -> list[str | None]:
    return [each.filename for each in new_import_errors(view(*seen, now=now), expected())]


def test_an_import_error_of_the_new_code_counts():
    assert new_files(error("b.py", AFTER), error("a.py", AFTER)) == ["a.py", "b.py"]
    assert new_files(error("a.py", None)) == ["a.py"]


def test_an_import_error_from_before_the_deploy_does_not_count():
    assert new_files(error("a.py", BEFORE)) == []
    assert parsing_gap(view(error("a.py", BEFORE)), expected()) is None


def test_an_import_error_that_the_old_code_may_have_had_last_is_waited_for():
    """Until the roll-out, Airflow parses the old code over and over, a file that this deploy mends included."""
    assert new_files(NEW, error("a.py", BETWEEN)) == []
    gap = "an import error may come from the previous code until its file is parsed again: a.py"
    assert parsing_gap(view(NEW, error("a.py", BETWEEN)), expected()) == gap


def test_such_an_import_error_counts_if_dags_of_the_new_code_were_parsed_before_it():
    assert new_files(dag("a", version="v2", parsed=BETWEEN), error("a.py", BETWEEN)) == ["a.py"]


def test_such_an_import_error_counts_if_nobody_parses_its_file_again():
    assert new_files(NEW, error("a.py", BETWEEN), now=LATE) == ["a.py"]
    assert new_files(OLD, error("a.py", BETWEEN), now=LATE) == []


def test_the_reason_has_a_line_of_its_own_and_then_each_file_with_its_stack_trace():
    reason = import_errors_reason([error("a.py", AFTER, "Traceback:\nNameError: x\n"), error(None, AFTER, None)])
    assert reason.splitlines() == [
        "2 files cannot be imported: a file that Airflow does not name, a.py",
        "a.py:",
        "Traceback:",
        "NameError: x",
        "a file that Airflow does not name:",
        "Airflow has no stack trace for this error.",
    ]


def test_long_stack_traces_and_many_files_are_cut_at_the_end_that_says_less():
    reason = import_errors_reason([error(f"{number}.py", AFTER, "x" * 9000 + "NameError: y") for number in range(8)])
    assert len(reason) < 11_000
    assert reason.count("NameError: y") == 5
    assert reason.endswith("… and 3 more; look at the Airflow UI of the Deployment.")


def test_an_import_error_counts_only_once_airflow_has_noticed_the_new_version():
    """Airflow 3 fetches its bundles now and then, and until then parses the files of the version before."""
    mended, there = error("a.py", AFTER), dag("b", version="v1", parsed=AFTER)
    assert new_files(there, mended) == []
    assert "an import error may be" not in str(parsing_gap(view(there, mended), expected()))
    assert new_files(dag("b", version="v2", parsed=AFTER + timedelta(seconds=5)), mended) == []
    assert new_files(dag("b", version="v2", parsed=AFTER), mended) == ["a.py"]
    assert new_files(there, error("a.py", LATE)) == ["a.py"]


def test_an_import_error_in_the_folder_of_the_version_before_never_counts():
    trace = 'File "/tmp/airflow/dag_bundles/astro/main/dags/v1/dags/a.py", line 1'
    assert new_files(error("a.py", LATE, trace)) == []
    assert parsing_gap(view(error("a.py", LATE, trace)), expected()) is not None


def test_a_dag_of_a_file_that_is_broken_says_nothing_about_the_version():
    known = dag("a", version="v1", parsed=BEFORE).model_copy(update={"has_import_errors": True})
    assert new_files(known, error("a.py", AFTER)) == ["a.py"]
    assert parsing_gap(view(known, error("a.py", AFTER)), expected()) is None
    assert parsing_gap(view(known, error("a.py", AFTER)), expected(dag_ids=("a",))) is not None
    assert parsing_gap(view(known, error("a.py", BEFORE)), expected()) is not None


def test_an_expected_dag_that_is_misspelled_is_named_with_the_nearest_one():
    there = (NEW, dag("orders", version="v2"))
    assert parsing_gap(view(*there), expected(dag_ids=("oders",))) == (
        "1 of 1 expected DAGs is not there yet: oders. Did you mean 'orders'?"
    )
    assert parsing_gap(view(*there), expected(dag_ids=("oders", "x", "new"))) == (
        "2 of 3 expected DAGs are not there yet: oders, x (oders. Did you mean 'orders'?)"
    )
    assert str(parsing_gap(view(*there), expected(dag_ids=("oders", "orders")))).endswith("yet: oders")


def test_what_hibernates_in_the_middle_of_a_roll_out_says_so():
    assert gap(dagTarballVersion="v1", status="HIBERNATING") == (
        "ROLLING OUT",
        "Deployment 'staging' (cldeployment0000000000001) still runs the previous DAGs and is hibernating",
    )
