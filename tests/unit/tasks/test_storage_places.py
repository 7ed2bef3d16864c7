"""Workspace, cluster and name as the task says them, over what the file says; by name and by id."""

from __future__ import annotations

import logging

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from astro_provider.client import AstroClient
from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator, UpdateDeploymentFromFileOperator
from tests.unit.running import TaskInstance, calls

ALL = {"executor": "CELERY", "default_task_pod_cpu": "0.25", "resource_quota_cpu": "10"}
STANDARD = ALL | {"deployment_type": "STANDARD", "workspace_name": "Development"}
#: Ids as older Organizations, the API document, and this one have them.
IDS = ["cku7t3fvx59046554xr4g0siv7r", "clmh9grqp000108mg4r2l5ok4x", "clmh93n2n000008ms3tv79voh"]
#: A name that could be an id.
NAME = "customeranalytics2026production"


def create(runner, configuration, name="made", **arguments):
    file = {"deployment": {"configuration": configuration}}
    task = CreateDeploymentFromTemplateOperator
    return runner.run(task, template=file, deployment_name=name, wait=False, **arguments)


def update(runner, configuration, **arguments):
    file = {"deployment": {"configuration": configuration}}
    return runner.run(UpdateDeploymentFromFileOperator, deployment_file=file, **{"wait": False, **arguments})


@pytest.fixture
def clusters(astro) -> dict[str, str]:
    """Ids of two DEDICATED clusters by their names."""
    astro.add_cluster("other", "DEDICATED")
    client = AstroClient(astro.token, url=astro.url, organization_id=astro.organization_id)
    found = {cluster.name: cluster.id for cluster in client.clusters.list()}
    astro.clear_requests()
    return found


@pytest.mark.parametrize("in_file", ["name", "id"])
@pytest.mark.parametrize("argument", ["name", "id"])
def test_the_cluster_of_the_task_takes_the_place_of_the_files(astro, runner, clusters, in_file, argument):
    said = {"name": "dedicated-aws", "id": clusters["dedicated-aws"]}[in_file]
    dedicated = STANDARD | {"deployment_type": "DEDICATED", "cluster_name": said}
    for _ in range(2):  # the second run updates what the first made
        meant = {"name": "other", "id": clusters["other"]}[argument]
        create(runner, dedicated, cluster=meant, if_exists="update")
    assert [made["clusterName"] for made in astro.deployments] == ["other"]


def test_a_cluster_by_id_in_the_task_costs_no_call(astro, runner, clusters):
    create(runner, ALL | {"deployment_type": "DEDICATED"}, cluster=clusters["other"], workspace=astro.workspace_id)
    assert [request.method for request in astro.requests] == ["POST"]


def test_a_cluster_for_a_standard_deployment_is_refused(astro, runner):
    with pytest.raises(AirflowFailException, match="'other': STANDARD Deployments cannot use a cluster of your own"):
        create(runner, STANDARD, cluster="other")
    assert astro.requests == []


def test_the_workspace_of_the_task_takes_the_place_of_the_files(astro, runner):
    for _ in range(2):
        create(runner, STANDARD, workspace="Production", if_exists="update")
    update(runner, STANDARD | {"description": "x"}, workspace="Production", deployment_name="made")
    assert [(made["workspaceName"], made["description"]) for made in astro.deployments] == [("Production", "x")]


def test_another_cluster_than_the_existing_deployments_is_refused(astro, runner, clusters):
    dedicated = STANDARD | {"deployment_type": "DEDICATED", "cluster_name": "other"}
    create(runner, dedicated)
    with pytest.raises(AirflowFailException, match="cannot be changed from 'other' to 'dedicated-aws'"):
        create(runner, dedicated, cluster="dedicated-aws", if_exists="update")


@pytest.mark.parametrize("identifier", IDS)
def test_ids_of_every_length_cost_no_call(astro, runner, identifier):
    astro.fault("POST", "/organizations/*/deployments", status=403)
    with pytest.raises(AirflowFailException):
        create(runner, STANDARD, workspace=identifier)
    assert [(request.method, request.body["workspaceId"]) for request in astro.requests] == [("POST", identifier)]


def test_a_workspace_whose_name_looks_like_an_id_is_found(astro, runner):
    meant = astro.add_workspace(NAME)
    made = create(runner, STANDARD, workspace=NAME)
    assert [found["workspaceId"] for found in astro.deployments] == [meant]
    update(runner, {"description": "x"}, workspace=NAME, deployment_name="made")
    assert [(found["id"], found["description"]) for found in astro.deployments] == [(made, "x")]


@pytest.mark.parametrize(("kind", "queues"), [("DEDICATED", []), ("HYBRID", [{"worker_type": "m5"}])])
def test_a_cluster_whose_name_looks_like_an_id_is_found(astro, runner, kind, queues):
    pools = [{"nodeInstanceType": "m5"}]
    meant = astro.add_cluster(NAME, kind, node_pools=pools)
    configuration = STANDARD | {"deployment_type": kind, "cluster_name": NAME}
    sections = {"worker_queues": [{"name": "default", **queue} for queue in queues]} if queues else {}
    create(runner, configuration, overrides=sections)
    assert [made["clusterId"] for made in astro.deployments] == [meant]


def test_an_id_that_does_not_look_like_one_is_found_by_the_list_of_all(astro, runner):
    astro.store.put("workspace", {**astro.store.get("workspace", astro.workspace_id), "id": "ws-1", "name": "Odd"})
    create(runner, STANDARD, workspace="ws-1")
    assert [made["workspaceName"] for made in astro.deployments] == ["Odd"]


@pytest.mark.parametrize("if_exists", ["reuse", "update", "skip"])
def test_a_name_in_the_overrides_is_the_name_that_is_looked_for(astro, runner, if_exists):
    create(runner, STANDARD, overrides={"configuration": {"name": "real"}})
    try:
        create(runner, STANDARD, overrides={"configuration": {"name": "real"}}, if_exists=if_exists)
    except AirflowSkipException:
        assert if_exists == "skip"
    assert [made["name"] for made in astro.deployments] == ["real"]


def test_a_retry_finds_what_the_earlier_try_made_by_the_name_in_the_overrides(astro, runner):
    made = create(runner, STANDARD, overrides={"configuration": {"name": "real"}})
    runner.ti = TaskInstance(try_number=2)
    assert create(runner, STANDARD, overrides={"configuration": {"name": "real"}}) == made


def test_a_deployment_named_by_the_task_keeps_its_name(astro, runner, caplog):
    made = create(runner, STANDARD, name="prod")
    for _ in range(2):
        update(runner, {"name": "staging", "description": "x"}, deployment_name="prod")
    assert [(found["name"], found["description"]) for found in astro.deployments] == [("prod", "x")]
    assert "the name 'staging' is ignored, because the task has deployment_name='prod'" in caplog.text
    update(runner, {"name": "staging"}, deployment_id=made)
    assert [found["name"] for found in astro.deployments] == ["staging"]


@pytest.mark.parametrize("argument", ["deployment_id", "deployment_name"])
def test_a_target_whose_template_came_out_as_none_is_an_error(astro, runner, argument):
    with pytest.raises(AirflowFailException, match=f"{argument} rendered to 'None'"):
        update(runner, {"name": "made"}, **{argument: "{{ none }}"})
    assert astro.requests == []


def test_a_new_deployment_is_never_called_none_by_accident(astro, runner):
    with pytest.raises(AirflowFailException, match="deployment_name rendered to 'None'"):
        create(runner, STANDARD, name="{{ none }}")
    assert astro.deployments == []


def test_without_a_difference_the_task_waits_until_what_is_under_way_is_over(astro, runner, caplog, deferrable):
    caplog.set_level(logging.INFO)
    made = create(runner, STANDARD)
    assert [found["status"] for found in astro.deployments] == ["CREATING"]
    assert update(runner, STANDARD | {"name": "made"}, wait=True, deferrable=deferrable) == made
    assert [found["status"] for found in astro.deployments] == ["HEALTHY"]
    assert len(calls(astro, "POST")) == 1


def test_a_retry_waits_for_the_update_that_an_earlier_try_sent(astro, runner):
    made = create(runner, STANDARD)
    astro.stale_healthy_reads = 2
    update(runner, {"description": "x"}, deployment_id=made)
    astro.clear_requests()
    runner.ti = TaskInstance(try_number=2)
    update(runner, {"description": "x"}, deployment_id=made, wait=True)
    # Two stale reads, one that shows it at work, and one that shows it ready.
    assert [request.method for request in astro.requests] == ["GET"] * 4


def test_a_workspace_whose_name_astro_does_not_show_is_resolved(astro, runner):
    made = create(runner, STANDARD)
    shown = astro.store.get("deployment", made)
    astro.store.put("deployment", {name: value for name, value in shown.items() if name != "workspaceName"})
    update(runner, STANDARD | {"description": "x"}, deployment_id=made)
    assert [found["description"] for found in astro.deployments] == ["x"]
    with pytest.raises(AirflowFailException, match=r"workspace_name.*cannot be changed.*to 'Production'"):
        update(runner, STANDARD | {"workspace_name": "Production"}, deployment_id=made)
