"""The code that a Deployment runs, and the deploys that are rolled out to it one after the other.

A stored Deployment has the ids of the deploys that are still to be rolled out under ``_rollouts`` and its bundles under
``_bundles``. A stored deploy has what it changes under ``_changes``, what the Deployment runs after it under ``_code``,
and ``_fails`` if it is ordered to fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core import progress as lifecycle
from astro_provider.emulator.core.moments import moment
from astro_provider.emulator.resources.deployments.hibernation import let_end, with_rest

if TYPE_CHECKING:
    from astro_provider.emulator.state import State

Document = dict[str, Any]
#: Fields of a Deployment that a deploy can change, besides its bundles.
FIELDS = ("imageTag", "astroRuntimeVersion", "runtimeVersion", "airflowVersion", "isDagDeployEnabled")
VERSIONS = ("dagTarballVersion", "desiredDagTarballVersion")


def running(deployment: Document) -> Document:
    """Return the code that a Deployment runs.

    :param deployment: The stored Deployment.
    """
    code = {name: deployment[name] for name in (*FIELDS, "dagTarballVersion") if name in deployment}
    return {**code, "bundles": deployment.get("_bundles", {})}


def desired(state: State, deployment: Document) -> Document:
    """Return the code that a Deployment will run once all its deploys are rolled out.

    :param state: The emulator's state.
    :param deployment: The stored Deployment.
    """
    code = running(deployment)
    for deploy in _pending(state, deployment):
        if not deploy.get("_fails"):
            code = merged(code, deploy["_changes"])
    return code


def merged(code: Document, changes: Document) -> Document:
    """Return code after a deploy.

    :param code: The code before.
    :param changes: What the deploy changes; a bundle that is ``None`` is removed.
    """
    bundles = {**code["bundles"], **changes.get("bundles", {})}
    return {**code, **changes, "bundles": {path: bundle for path, bundle in bundles.items() if bundle}}


def roll_out(state: State, deployment: Document, deploy: Document) -> None:
    """Put a deploy at the end of those that are rolled out, and store both.

    :param state: The emulator's state.
    :param deployment: The stored Deployment.
    :param deploy: The deploy, finalized.
    """
    deployment["_rollouts"] = [*deployment.get("_rollouts", []), deploy["id"]]
    step = ["DEPLOYING", f"Rolling out deploy {deploy['id']}", deploy["id"]]
    ahead = deployment.get("_steps") or []
    at = next((number for number, each in enumerate(ahead) if each[0] == "HEALTHY"), 0)
    if at:
        deployment["_steps"].insert(at, step)
    else:
        steps = [step, *(ahead or with_rest(deployment, lifecycle.UPDATE[1:]))]
        state.progress.begin(deployment, steps, stale_reads=state.stale_healthy_reads)
    state.store.put("deploy", deploy)
    _show_desired(state, deployment)
    state.store.put("deployment", deployment)


def pending_steps(deployment: Document) -> list[list[str]]:
    """Return the steps in which deploys are still to be rolled out.

    :param deployment: The stored Deployment.
    """
    return [step for step in deployment.get("_steps") or [] if len(step) > 2]


def settle(state: State, deployment: Document) -> bool:
    """Let the deploys take effect whose steps are over; returns whether any did.

    :param state: The emulator's state.
    :param deployment: The stored Deployment; it is changed, and not stored.
    """
    ahead = {step[2] for step in pending_steps(deployment)}
    over = [deploy for deploy in _pending(state, deployment) if deploy["id"] not in ahead]
    deployment["_rollouts"] = [each for each in deployment.get("_rollouts", []) if each in ahead]
    for deploy in over:
        if deploy.pop("_fails", False):
            deploy["status"] = "FAILED"
        else:
            _install(deployment, deploy)
        deploy["updatedAt"] = moment()
        state.store.put("deploy", deploy)
    if over:
        _show_desired(state, deployment)
    return bool(over)


def look(state: State, deployment: Document) -> Document:
    """Return a Deployment as it is by now, if it moves on without being read.

    :param state: The emulator's state.
    :param deployment: The stored Deployment.
    """
    ended = let_end(deployment, state.progress)
    moved = state.progress.look(deployment)
    if settle(state, deployment) or moved or ended:
        state.store.put("deployment", deployment)
    return deployment


def run_at_once(deployment: Document, deploy: Document) -> None:
    """Let a Deployment run a deploy that was rolled out in the past.

    :param deployment: The stored Deployment; it is changed, and not stored.
    :param deploy: The deploy; what it changes becomes what the Deployment runs.
    """
    _install(deployment, deploy)
    if "dagTarballVersion" in deployment:
        deployment["desiredDagTarballVersion"] = deployment["dagTarballVersion"]


def forget(state: State, deployment_id: str) -> None:
    """Forget the deploys, the uploads and the Airflow of a Deployment that is deleted.

    :param state: The emulator's state.
    :param deployment_id: Its id.
    """
    for deploy in state.store.all("deploy"):
        if deploy["deploymentId"] == deployment_id:
            state.store.delete("deploy", deploy["id"])
    state.uploads.forget(deployment_id)
    state.store.delete_below(f"airflow/{deployment_id}/")


def _pending(state: State, deployment: Document) -> list[Document]:
    found = [state.store.get("deploy", each) for each in deployment.get("_rollouts", [])]
    return [deploy for deploy in found if deploy is not None]


def _install(deployment: Document, deploy: Document) -> None:
    code = merged(running(deployment), deploy["_changes"])
    deploy["_code"] = code
    deploy["status"] = "DEPLOYED"
    deployment |= {name: value for name, value in code.items() if name != "bundles"}
    deployment["_bundles"] = code["bundles"]
    if not deployment["isDagDeployEnabled"]:
        for name in VERSIONS:  # the DAGs are in the image
            deployment.pop(name, None)


def _show_desired(state: State, deployment: Document) -> None:
    version = desired(state, deployment).get("dagTarballVersion")
    if version and deployment["isDagDeployEnabled"]:
        deployment["desiredDagTarballVersion"] = version
    else:
        deployment.pop("desiredDagTarballVersion", None)
