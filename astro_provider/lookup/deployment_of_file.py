"""Which Deployment a file is for: its ``metadata.deployment_id`` and its ``name`` have to agree."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from astro_provider.errors import (
    AmbiguousNameError,
    ConfigurationError,
    ForbiddenError,
    NameLookupError,
    NotFoundError,
)
from astro_provider.lookup.deployments import get_deployment, name_suggestion, whole, with_name
from astro_provider.lookup.workspaces import resolve_workspace

if TYPE_CHECKING:
    from astro_provider.client import AstroClient
    from astro_provider.deployment_file.model import DeploymentFile
    from astro_provider.models.deployments import Deployment

log = logging.getLogger(__name__)

ID = ("deployment", "metadata", "deployment_id")
NAME = ("deployment", "configuration", "name")


def deployment_of_file(client: AstroClient, file: DeploymentFile) -> Deployment:
    """Return the Deployment that a file alone points to, by ``metadata.deployment_id`` and by ``name``.

    A copied file still has the id of its source. So the id alone never decides: if its Deployment has another name, or
    is in another Workspace than the file's, nothing is guessed. Only if that Deployment is gone does the name decide,
    with a warning: it may have been recreated.

    One call if id and name agree.

    :param client: The client.
    :param file: The Deployment file, with the task's ``workspace`` laid over it.
    :raises ConfigurationError: The file has neither id nor name.
    :raises AmbiguousNameError: The two point to different Deployments, or the id's has another name.
    :raises NameLookupError: There is no Deployment with this id, and none with this name.
    """
    deployment_id, name = file.metadata.deployment_id, file.configuration.name
    if deployment_id is None and name is None:
        raise ConfigurationError(
            f"Nothing says which Deployment to update: {file.source} has neither a name nor metadata.deployment_id, "
            "and the task has neither deployment_id nor deployment_name."
        )
    if deployment_id is None:
        workspace = file.configuration.workspace_name
        return get_deployment(client, deployment_id=None, deployment_name=name, workspace=workspace)
    try:
        deployment = client.deployments.get(deployment_id)
    except (NotFoundError, ConfigurationError):  # "N/A", say, cannot be an id
        return _by_name_instead(client, file)
    except ForbiddenError:
        if name is None:
            raise
        raise _disagreement(client, file, None) from None
    if name is None or (name == deployment.name and _is_in_its_workspace(client, file, deployment)):
        return deployment
    raise _disagreement(client, file, deployment)


def _is_in_its_workspace(client: AstroClient, file: DeploymentFile, deployment: Deployment) -> bool:
    """Whether the Workspace in which the name is looked for has this Deployment, and no other one of its name."""
    workspace = file.configuration.workspace_name
    if workspace in (deployment.workspace_id, deployment.workspace_name):
        return True
    if workspace is not None:
        return resolve_workspace(client, workspace) == deployment.workspace_id
    if client.workspace_id in (None, deployment.workspace_id):
        return True
    return not with_name(client, deployment.name, None)


def _by_name_instead(client: AstroClient, file: DeploymentFile) -> Deployment:
    """Return the one Deployment with the file's name, since there is none with its id."""
    deployment_id, name = file.metadata.deployment_id, file.configuration.name
    where = file.origin.where(ID)
    if name is None:
        raise NameLookupError(
            f"Deployment {deployment_id} does not exist, or this token cannot see it. {where} names it, and the file "
            "has no name to look for instead."
        )
    found = with_name(client, name, file.configuration.workspace_name)
    if len(found) == 1:
        log.warning(
            "Deployment %s, which %s names, does not exist, or this token cannot see it. "
            "Updating %s instead, which has the file's name.",
            deployment_id,
            where,
            _placed(found[0]),
        )
        return whole(client, found[0])
    by_id = f"Deployment {deployment_id}, which {where} names"
    if not found:
        hint = name_suggestion(client, name, file.configuration.workspace_name)
        raise NameLookupError(
            f"Deployment {name!r}{_in_workspace(file)} does not exist, or this token cannot see it.{hint} The same is "
            f"true of {by_id}."
        )
    raise AmbiguousNameError(
        f"{len(found)} Deployments are named {name!r}: {', '.join(map(_placed, found))}. {by_id}, does not "
        "exist, or this token cannot see it. Set workspace or deployment_id in the task."
    )


def _disagreement(client: AstroClient, file: DeploymentFile, deployment: Deployment | None) -> AmbiguousNameError:
    """Return the error that says what the id and the name point to, and how to go on.

    :param client: The client.
    :param file: The Deployment file.
    :param deployment: The id's Deployment; ``None``: the token may not see it.
    """
    name = str(file.configuration.name)
    found = with_name(client, name, file.configuration.workspace_name)
    unseen = f"Deployment {file.metadata.deployment_id}, which this token is not allowed to see"
    by_name = (
        " and ".join(map(_placed, found))
        or f"no Deployment: {name!r}{_in_workspace(file)} does not exist, or this token cannot see it"
    )
    return AmbiguousNameError(
        "The file's id and name do not point to the same Deployment; nothing was sent.\n"
        f"- {file.origin.where(ID)} points to {_placed(deployment) if deployment else unseen}.\n"
        f"- {file.origin.where(NAME)} points to {by_name}.\n"
        f"{_way_of_name(name, found)} {_way_of_id(name, deployment)}"
    )


def _way_of_name(name: str, found: list[Deployment]) -> str:
    if not found:
        return f"To create {name!r}, use CreateDeploymentFromTemplateOperator."
    if len(found) > 1:
        return f"To change one of those named {name!r}, set deployment_name={name!r} and workspace in the task."
    return f"To change {found[0].label}, set deployment_name={name!r} in the task."


def _way_of_id(name: str, deployment: Deployment | None) -> str:
    if deployment is None:
        return "To change the one with the id, use a token that is allowed to see it."
    if deployment.name == name:
        rename, place = "", f" and workspace={(deployment.workspace_name or deployment.workspace_id)!r}"
    else:
        rename, place = f" and rename it to {name!r}", ""
    return f"To change {deployment.label}{rename}, set deployment_id={deployment.id!r}{place} in the task."


def _placed(deployment: Deployment) -> str:
    return f"{deployment.label} in Workspace {deployment.workspace_name or deployment.workspace_id}"


def _in_workspace(file: DeploymentFile) -> str:
    workspace = file.configuration.workspace_name
    return f" in Workspace {workspace}" if workspace else ""
