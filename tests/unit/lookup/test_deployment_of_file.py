"""A copied file still has the id of its source: it never renames it, and never updates it in another's place."""

from __future__ import annotations

import json
import logging
import os
import re
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.errors import AmbiguousNameError, ConfigurationError, NameLookupError
from astro_provider.operators.deployment import InspectDeploymentOperator, UpdateDeploymentFromFileOperator
from tests.unit.running import calls


class Team:
    """People who copy files: their Deployments, and what an update from a file does to them."""

    def __init__(self, astro: Any, runner: Any) -> None:
        self.astro, self.runner = astro, runner
        self.dev = astro.add_deployment("dev", description="of dev")

    def inspect(self, name: str = "dev") -> str:
        return self.runner.run(InspectDeploymentOperator, deployment_name=name, workspace="Development")

    def update(self, file: Any, **arguments: Any) -> Any:
        self.astro.clear_requests()
        return self.runner.run(UpdateDeploymentFromFileOperator, deployment_file=file, wait=False, **arguments)

    def is_refused(self, file: Any, cause: type[Exception], **arguments: Any) -> str:
        before = self.astro.deployments
        with pytest.raises(AirflowFailException) as caught:
            self.update(file, **arguments)
        assert isinstance(caught.value.__context__, cause)
        assert self.astro.deployments == before
        assert calls(self.astro, "POST") == []
        return str(caught.value)

    def state(self) -> dict[str, tuple[str, str | None]]:
        return {item["id"]: (item["name"], item.get("description")) for item in self.astro.deployments}


@pytest.fixture
def team(astro: Any, runner: Any) -> Team:
    return Team(astro, runner)


def copied(text: str, name: str = "prod", **configuration: str) -> str:
    """What somebody makes of an inspected file: another name, and ``metadata`` left as it is."""
    text = text.replace("name: dev\n", f"name: {name}\n").replace("of dev", "of the copy")
    for key, value in configuration.items():
        text = re.sub(rf"{key}: .*", f"{key}: {value}", text)
    return text


def test_a_copied_file_touches_neither_its_source_nor_the_other_and_says_what_each_points_to(team: Team) -> None:
    prod = team.astro.add_deployment("prod", description="of prod")
    message = team.is_refused(copied(team.inspect()), AmbiguousNameError)
    assert re.search(
        rf"metadata\.deployment_id \(deployment_file, line \d+\) points to .*'dev' \({team.dev}\) in W", message
    )
    assert re.search(rf"configuration\.name \(deployment_file, line \d+\) points to .*'prod' \({prod}\) in W", message)
    assert f"To change Deployment 'prod' ({prod}), set deployment_name='prod' in the task." in message
    assert f"To change Deployment 'dev' ({team.dev}) and rename it to 'prod', set deployment_id=" in message
    assert message.endswith(f"deployment_id='{team.dev}' in the task.")
    assert team.state() == {team.dev: ("dev", "of dev"), prod: ("prod", "of prod")}


def test_nobody_is_renamed_without_a_word_where_nothing_has_the_new_name(team: Team) -> None:
    message = team.is_refused(copied(team.inspect()), AmbiguousNameError)
    assert "points to no Deployment: 'prod' in Workspace Development does not exist" in message
    assert "To create 'prod', use CreateDeploymentFromTemplateOperator." in message


def test_both_ways_that_the_message_names_lead_on_and_a_rename_is_in_the_plan(team: Team) -> None:
    prod = team.astro.add_deployment("prod", description="of prod")
    file = copied(team.inspect())
    team.update(file, deployment_name="prod")
    assert team.state() == {team.dev: ("dev", "of dev"), prod: ("prod", "of the copy")}
    renaming = copied(team.inspect(), name="renamed")
    team.update(renaming, deployment_id=team.dev)
    assert team.state()[team.dev] == ("renamed", "of the copy")
    changes = {change["path"]: (change["old"], change["new"]) for change in team.runner.ti.xcoms["changes"]}
    assert changes["configuration.name"] == ("dev", "renamed")


@pytest.mark.parametrize("by", ["file", "overrides"])
def test_what_the_task_finds_by_its_name_is_never_renamed_whatever_file_and_overrides_say(
    team: Team, by: str, caplog: Any
) -> None:
    name = {"name": "renamed"}
    overrides = {"configuration": name}
    file = {"deployment": {"configuration": {"description": "x"} | (name if by == "file" else {})}}
    team.update(file, deployment_name="dev", overrides=overrides if by == "overrides" else None)
    assert team.state() == {team.dev: ("dev", "x")}
    place = "deployment_file" if by == "file" else "overrides"
    assert (
        f"configuration.name ({place}): the name 'renamed' is ignored, because the task has deployment_name='dev'"
        in caplog.text
    )
    team.update(file, deployment_id=team.dev, overrides=overrides)
    assert team.state() == {team.dev: ("renamed", "x")}


def test_a_file_that_agrees_with_itself_needs_one_call_to_find_its_deployment(team: Team) -> None:
    assert team.update(team.inspect().replace("of dev", "better")) == team.dev
    assert [call.path.rsplit("/", 1)[-1] for call in team.astro.requests] == [team.dev, team.dev]
    assert team.state() == {team.dev: ("dev", "better")}


def test_what_was_recreated_is_found_by_its_name_with_a_warning_that_names_both(team: Team, caplog: Any) -> None:
    file = team.inspect().replace("of dev", "better")
    team.astro.store.delete("deployment", team.dev)
    recreated = team.astro.add_deployment("dev")
    assert team.update(file) == recreated
    assert team.state() == {recreated: ("dev", "better")}
    (warning,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING and team.dev in r.getMessage()]
    assert re.search(rf"metadata\.deployment_id \(deployment_file, line \d+\) names.*{recreated}", warning)


def test_where_neither_exists_the_error_speaks_of_the_name_and_of_where_the_id_stands(team: Team) -> None:
    file = copied(team.inspect(), name="prud")
    team.astro.store.delete("deployment", team.dev)
    team.astro.add_deployment("prod")
    message = team.is_refused(file, NameLookupError)
    assert (
        "Deployment 'prud' in Workspace Development does not exist, or this token cannot see it. Did you mean 'prod'?"
        in message
    )
    assert re.search(
        rf"The same is true of Deployment {team.dev}, which .*deployment_id \(deployment_file, line \d+\) names\.",
        message,
    )


def test_a_gone_id_and_a_name_that_several_have_is_refused_with_all_of_them(team: Team) -> None:
    twins = [team.astro.add_deployment("twin", team.astro.add_workspace(name)) for name in ("One", "Two")]
    given = {"configuration": {"name": "twin"}, "metadata": {"deployment_id": "clgone0000000000000000001"}}
    message = team.is_refused({"deployment": given}, AmbiguousNameError)
    assert all(text in message for text in (*twins, "Workspace One", "Workspace Two"))
    assert re.search(
        r"clgone0000000000000000001, which .* names, does not exist, or this token cannot see it\. Set workspace or",
        message,
    )


def test_an_id_without_a_name_is_enough_and_if_it_is_gone_the_error_says_where_it_stands(team: Team) -> None:
    given = {"configuration": {"description": "x"}, "metadata": {"deployment_id": team.dev}}
    assert team.update({"deployment": given}) == team.dev
    given["metadata"] = {"deployment_id": "clgone0000000000000000001"}
    message = team.is_refused({"deployment": given}, NameLookupError)
    assert "deployment.metadata.deployment_id (deployment_file) names it, and the file has no name" in message


def test_a_file_that_points_to_nothing_is_refused_with_all_four_places(team: Team) -> None:
    message = team.is_refused({"deployment": {"configuration": {"description": "x"}}}, ConfigurationError)
    assert "neither a name nor metadata.deployment_id" in message
    assert "neither deployment_id nor deployment_name" in message


def test_a_name_from_the_task_counts_as_the_files_own_and_an_id_taken_away_is_none(team: Team) -> None:
    prod = team.astro.add_deployment("prod")
    file, name = team.inspect(), {"configuration": {"name": "prod", "description": "x"}}
    assert "configuration.name (overrides) points to" in team.is_refused(file, AmbiguousNameError, overrides=name)
    assert team.update(file, overrides=name | {"metadata": None}) == prod
    assert team.state() == {team.dev: ("dev", "of dev"), prod: ("prod", "x")}


def test_text_that_cannot_be_an_id_is_as_good_as_none(team: Team) -> None:
    given = {"configuration": {"name": "dev", "description": "x"}, "metadata": {"deployment_id": "N/A"}}
    assert team.update({"deployment": given}) == team.dev


class TestWorkspaces:
    """One name in two Workspaces: the id's Deployment is the right one only in the Workspace that was asked for."""

    @pytest.mark.parametrize("by", ["file", "argument"])
    def test_the_namesake_in_the_workspace_asked_for_is_never_passed_over(self, team: Team, by: str) -> None:
        twin = team.astro.add_deployment("dev", "Production")
        file = team.inspect()
        arguments = {"workspace": "Production"} if by == "argument" else {}
        file = copied(file, "dev", workspace_name="Production") if by == "file" else file
        message = team.is_refused(file, AmbiguousNameError, **arguments)
        assert f"'dev' ({team.dev}) in Workspace Development" in message
        assert f"'dev' ({twin}) in Workspace Production" in message
        assert f"set deployment_id='{team.dev}' and workspace='Development' in the task" in message
        assert team.update(file, deployment_name="dev", **arguments) == twin

    def test_a_workspace_that_has_no_such_deployment_is_refused_too(self, team: Team) -> None:
        message = team.is_refused(team.inspect(), AmbiguousNameError, workspace="Production")
        assert "points to no Deployment: 'dev' in Workspace Production does not exist" in message

    def test_a_workspace_may_be_given_by_its_id(self, team: Team) -> None:
        assert team.update(team.inspect(), workspace=team.astro.workspace_id) == team.dev
        assert {call.path.rsplit("/", 1)[-1] for call in team.astro.requests} == {team.dev}

    def test_a_workspace_nobody_knows_is_an_error_that_names_the_known_ones(self, team: Team) -> None:
        file = copied(team.inspect(), "dev", workspace_name="Developmint")
        assert "no Workspace 'Developmint' that this token can see. Did you mean 'Development'" in team.is_refused(
            file, NameLookupError
        )

    def test_the_connections_workspace_counts_where_the_file_names_none(self, team: Team, monkeypatch: Any) -> None:
        production = next(w["id"] for w in team.astro.store.all("workspace") if w["name"] == "Production")
        connection = json.loads(os.environ["AIRFLOW_CONN_ASTRO_DEFAULT"])
        connection["extra"]["workspace_id"] = production
        monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(connection))
        given = {"configuration": {"name": "dev", "description": "x"}, "metadata": {"deployment_id": team.dev}}
        assert team.update({"deployment": given}) == team.dev  # nobody else has the name there
        twin = team.astro.add_deployment("dev", "Production")
        assert twin in team.is_refused({"deployment": given}, AmbiguousNameError)


class TestOutOfSight:
    """An id that the token may not see: the API answers 404 as if it were gone, or 403."""

    def test_403_is_refused_and_says_what_the_name_points_to(self, team: Team) -> None:
        prod = team.astro.add_deployment("prod")
        file = copied(team.inspect())
        team.astro.fault("GET", f"/organizations/*/deployments/{team.dev}", status=403)
        message = team.is_refused(file, AmbiguousNameError)
        assert f"points to Deployment {team.dev}, which this token is not allowed to see" in message
        assert prod in message
        assert "set deployment_name='prod' in the task" in message
        assert "To change the one with the id, use a token that is allowed to see it." in message

    def test_403_without_a_name_is_the_apis_own_error(self, team: Team) -> None:
        team.astro.fault("GET", f"/organizations/*/deployments/{team.dev}", status=403)
        given = {"configuration": {"description": "x"}, "metadata": {"deployment_id": team.dev}}
        with pytest.raises(AirflowFailException, match="403"):
            team.update({"deployment": given})

    def test_404_is_as_good_as_gone(self, team: Team, caplog: Any) -> None:
        prod = team.astro.add_deployment("prod")
        file = copied(team.inspect())
        team.astro.fault("GET", f"/organizations/*/deployments/{team.dev}", status=404)
        assert team.update(file) == prod
        assert team.state()[team.dev] == ("dev", "of dev")
        assert f"Deployment {team.dev}, which" in caplog.text
        assert "or this token cannot see it" in caplog.text
