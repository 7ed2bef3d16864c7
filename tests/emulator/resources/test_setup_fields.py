"""What tests set up: a field that means nothing is an error with the nearest spelling, and changes nothing."""

from __future__ import annotations

import pytest

CASES = {
    "add_deployment": (["x"], {"is_development_mode": True}, "a Deployment 'is_development_mode'.*'isDevelopmentMode'"),
    "add_workspace": (["x"], {"cicd_enforced_default": True}, "a Workspace 'cicd_.*'cicdEnforcedDefault'"),
    "add_user": (["a@example.com"], {"workspace_roles": []}, "a user 'workspace_roles'.*'workspaceRoles'"),
    "add_team": (["x"], {"is_idp_managed": True}, "a Team 'is_idp_managed'.*'isIdpManaged'"),
    "add_role": (["x"], {"restricted_workspace_ids": []}, "a role 'restricted_.*'restrictedWorkspaceIds'"),
    "add_environment_object": (
        ["x", "AIRFLOW_VARIABLE", "WORKSPACE", "w"],
        {"airflow_variable": {"value": "x"}},
        "an environment object 'airflow_variable'.*'airflowVariable'",
    ),
    "add_cluster": (["x"], {"node_pools": [{"node_instance_type": "m6i"}]}, "a node pool 'node_.*'nodeInstanceType'"),
}


@pytest.mark.parametrize("method", CASES)
def test_a_field_in_snake_case_is_refused_with_the_apis_spelling(astro, method, stored):
    arguments, fields, said = CASES[method]
    before = stored()
    with pytest.raises(TypeError, match=f"There is no field of {said}"):
        getattr(astro, method)(*arguments, **fields)
    assert stored() == before


@pytest.fixture
def stored(astro):
    kinds = ("deployment", "workspace", "user", "team", "role", "environment_object", "cluster", "deploy")
    return lambda: {kind: len(astro.store.all(kind)) for kind in kinds}


def test_a_field_that_resembles_none_is_refused_with_all_that_there_are(astro):
    with pytest.raises(TypeError, match=r"no field of a Deployment 'zzz'\. Known: .*isDevelopmentMode, .*workspace_id"):
        astro.add_deployment("x", zzz=3)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"environmentVariables": [{"key": "A", "isSecret": False, "val": "x"}]},
            "no field of a Deployment's environmentVariables 'val'. Did you mean 'value'",
        ),
        (
            {"scalingSpec": {"hibernationSpec": {"schedules": [{"hibernate_at_cron": "0 0 * * *"}]}}},
            "a Deployment's scalingSpec.hibernationSpec.schedules 'hibernate_at_cron'. Did you mean 'hibernateAtCron'",
        ),
    ],
)
def test_a_field_within_a_field_is_refused_too(astro, fields, said):
    with pytest.raises(TypeError, match=said):
        astro.add_deployment("x", **fields)


def test_what_belongs_to_a_deployment_is_refused_too(astro):
    made = astro.add_deployment("x")
    astro.add_dag(made, "etl", ["a"])
    with pytest.raises(TypeError, match=r"a deploy 'image_tag'\. Did you mean 'imageTag'"):
        astro.add_deploy(made, image_tag="1")
    with pytest.raises(TypeError, match=r"a DAG run 'logicalDate'\. Did you mean 'logical_date'"):
        astro.add_dag_run(made, "etl", "r", logicalDate=None)
    with pytest.raises(TypeError, match=r"a connection 'connType'\. Did you mean 'conn_type'"):
        astro.add_airflow_connection(made, "c", connType="http")
