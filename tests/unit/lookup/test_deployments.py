"""The Deployment that a task's arguments name: by id, or by name in a Workspace."""

from __future__ import annotations

import pytest

from astro_provider.errors import AmbiguousNameError, ConfigurationError, NameLookupError
from astro_provider.lookup.deployments import find_deployment, get_deployment, with_name

NOTHING = {"deployment_id": None, "deployment_name": None, "workspace": None}
LIKE_AN_ID = "clworkspace000000000000001"


@pytest.mark.parametrize("workspace", [None, "Development", "id"])
def test_an_id_and_its_own_name_find_one_deployment_with_one_call(astro, client, workspace) -> None:
    made = astro.add_deployment("one")
    workspace = astro.workspace_id if workspace == "id" else workspace
    found = get_deployment(client, deployment_id=made, deployment_name="one", workspace=workspace)
    assert found.id == made
    assert len(astro.requests) == 1


@pytest.mark.parametrize(("name", "workspace"), [("other", None), ("one", "Production"), ("other", "Development")])
def test_an_id_and_the_name_of_another_are_an_error(astro, client, name, workspace) -> None:
    made = astro.add_deployment("one")
    where = f" in Workspace {workspace}" if workspace else ""
    with pytest.raises(AmbiguousNameError) as caught:
        find_deployment(client, deployment_id=made, deployment_name=name, workspace=workspace)
    assert str(caught.value) == (
        f"The id belongs to Deployment 'one' ({made}) in Workspace Development, but the task also names "
        f"Deployment '{name}'{where}. Nothing was changed. In the task, correct or remove the id, or the name and its "
        "Workspace."
    )


@pytest.mark.parametrize("absent", [None, "", " ", "None"])
def test_without_id_and_name_nothing_is_asked(astro, client, absent) -> None:
    with pytest.raises(ConfigurationError, match="says which Deployment to use"):
        find_deployment(client, **NOTHING | {"deployment_id": absent, "deployment_name": absent})
    assert astro.requests == []


def test_an_unknown_id_finds_nothing_and_a_name_in_its_place_is_an_error(astro, client) -> None:
    astro.add_deployment("staging")
    assert find_deployment(client, **NOTHING | {"deployment_id": "clgone0000000000000000001"}) is None
    with pytest.raises(NameLookupError, match="does not look like an id; did you mean deployment_name='staging'"):
        find_deployment(client, **NOTHING | {"deployment_id": "staging"})
    astro.clear_requests()
    with pytest.raises(NameLookupError, match="does not look like an id; did you mean deployment_name='Data Platform'"):
        find_deployment(client, **NOTHING | {"deployment_id": "Data Platform"})
    assert astro.requests == []


def test_a_workspace_whose_name_looks_like_an_id_is_searched_too(astro, client) -> None:
    made = astro.add_deployment("etl", astro.add_workspace(LIKE_AN_ID))
    assert get_deployment(client, **NOTHING | {"deployment_name": "etl", "workspace": LIKE_AN_ID}).id == made
    assert [item.id for item in with_name(client, "etl", LIKE_AN_ID)] == [made]


def test_a_name_that_finds_nothing_is_an_error_with_the_nearest(astro, client) -> None:
    astro.add_deployment("Staging")
    with pytest.raises(
        NameLookupError,
        match=r"'staging' in Workspace Development does not exist, or this token cannot see it\. Did you mean 'Stag",
    ):
        get_deployment(client, **NOTHING | {"deployment_name": "staging", "workspace": "Development"})


def test_a_name_of_another_workspace_is_said_to_be_there(astro, client) -> None:
    astro.add_deployment("staging")
    with pytest.raises(
        NameLookupError, match=r"cannot see it\. There is a Deployment of this name in Workspace Development\.$"
    ):
        get_deployment(client, **NOTHING | {"deployment_name": "staging", "workspace": "Production"})


def test_where_certainty_is_needed_the_only_one_of_a_name_is_not_enough(astro, client) -> None:
    made = astro.add_deployment("pr-1")
    assert find_deployment(client, **NOTHING | {"deployment_name": "pr-1"}).id == made
    with pytest.raises(AmbiguousNameError, match="no Workspace was given, so it may be the wrong Deployment"):
        find_deployment(client, **NOTHING | {"deployment_name": "pr-1"}, must_be_certain=True)
    by_name = {"deployment_name": "pr-1", "workspace": "Development"}
    assert find_deployment(client, **NOTHING | by_name, must_be_certain=True).id == made
