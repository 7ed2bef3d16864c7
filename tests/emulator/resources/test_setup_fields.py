"""What tests set up: a field that means nothing is an error with the nearest spelling, and changes nothing."""

from __future__ import annotations

import pytest

CASES = {
    "add_deployment": (["x"], {"is_development_mode": True}, "A Deployment has no field 'is_.*'isDevelopmentMode'"),
    "add_workspace": (["x"], {"cicd_enforced_default": True}, "A Workspace has no field 'cicd_.*'cicdEnforcedDefault'"),
    "add_user": (["a@example.com"], {"workspace_roles": []}, "A user has no field 'workspace_roles'.*'workspaceRoles'"),
    "add_team": (["x"], {"is_idp_managed": True}, "A Team has no field 'is_idp_managed'.*'isIdpManaged'"),
    "add_role": (["x"], {"restricted_workspace_ids": []}, "A role has no field 'restricted_.*'restrictedWorkspaceIds'"),
    "add_environment_object": (
        ["x", "AIRFLOW_VARIABLE", "WORKSPACE", "w"],
        {"airflow_variable": {"value": "x"}},
        "An environment object has no field 'airflow_variable'.*'airflowVariable'",
    ),
    "add_cluster": (["x"], {"node_pools": [{"node_instance_type": "m6i"}]}, "no field 'node_.*'nodeInstanceType'"),
}


@pytest.mark.parametrize("method", CASES)
def test_a_field_in_snake_case_is_refused_with_the_apis_spelling(astro, method, stored):
    arguments, fields, said = CASES[method]
    before = stored()
    with pytest.raises(TypeError, match=said):
        getattr(astro, method)(*arguments, **fields)
    assert stored() == before


@pytest.fixture
def stored(astro):
    kinds = ("deployment", "workspace", "user", "team", "role", "environment_object", "cluster", "deploy")
    return lambda: {kind: len(astro.store.all(kind)) for kind in kinds}


def test_a_field_that_resembles_none_is_refused_with_all_that_there_are(astro):
    with pytest.raises(
        TypeError, match=r"A Deployment has no field 'zzz'\. Known: .*isDevelopmentMode, .*workspace_id"
    ):
        astro.add_deployment("x", zzz=3)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"environmentVariables": [{"key": "A", "isSecret": False, "val": "x"}]},
            "A Deployment's environmentVariables has no field 'val'. Did you mean 'value'",
        ),
        (
            {"scalingSpec": {"hibernationSpec": {"schedules": [{"hibernate_at_cron": "0 0 * * *"}]}}},
            "A Deployment's scalingSpec.hibernationSpec.schedules has no field 'hib.*'hibernateAtCron'",
        ),
    ],
)
def test_a_field_within_a_field_is_refused_too(astro, fields, said):
    with pytest.raises(TypeError, match=said):
        astro.add_deployment("x", **fields)


def test_what_belongs_to_a_deployment_is_refused_too(astro):
    made = astro.add_deployment("x")
    astro.add_dag(made, "etl", ["a"])
    with pytest.raises(TypeError, match=r"A deploy has no field 'image_tag'\. Did you mean 'imageTag'"):
        astro.add_deploy(made, image_tag="1")
    with pytest.raises(TypeError, match=r"A DAG run has no field 'logicalDate'\. Did you mean 'logical_date'"):
        astro.add_dag_run(made, "etl", "r", logicalDate=None)
    with pytest.raises(TypeError, match=r"A connection has no field 'connType'\. Did you mean 'conn_type'"):
        astro.add_airflow_connection(made, "c", connType="http")
