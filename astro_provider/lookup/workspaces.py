"""From the name of a Workspace to its id. An id costs no call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.common.ids import looks_like_id
from astro_provider.errors import NameLookupError
from astro_provider.http.retry import Repeat
from astro_provider.lookup.names import unknown_name

if TYPE_CHECKING:
    from astro_provider.client import AstroClient


def resolve_workspace(client: AstroClient, workspace: str | None, *, repeat: Repeat = Repeat.SAFE) -> str:
    """Return a Workspace's id.

    :param client: The client.
    :param workspace: Id or name; ``None``: the connection's or the token's own.
    :param repeat: How freely a call may be sent again.
    :raises NameLookupError: There is no such Workspace; the message lists those there are.
    :raises AmbiguousNameError: There are several.
    """
    if workspace is None:
        return client.workspace_id or _only_workspace(client)
    if looks_like_id(workspace):
        return workspace
    if found := client.workspaces.find(workspace, repeat=repeat):
        return found.id
    known = client.workspaces.list(repeat=repeat)
    if any(w.id == workspace for w in known):
        return workspace
    raise NameLookupError(unknown_name("Workspace", workspace, [w.name for w in known]))


def workspace_called(client: AstroClient, text: str | None) -> str | None:
    """Return the id of the Workspace whose name looks like an id, if Astro knows no such id.

    :param client: The client.
    :param text: What was taken for an id.
    """
    found = client.workspaces.list(names=[text]) if text and looks_like_id(text) else []
    return found[0].id if len(found) == 1 else None


def workspace_problem(client: AstroClient, workspace_id: str | None) -> str | None:
    """Return the sentence about a Workspace that the token does not see; ``None`` if it sees it.

    :param client: The client.
    :param workspace_id: The Workspace's id; ``None``: no Workspace, and no problem.
    """
    if workspace_id is None or client.workspaces.list(workspace_ids=[workspace_id]):
        return None
    return unknown_name("Workspace", workspace_id, [f"{w.id} ({w.name})" for w in client.workspaces.list()])


def _only_workspace(client: AstroClient) -> str:
    known = client.workspaces.list()
    if len(known) == 1:
        return known[0].id
    listed = ", ".join(repr(w.name) for w in known) or "none that this token can see"
    raise NameLookupError(
        f"No Workspace was given. Set it in the task, the Deployment file or the connection. Known: {listed}."
    )
