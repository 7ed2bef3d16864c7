"""Making and deleting Workspaces: one for each name, and none that is not empty."""

from __future__ import annotations

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from astro_provider.operators.workspaces import CreateWorkspaceOperator, DeleteWorkspaceOperator


@pytest.fixture
def writes(astro):
    def writes() -> list[str]:
        organization = f"/organizations/{astro.organization_id}"
        return [f"{r.method} {r.path.removeprefix(organization)}" for r in astro.requests if r.method != "GET"]

    return writes


def create(runner, **more):
    return runner.run(CreateWorkspaceOperator, **{"workspace_name": "New", **more})


def delete(runner, **more):
    return runner.run(DeleteWorkspaceOperator, **{"workspace": "Full", **more})


def names(astro):
    return [each["name"] for each in astro.store.all("workspace")]


def test_a_workspace_is_made_once(astro, runner):
    made = create(runner, description="d", cicd_enforced=True, default_cloud_provider="AWS", default_region="eu")
    stored = astro.store.get("workspace", made)
    assert (stored["name"], stored["description"], stored["cicdEnforcedDefault"]) == ("New", "d", True)
    assert (stored["defaultCloudProvider"], stored["defaultRegion"]) == ("AWS", "eu")
    with pytest.raises(
        AirflowFailException, match=r"Workspace 'New' \(\w+\) already exists\. Set if_exists to 'reuse'"
    ):
        create(runner)
    assert names(astro).count("New") == 1


def test_what_is_there_is_reused_or_skipped(astro, runner, writes):
    there = astro.add_workspace("New", description="before")
    assert create(runner, if_exists="reuse", description="after") == there
    with pytest.raises(AirflowSkipException, match="already exists"):
        create(runner, if_exists="skip")
    assert writes() == []


def test_an_update_keeps_what_is_not_given(astro, runner, writes):
    place = {"defaultCloudProvider": "AWS", "defaultRegion": "us-east-1"}
    there = astro.add_workspace("New", description="before", cicdEnforcedDefault=True, **place)
    assert create(runner, if_exists="update", description="after") == there
    assert astro.requests[-1].body == {"name": "New", "description": "after", "cicdEnforcedDefault": True, **place}
    assert create(runner, if_exists="update", description="after") == there
    assert writes() == [f"POST /workspaces/{there}"]


def test_a_blank_description_empties_it(astro, runner):
    there = astro.add_workspace("New", description="before")
    create(runner, if_exists="update", description="{{ '' }}")
    assert astro.store.get("workspace", there)["description"] == ""


def test_a_cluster_takes_the_place_of_a_region(astro, runner):
    there = astro.add_workspace("New", defaultCloudProvider="AWS", defaultRegion="us-east-1")
    create(runner, if_exists="update", default_cluster="dedicated-aws")
    stored = astro.store.get("workspace", there)
    cluster = next(each["id"] for each in astro.store.all("cluster") if each["name"] == "dedicated-aws")
    assert (stored["defaultClusterId"], "defaultRegion" in stored) == (cluster, False)


def test_dry_run_sends_nothing_and_shows_the_plan(astro, runner, writes, caplog):
    caplog.set_level("INFO")
    assert create(runner, dry_run=True) is None
    there = astro.add_workspace("Other", description="a")
    assert create(runner, workspace_name="Other", if_exists="update", description="b", dry_run=True) == there
    assert writes() == []
    assert "~ description: 'a' -> 'b'" in caplog.text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"workspace_name": "n" * 51}, "at most 50"),
        ({"default_region": "eu"}, "default_region is set without default_cloud_provider"),
        ({"default_cloud_provider": "AWSS", "default_region": "eu"}, "Did you mean 'AWS'"),
        (
            {"default_cluster": "dedicated-aws", "default_cloud_provider": "AWS", "default_region": "eu"},
            "cannot be combined",
        ),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_sent(astro, runner, writes, arguments, message):
    with pytest.raises(AirflowFailException, match=message):
        create(runner, **arguments)
    assert writes() == []


def test_a_wrong_choice_shows_when_the_dag_is_parsed():
    for wrong in ({"if_exists": "replace"}, {"cicd_enforced": "yes"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            CreateWorkspaceOperator(task_id="create", workspace_name="New", **wrong)


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 503}, {"status": 429}])
def test_a_lost_response_makes_no_second_workspace(astro, runner, fault):
    astro.fault("POST", "/organizations/*/workspaces", **fault)
    made = create(runner)
    assert [each["id"] for each in astro.store.all("workspace") if each["name"] == "New"] == [made]


def test_a_retry_takes_what_the_killed_try_created(astro, runner):
    made = create(runner)
    runner.ti.try_number = 2
    assert create(runner) == made
    assert names(astro).count("New") == 1


def test_several_with_the_name_are_an_error(astro, runner):
    for _ in range(2):
        astro.add_workspace("New")
    with pytest.raises(AirflowFailException, match="2 Workspaces are named 'New'"):
        create(runner, if_exists="reuse")


def test_an_empty_workspace_is_deleted_by_name_or_id(astro, runner, caplog):
    caplog.set_level("INFO")
    full = astro.add_workspace("Full")
    astro.issue_token("WORKSPACE_MEMBER", full, name="ci")
    assert delete(runner) == full
    assert "with its API tokens (ci)" in caplog.text
    again = astro.add_workspace("Full")
    assert delete(runner, workspace=again) == again
    assert "Full" not in names(astro)


def test_what_still_lives_there_is_named(astro, runner, writes):
    full = astro.add_workspace("Full")
    for number in range(22):
        astro.add_deployment(f"d{number}", full)
    with pytest.raises(
        AirflowFailException, match=r"was not deleted: it still contains 22 Deployments: 'd0' \(.*and 2 more\. Delete"
    ):
        delete(runner)
    assert writes() == []


def test_guards_and_dry_run_delete_nothing(astro, runner, writes):
    full = astro.add_workspace("Full")
    with pytest.raises(
        AirflowFailException, match="was not deleted: its name does not match require_name_pattern='pr-\\*'"
    ):
        delete(runner, require_name_pattern="pr-*")
    assert delete(runner, dry_run=True) == full
    assert writes() == []


def test_a_missing_workspace(astro, runner):
    with pytest.raises(AirflowFailException, match=r"'Full' .* cannot see it\. To accept that it is missing, set"):
        delete(runner)
    with pytest.raises(AirflowFailException, match=r"'Producton' .* cannot see it\. Did you mean 'Production'\? To"):
        delete(runner, workspace="Producton")
    assert delete(runner, if_missing="ignore") is None
    with pytest.raises(AirflowSkipException):
        delete(runner, if_missing="skip")
    runner.ti.try_number = 2
    assert delete(runner) is None


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 503}, {"status": 429}])
def test_a_lost_response_to_a_delete_is_success(astro, runner, fault):
    astro.add_workspace("Full")
    astro.fault("DELETE", "/organizations/*/workspaces/*", **fault)
    delete(runner)
    assert "Full" not in names(astro)
