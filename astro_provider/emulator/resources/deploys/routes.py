"""What answers the operations on deploys."""

from __future__ import annotations

from typing import Any

from astro_provider.emulator.core.moments import moment
from astro_provider.emulator.core.problems import Problem, invalid, not_found
from astro_provider.emulator.core.routing import Call, Resource
from astro_provider.emulator.resources.deployments.code import desired, look, merged, roll_out, settle
from astro_provider.emulator.resources.deployments.orders import count, orders_for
from astro_provider.emulator.resources.deploys.bodies import Finalize, Rollback, Update, read_create
from astro_provider.emulator.resources.deploys.documents import new_deploy, shown
from astro_provider.emulator.resources.deploys.images import image_changes
from astro_provider.emulator.resources.deploys.rules import (
    bundle_version,
    check_kind,
    check_may_deploy,
    check_rollback,
    dag_version,
)

Document = dict[str, Any]
#: What a deploy shows of the code that its Deployment runs after it.
SHOWN = ("astroRuntimeVersion", "airflowVersion", "dagTarballVersion")
resource = Resource("/organizations/{organizationId}/deployments/{deploymentId}/deploys")


@resource.get()
def list_deploys(call: Call) -> Document:
    """List the deploys of a Deployment, the newest first; that counts as a read of the Deployment."""
    deployment = _read(call)
    found = [deploy for deploy in call.state.store.all("deploy") if deploy["deploymentId"] == deployment["id"]]
    if "list-oldest-first" not in call.state.variants:
        found.reverse()
    page = call.page("deploys", found)
    page["deploys"] = [shown(call.state, deployment, deploy) for deploy in page["deploys"]]
    return page


@resource.get("/{deployId}")
def get_deploy(call: Call) -> Document:
    """Show a deploy; that counts as a read of its Deployment."""
    deployment = _read(call)
    return shown(call.state, deployment, _deploy(call, deployment))


@resource.post()
def create_deploy(call: Call) -> Document:
    """Begin a deploy, which does nothing until it is finalized."""
    deployment = _deployment(call)
    body = read_create(call.raw)
    check_may_deploy(call, deployment)
    check_kind(deployment, body["type"])
    deploy = new_deploy(call.state, deployment, body, call.grant.subject, desired(call.state, deployment))
    call.state.store.put("deploy", deploy)
    return shown(call.state, deployment, deploy)


@resource.post("/{deployId}")
def update_deploy(call: Call) -> Document:
    """Change a deploy's description."""
    deployment = _deployment(call)
    deploy = _changed(call, _deploy(call, deployment)) | call.body(Update)
    call.state.store.put("deploy", deploy)
    return shown(call.state, deployment, deploy)


@resource.post("/{deployId}/finalize")
def finalize_deploy(call: Call) -> Document:
    """Roll a deploy out, after those that were finalized before it."""
    try:
        deployment = _deployment(call)
        deploy = _deploy(call, deployment)
    except Problem as problem:
        if problem.status == 404:  # the document declares none here
            raise invalid(problem.message) from None
        raise
    given = call.body(Finalize)
    if "_changes" in deploy:
        if "finalize-twice" in call.state.variants:
            return shown(call.state, deployment, deploy)
        raise invalid(f"deploy {deploy['id']} has been finalized already")
    check_may_deploy(call, deployment)
    deploy["_changes"] = deploy.get("_restores") or _changes(call, deployment, deploy, given)
    return _rolled_out(call, deployment, deploy)


@resource.post("/{deployId}/rollback")
def roll_back(call: Call) -> Document:
    """Begin a deploy that brings back the code of an earlier one."""
    deployment = _deployment(call)
    earlier = _deploy(call, deployment)
    body = call.body(Rollback)
    check_may_deploy(call, deployment)
    check_rollback(deployment, earlier)
    now = desired(call.state, deployment)
    restored = earlier["_code"]
    body |= {name: earlier[name] for name in ("type", "bundleMountPath", "bundleType") if name in earlier}
    deploy = new_deploy(call.state, deployment, body, call.grant.subject, restored)
    deploy |= {"rollbackFromId": earlier["id"], "imageTag": restored["imageTag"]}
    changes = {**restored, "bundles": {**dict.fromkeys(now["bundles"]), **restored["bundles"]}}
    if "rollback-needs-finalize" in call.state.variants:
        deploy["_restores"] = changes
        call.state.store.put("deploy", deploy)
        return shown(call.state, deployment, deploy)
    deploy["_changes"] = changes
    return _rolled_out(call, deployment, deploy)


def _changes(call: Call, deployment: Document, deploy: Document, given: Document) -> Document:
    """Return what a deploy changes of the code that its Deployment runs."""
    if deploy["type"] == "BUNDLE":
        version = bundle_version(call, deployment, deploy, given)
        bundle = {"bundleType": deploy["bundleType"], "deployId": deploy["id"], "version": version}
        return {"bundles": {deploy["bundleMountPath"]: bundle if version else None}}
    dags = dag_version(call, deployment, deploy, given)
    changes: Document = {"dagTarballVersion": dags} if dags else {}
    if deploy["type"] != "DAG_ONLY":
        changes |= image_changes(call.state, deploy)
    return changes


def _rolled_out(call: Call, deployment: Document, deploy: Document) -> Document:
    """Let a deploy with its changes take effect, or fail as ordered, in its turn."""
    code = merged(desired(call.state, deployment), deploy["_changes"])
    deploy = _changed(call, deploy) | {"_code": code}
    deploy |= {name: code[name] for name in SHOWN if name in code}
    is_late = "deployed-when-live" in call.state.variants
    ordered = orders_for(call.state, "deploy_failures", deployment)[-1:]
    if ordered and ordered[0]["times"]:
        count(call.state, "deploy_failures", ordered[0])
        if not is_late:
            deploy["status"] = "FAILED"
            call.state.store.put("deploy", deploy)
            call.state.store.put("deployment", deployment)
            return shown(call.state, deployment, deploy)
        deploy["_fails"] = True
    if not is_late:
        deploy["status"] = "DEPLOYED"
    roll_out(call.state, deployment, deploy)
    return shown(call.state, deployment, deploy)


def _changed(call: Call, deploy: Document) -> Document:
    return {**deploy, "updatedAt": moment(), "updatedBySubject": call.grant.subject}


def _deployment(call: Call) -> Document:
    return look(call.state, call.find("deployment", call.path["deploymentId"]))


def _read(call: Call) -> Document:
    """Return the Deployment, one read on if deploys are being rolled out to it."""
    deployment = call.find("deployment", call.path["deploymentId"])
    if deployment.get("_rollouts"):
        call.state.progress.read(deployment)
        settle(call.state, deployment)
        call.state.store.put("deployment", deployment)
    return deployment


def _deploy(call: Call, deployment: Document) -> Document:
    deploy = call.find("deploy", call.path["deployId"])
    if deploy["deploymentId"] != deployment["id"]:
        raise not_found("Deploy", deploy["id"])
    return deploy
