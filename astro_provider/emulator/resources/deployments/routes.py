"""What answers the operations on Deployments."""

from __future__ import annotations

from typing import Any

from astro_provider.emulator.core import progress as lifecycle
from astro_provider.emulator.core.problems import Complaint, invalid_fields
from astro_provider.emulator.core.roles import forget_place
from astro_provider.emulator.core.routing import Call, Resource
from astro_provider.emulator.resources.deployments.bodies import Override
from astro_provider.emulator.resources.deployments.code import forget, pending_steps, settle
from astro_provider.emulator.resources.deployments.documents import Document, changed, new_deployment, shown
from astro_provider.emulator.resources.deployments.hibernation import let_end, set_override, with_rest
from astro_provider.emulator.resources.deployments.queues import queue_complaints
from astro_provider.emulator.resources.deployments.rules import check_name, read_create, read_update

resource = Resource("/organizations/{organizationId}/deployments", secrets=["environmentVariables.value"])


@resource.get()
def list_deployments(call: Call) -> Document:
    """List Deployments; each one listed counts as read."""
    documents = call.state.store.all("deployment")
    found = [each for each in documents if call.grant.allows_at("deployment.get", each["workspaceId"], each["id"])]
    found = call.matching(found, id="deploymentIds", name="names", workspaceId="workspaceIds")
    page = call.page("deployments", found, most=None)
    page["deployments"] = [_read(call, deployment) for deployment in page["deployments"]]
    return page


@resource.get("/{deploymentId}")
def get_deployment(call: Call) -> Document:
    """Show a Deployment; that counts as a read."""
    return _read(call, _deployment(call))


@resource.post()
def create_deployment(call: Call) -> Document:
    """Create a Deployment."""
    body = read_create(call.raw, take_unlisted=call.state.take_unlisted)
    workspace = call.state.store.get("workspace", body["workspaceId"])
    if workspace is None:
        raise invalid_fields(Complaint("workspaceId", "exists", "be a Workspace that exists"))
    call.need_workspace(workspace["id"])
    check_name(call.state.store.all("deployment"), body["name"], workspace["id"])
    cluster = _cluster(call, body.get("clusterId"), body["type"])
    _check_queues(body, [], body["type"], cluster)
    deployment = new_deployment(body, workspace, cluster, call.grant.subject)
    call.state.progress.begin(deployment, with_rest(deployment, lifecycle.CREATION))
    return _stored(call, deployment)


@resource.post("/{deploymentId}")
def update_deployment(call: Call) -> Document:
    """Replace a Deployment's settings."""
    stored = _deployment(call)
    body = read_update(call.raw, stored)
    check_name(call.state.store.all("deployment"), body["name"], stored["workspaceId"], stored["id"])
    cluster = _cluster(call, stored.get("clusterId"), stored["type"])
    _check_queues(body, stored["workerQueues"], stored["type"], cluster)
    deployment = changed(stored, body, cluster, call.grant.subject)
    steps = with_rest(deployment, [*pending_steps(deployment), *lifecycle.UPDATE])
    call.state.progress.begin(deployment, steps, stale_reads=call.state.stale_healthy_reads)
    return _stored(call, deployment)


@resource.delete("/{deploymentId}")
def delete_deployment(call: Call) -> None:
    """Delete a Deployment, with its tokens, its environment objects and everybody's roles in it."""
    deployment_id = _deployment(call)["id"]
    call.state.store.delete("deployment", deployment_id)
    forget_place(call.state.store, deployment_id)
    forget(call.state, deployment_id)


@resource.post("/{deploymentId}/hibernation-override")
def override_hibernation(call: Call) -> Document:
    """Put a development Deployment to sleep or wake it, whatever its schedules say."""
    deployment = _deployment(call)
    override = set_override(deployment, call.body(Override), call.state.progress)
    call.state.store.put("deployment", deployment)
    return override


@resource.delete("/{deploymentId}/hibernation-override")
def remove_override(call: Call) -> None:
    """Let a development Deployment's schedules apply again."""
    deployment = _deployment(call)
    set_override(deployment, None, call.state.progress)
    call.state.store.put("deployment", deployment)


def _deployment(call: Call) -> Document:
    return call.find("deployment", call.path["deploymentId"])


def _read(call: Call, deployment: Document) -> Document:
    ended = let_end(deployment, call.state.progress)
    moved = call.state.progress.read(deployment)
    if settle(call.state, deployment) or moved or ended:
        call.state.store.put("deployment", deployment)
    return shown(deployment, call.state)


def _stored(call: Call, deployment: Document) -> Document:
    call.state.store.put("deployment", deployment)
    return shown(deployment, call.state)


def _check_queues(body: Document, stored: list[Document], kind: str, cluster: Document | None) -> None:
    if complaints := list(queue_complaints(body.get("workerQueues"), stored, kind, cluster)):
        raise invalid_fields(*complaints)


def _cluster(call: Call, cluster_id: str | None, kind: str) -> dict[str, Any] | None:
    if not cluster_id:
        if kind == "STANDARD":
            return None
        raise invalid_fields(Complaint("clusterId", "required"))
    cluster = call.state.store.get("cluster", cluster_id)
    if cluster is None or (kind == "HYBRID") != (cluster["type"] == "HYBRID"):
        raise invalid_fields(Complaint("clusterId", "exists", f"be a cluster for {kind} Deployments"))
    return cluster
