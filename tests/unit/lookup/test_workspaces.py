"""A Workspace by its name, by its id, and by a name that looks like an id."""

from __future__ import annotations

import pytest

from astro_provider.errors import NameLookupError
from astro_provider.lookup.workspaces import resolve_workspace, workspace_called, workspace_problem

LIKE_AN_ID = "clworkspace000000000000001"


def test_a_name_costs_one_call_and_an_id_none(astro, client) -> None:
    assert resolve_workspace(client, "Development") == astro.workspace_id
    assert len(astro.requests) == 1
    assert resolve_workspace(client, astro.workspace_id) == astro.workspace_id
    assert len(astro.requests) == 1


def test_a_name_that_finds_nothing_is_an_error_with_the_nearest_and_all_known_ones(client) -> None:
    with pytest.raises(NameLookupError) as caught:
        resolve_workspace(client, "development")
    assert str(caught.value) == (
        "There is no Workspace 'development' that this token can see. Did you mean 'Development'? "
        "Known: 'Development', 'Production'."
    )


def test_a_name_that_two_have_is_an_error_with_their_ids(astro, client) -> None:
    ids = [astro.add_workspace("Twin"), astro.add_workspace("Twin")]
    with pytest.raises(NameLookupError, match="2 Workspaces are named 'Twin'") as caught:
        resolve_workspace(client, "Twin")
    assert all(known in str(caught.value) for known in ids)


def test_without_a_name_the_only_workspace_is_taken_and_never_one_of_several(astro, client) -> None:
    with pytest.raises(NameLookupError, match=r"No Workspace was given.*'Development', 'Production'"):
        resolve_workspace(client, None)
    for workspace in astro.store.all("workspace"):
        if workspace["id"] != astro.workspace_id:
            astro.store.delete("workspace", workspace["id"])
    assert resolve_workspace(client, None) == astro.workspace_id


def test_a_name_that_looks_like_an_id_is_found_as_a_name(astro, client) -> None:
    made = astro.add_workspace(LIKE_AN_ID)
    assert workspace_called(client, LIKE_AN_ID) == made
    assert workspace_called(client, "Development") is None


def test_an_id_out_of_sight_has_a_sentence_and_one_in_sight_has_none(astro, client) -> None:
    assert workspace_problem(client, astro.workspace_id) is None
    assert workspace_problem(client, None) is None
    assert f"There is no Workspace '{LIKE_AN_ID}' that this token can see." in str(
        workspace_problem(client, LIKE_AN_ID)
    )
