"""Which Deployment a task is about: by id, or by name in a Workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.common.arguments import is_given
from astro_provider.common.ids import PATH_SEGMENT, looks_like_id
from astro_provider.common.suggestions import did_you_mean
from astro_provider.errors import AmbiguousNameError, ConfigurationError, NameLookupError, NotFoundError
from astro_provider.lookup.workspaces import resolve_workspace, workspace_called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from astro_provider.client import AstroClient
    from astro_provider.models.deployments import Deployment


def find_deployment(
    client: AstroClient,
    *,
    deployment_id: str | None,
    deployment_name: str | None,
    workspace: str | None,
    must_be_certain: bool = False,
) -> Deployment | None:
    """Return the Deployment that a task's arguments name; ``None`` if there is no such Deployment.

    If there is an id, the name and its Workspace must be those of the id's Deployment. Otherwise the name is looked for
    in ``workspace``, else in the connection's Workspace, else in the whole Organization, where two of the same name are
    an error.

    :param client: The client.
    :param deployment_id: The Deployment's id; the text ``None`` counts as absent, since a template whose XCom is
        missing renders to it.
    :param deployment_name: The Deployment's exact name.
    :param workspace: The Workspace's id or name.
    :param must_be_certain: Whether a name needs a Workspace: the only one of its name may be a namesake of one that is
        gone.
    :raises ConfigurationError: Neither id nor name is given.
    :raises NameLookupError: What was given as an id cannot be one.
    :raises AmbiguousNameError: Several Deployments have this name, or could have had it; or id and name disagree.
    """
    if is_given(deployment_id):
        with_id = _with_id(client, str(deployment_id))
        if with_id is not None and is_given(deployment_name):
            check_agreement(with_id, str(deployment_name), workspace)
        return with_id
    if not is_given(deployment_name):
        raise ConfigurationError(
            f"Neither deployment_id={deployment_id!r} nor deployment_name={deployment_name!r} says which Deployment "
            "to use."
        )
    found = None
    for workspace_id in _workspaces_to_search(client, workspace):
        found = client.deployments.find(str(deployment_name), workspace_id=workspace_id)
        if found:
            break
    if found is None:
        return None
    is_certain = not must_be_certain or is_given(workspace) or client.workspace_id is not None
    if not is_certain and len(client.workspaces.list()) > 1:
        where = found.workspace_name or found.workspace_id
        raise AmbiguousNameError(
            f"{found.label} is in Workspace {where}, but no Workspace was given, so it may be the wrong Deployment. "
            "Set one of these: the task's workspace (a name or an id), the connection's Workspace ID, or deployment_id."
        )
    return whole(client, found)


def _with_id(client: AstroClient, deployment_id: str) -> Deployment | None:
    if PATH_SEGMENT.fullmatch(deployment_id):
        try:
            return client.deployments.get(deployment_id)
        except NotFoundError:
            if looks_like_id(deployment_id):
                return None
    # It may be the name of a Deployment that exists, and must not be reported as missing.
    raise NameLookupError(
        f"There is no Deployment with the id {deployment_id!r}, which does not look like an id; did you mean "
        f"deployment_name={deployment_id!r}?"
    )


def check_agreement(deployment: Deployment, name: str, workspace: str | None, *, new_name: str | None = None) -> None:
    """Refuse the Deployment of an id if the name beside the id is that of another: nobody knows which one is right.

    :param deployment: The Deployment with the id.
    :param name: The name that the task gives.
    :param workspace: Id or name of the name's Workspace.
    :param new_name: A name that an earlier try of the task may have given to it.
    :raises AmbiguousNameError: They disagree.
    """
    own = {deployment.workspace_id, deployment.workspace_name}
    elsewhere = is_given(workspace) and None not in own and workspace not in own
    if deployment.name in {name, new_name} and not elsewhere:
        return
    where = f" in Workspace {deployment.workspace_name or deployment.workspace_id}"
    raise AmbiguousNameError(
        f"The id belongs to {deployment.label}{where}, but the task also names "
        f"{describe(None, name, workspace)}. Nothing was changed. In the task, correct or remove the id, or the name "
        "and its Workspace."
    )


def with_name(client: AstroClient, name: str, workspace: str | None) -> list[Deployment]:
    """Return every Deployment of a name, in the place where names are looked for; as a list shows them.

    :param client: The client.
    :param name: The exact name.
    :param workspace: The Workspace's id or name; ``None``: the connection's Workspace, else the whole Organization.
    """
    found: list[Deployment] = []
    for workspace_id in _workspaces_to_search(client, workspace):
        found = client.deployments.list(names=[name], workspace_ids=[workspace_id] if workspace_id else [])
        if found:
            break
    return found


def _workspaces_to_search(client: AstroClient, workspace: str | None) -> Iterator[str | None]:
    """Yield the Workspace's id; then, in case what looked like an id is a name, the id of the Workspace so named."""
    if not is_given(workspace):
        yield client.workspace_id
        return
    yield resolve_workspace(client, workspace)
    if (named_so := workspace_called(client, workspace)) is not None:
        yield named_so


def whole(client: AstroClient, deployment: Deployment) -> Deployment:
    """Return a Deployment with everything that an update has to send back; a list may show less than a single read.

    :param client: The client.
    :param deployment: The Deployment as a list showed it.
    """
    # Lists and single reads share one schema, in which this is optional, but without it an update would wipe secrets.
    complete = deployment.environment_variables is not None
    return deployment if complete else client.deployments.get(deployment.id)


def get_deployment(
    client: AstroClient, *, deployment_id: str | None, deployment_name: str | None, workspace: str | None
) -> Deployment:
    """Return the Deployment that a task's arguments name; its absence is an error.

    :param client: The client.
    :param deployment_id: The Deployment's id.
    :param deployment_name: The Deployment's exact name.
    :param workspace: The Workspace's id or name.
    :raises NameLookupError: There is no such Deployment.
    """
    found = find_deployment(client, deployment_id=deployment_id, deployment_name=deployment_name, workspace=workspace)
    if found is None:
        by_default = None if is_given(deployment_id) or is_given(workspace) else client.workspace_id
        what = describe(deployment_id, deployment_name, by_default or workspace)
        hint = "" if is_given(deployment_id) else name_suggestion(client, str(deployment_name), workspace)
        # A token of a Workspace sees no other.
        may_be_elsewhere = by_default and by_default != client.claims.workspace_id
        elsewhere = " To look in another Workspace, set the argument workspace." if may_be_elsewhere else ""
        raise NameLookupError(f"{what} does not exist, or this token cannot see it.{hint}{elsewhere}")
    return found


def name_suggestion(client: AstroClient, name: str, workspace: str | None) -> str:
    """Return ``" Did you mean 'x'?"``, or where else the name is; nothing if neither helps.

    It costs a call or two, but only of a task that fails anyway.

    :param client: The client.
    :param name: The name that does not exist.
    :param workspace: The Workspace's id or name.
    """
    workspace_id = resolve_workspace(client, workspace) if is_given(workspace) else client.workspace_id
    known = client.deployments.list(workspace_ids=[workspace_id] if workspace_id else [])
    elsewhere = client.deployments.list(names=[name]) if workspace_id else []
    if places := [each.workspace_name or each.workspace_id for each in elsewhere if each.workspace_id != workspace_id]:
        return f" There is a Deployment of this name in Workspace {' and in Workspace '.join(sorted(places))}."
    return did_you_mean(name, (deployment.name for deployment in known))


def describe(deployment_id: str | None, deployment_name: str | None, workspace: str | None) -> str:
    """Return in words what was looked for.

    :param deployment_id: The Deployment's id.
    :param deployment_name: The Deployment's name.
    :param workspace: The Workspace's id or name.
    """
    if is_given(deployment_id):
        return f"Deployment {deployment_id}"
    if not is_given(deployment_name):
        return "A Deployment without id and name"
    where = f" in Workspace {workspace}" if is_given(workspace) else ""
    return f"Deployment {deployment_name!r}{where}"
