"""Deploys of code to a Deployment; they can be read, and tests add them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.ids import new_id
from astro_provider.emulator.core.moments import moment
from astro_provider.emulator.core.problems import not_found
from astro_provider.emulator.core.routing import Call, Resource
from astro_provider.emulator.resources.deployments.documents import shown
from astro_provider.emulator.resources.deployments.setup import stored_deployment

if TYPE_CHECKING:
    from astro_provider.emulator.state import State

resource = Resource("/organizations/{organizationId}/deployments/{deploymentId}/deploys")


@resource.get()
def list_deploys(call: Call) -> dict[str, Any]:
    """List the deploys of a Deployment, the newest first."""
    deployment = call.find("deployment", call.path["deploymentId"])
    found = [deploy for deploy in call.state.store.all("deploy") if deploy["deploymentId"] == deployment["id"]]
    return call.page("deploys", found[::-1])


@resource.get("/{deployId}")
def get_deploy(call: Call) -> dict[str, Any]:
    """Show a deploy."""
    deployment = call.find("deployment", call.path["deploymentId"])
    deploy = call.find("deploy", call.path["deployId"])
    if deploy["deploymentId"] != deployment["id"]:
        raise not_found("Deploy", deploy["id"])
    return deploy


def add_deploy(state: State, deployment_id: str, **fields: Any) -> str:
    """Add a deploy of DAGs that is DEPLOYED; returns its id.

    :param state: The emulator's state.
    :param deployment_id: The Deployment.
    :param fields: Further fields of the API document.
    :raises KeyError: There is no such Deployment.
    """
    deployment = shown(stored_deployment(state, deployment_id), state.address)
    now = moment()
    deploy = {
        "id": new_id(),
        "deploymentId": deployment_id,
        "type": "DAG_ONLY",
        "status": "DEPLOYED",
        "imageRepository": deployment["imageRepository"],
        "imageTag": deployment["imageTag"],
        "astroRuntimeVersion": deployment["astroRuntimeVersion"],
        "airflowVersion": deployment["airflowVersion"],
        "isDagDeployEnabled": deployment["isDagDeployEnabled"],
        "dagTarballVersion": now,
        "createdAt": now,
        "createdBySubject": state.owner.subject,
        "updatedAt": now,
        **fields,
    }
    state.store.put("deploy", deploy)
    return str(deploy["id"])
