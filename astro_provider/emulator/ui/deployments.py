"""Workspaces, their Deployments, and the deploys of one: the pages at the paths of the Astro UI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.resources.audit_logs import audit_records
from astro_provider.emulator.resources.deployments.code import look
from astro_provider.emulator.resources.deployments.documents import shown
from astro_provider.emulator.resources.deployments.setup import shown_deployments
from astro_provider.emulator.resources.deploys.documents import shown as shown_deploy
from astro_provider.emulator.ui.calls import calls_about, history
from astro_provider.emulator.ui.rendering import (
    MASK,
    Page,
    deployment_path,
    facts_of,
    missing,
    render,
    shown_moment,
)

if TYPE_CHECKING:
    from astro_provider.emulator.state import State

Document = dict[str, Any]
#: How many deploys the page of a Deployment shows.
LATEST = 5
#: How many requests the start page shows.
NEWEST = 20
OVERVIEW = (
    ("Id", "id"),
    ("Description", "description"),
    ("Type", "type"),
    ("Cloud provider", "cloudProvider"),
    ("Region", "region"),
    ("Cluster", "clusterName"),
    ("Astro Runtime", "astroRuntimeVersion"),
    ("Airflow", "airflowVersion"),
    ("Image tag", "imageTag"),
    ("DAGs", "dagTarballVersion"),
    ("DAGs to come", "desiredDagTarballVersion"),
)
SETTINGS = (
    ("Executor", "executor"),
    ("Scheduler size", "schedulerSize"),
    ("Scheduler AU", "schedulerAu"),
    ("Scheduler CPU", "schedulerCpu"),
    ("Scheduler memory", "schedulerMemory"),
    ("Schedulers", "schedulerReplicas"),
    ("High availability", "isHighAvailability"),
    ("Development mode", "isDevelopmentMode"),
    ("DAG-only deploys", "isDagDeployEnabled"),
    ("CI/CD enforcement", "isCicdEnforced"),
    ("Default CPU of a task pod", "defaultTaskPodCpu"),
    ("Default memory of a task pod", "defaultTaskPodMemory"),
    ("CPU quota", "resourceQuotaCpu"),
    ("Memory quota", "resourceQuotaMemory"),
    ("Node pool of task pods", "taskPodNodePoolId"),
    ("Contact emails", "contactEmails"),
    ("Workload identity", "effectiveWorkloadIdentity"),
)
REMOTE = (
    ("Remote Execution", "enabled"),
    ("Allowed IP address ranges", "allowedIpAddressRanges"),
    ("Bucket of task logs", "taskLogBucket"),
    ("URL pattern of task logs", "taskLogUrlPattern"),
)


def start_page(state: State) -> Page:
    """Return the page that all others can be reached from.

    :param state: The emulator's state.
    """
    (organization,) = state.store.all("organization")
    deployments = shown_deployments(state)
    workspaces = [
        (workspace, [each for each in deployments if each["workspaceId"] == workspace["id"]])
        for workspace in state.store.all("workspace")
    ]
    newest = history(state.journal[-NEWEST:])._replace(total=len(state.journal))
    return render("start.html", organization=organization, workspaces=workspaces, calls=newest)


def workspace_page(state: State, workspace_id: str) -> Page:
    """Return the page of a Workspace.

    :param state: The emulator's state.
    :param workspace_id: The Workspace.
    """
    workspace = state.store.get("workspace", workspace_id)
    if workspace is None:
        return _no_workspace(workspace_id)
    found = [each for each in shown_deployments(state) if each["workspaceId"] == workspace_id]
    return render("workspace.html", workspace=workspace, deployments=found)


def deployment_page(state: State, workspace_id: str, deployment_id: str) -> Page:
    """Return the page of a Deployment.

    :param state: The emulator's state.
    :param workspace_id: The Workspace in the page's address.
    :param deployment_id: The Deployment.
    """
    found = _deployment(state, workspace_id, deployment_id)
    if isinstance(found, Page):
        return found
    hibernation = (found.get("scalingSpec") or {}).get("hibernationSpec") or {}
    deploys = _deploys(state, found)
    return render(
        "deployment.html",
        deployment=found,
        workspace=state.store.get("workspace", workspace_id),
        overview=facts_of(found, OVERVIEW),
        settings=[*facts_of(found, SETTINGS), *facts_of(found.get("remoteExecution") or {}, REMOTE)],
        variables=[{**each, "value": MASK} if each["isSecret"] else each for each in found["environmentVariables"]],
        schedules=hibernation.get("schedules") or [],
        override=hibernation.get("override"),
        deploys=deploys[:LATEST],
        total_deploys=len(deploys),
        calls=calls_about(state, deployment_id, found["name"]),
    )


def deploys_page(state: State, workspace_id: str, deployment_id: str) -> Page:
    """Return the page of a Deployment's deploys.

    :param state: The emulator's state.
    :param workspace_id: The Workspace in the page's address.
    :param deployment_id: The Deployment.
    """
    found = _deployment(state, workspace_id, deployment_id)
    if isinstance(found, Page):
        return found
    workspace = state.store.get("workspace", workspace_id)
    return render("deploys.html", deployment=found, workspace=workspace, deploys=_deploys(state, found))


def no_deployment(state: State, deployment_id: str) -> Page:
    """Return the page that says that there is no such Deployment, and whether it was deleted.

    :param state: The emulator's state.
    :param deployment_id: The Deployment.
    """
    deleted = [record["timestamp"] for record in audit_records(state) if _is_delete(record, deployment_id)]
    hint = f"It was deleted at {shown_moment(deleted[-1])} UTC." if deleted else ""
    return missing(f"There is no Deployment {deployment_id}.", hint, calls=calls_about(state, deployment_id))


def _deployment(state: State, workspace_id: str, deployment_id: str) -> Document | Page:
    """Return a Deployment as the API shows it, or the page that says why there is none at this address."""
    stored = state.store.get("deployment", deployment_id)
    if stored is None:
        return no_deployment(state, deployment_id)
    if stored["workspaceId"] != workspace_id:
        path = deployment_path(stored["workspaceId"], deployment_id)
        what = f"Deployment {stored['name']} ({deployment_id}) is not in Workspace {workspace_id}."
        return missing(what, "It is in another Workspace:", link=path, label=stored["name"])
    return shown(look(state, stored), state)


def _deploys(state: State, deployment: Document) -> list[Document]:
    """Return the deploys of a Deployment, the newest first, each with what it brought and without its signed URL."""
    found = [deploy for deploy in state.store.all("deploy") if deploy["deploymentId"] == deployment["id"]]
    return [_shown_deploy(state, deployment, deploy) for deploy in reversed(found)]


def _shown_deploy(state: State, deployment: Document, deploy: Document) -> Document:
    public = shown_deploy(state, deployment, deploy)
    git = public.get("git") or {}
    return {
        **{name: public.get(name) for name in ("id", "type", "status", "createdAt", "description", "imageTag")},
        "version": public.get("dagTarballVersion") or public.get("bundleTarballVersion"),
        "mount_path": public.get("bundleMountPath"),
        "by": subject_name(public["createdBySubject"]),
        "commit": " ".join(filter(None, (git.get("branch"), str(git.get("commitSha", ""))[:7]))),
    }


def subject_name(subject: Document) -> str:
    """Return the name of who made something.

    :param subject: As the API shows it.
    """
    names = ("fullName", "username", "apiTokenName", "id")
    return next((str(subject[name]) for name in names if subject.get(name)), "")


def _is_delete(record: Document, deployment_id: str) -> bool:
    return record.get("method") == "DELETE" and str(record.get("path")).endswith(f"/deployments/{deployment_id}")


def _no_workspace(workspace_id: str) -> Page:
    return missing(f"There is no Workspace {workspace_id}.")
