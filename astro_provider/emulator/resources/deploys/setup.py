"""Deploys and failures that tests order past the API, and the DAGs that a Deployment runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from astro_provider.emulator.core.problems import check_fields
from astro_provider.emulator.resources.deployments.code import desired, look, merged, run_at_once
from astro_provider.emulator.resources.deployments.orders import put_order
from astro_provider.emulator.resources.deployments.setup import stored_deployment
from astro_provider.emulator.resources.deploys.documents import blob_of, field_names, new_deploy
from astro_provider.emulator.resources.deploys.tarballs import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from astro_provider.emulator.state import State


def add_deploy(state: State, deployment_id: str, files: Mapping[str, bytes] | None = None, **fields: Any) -> str:
    """Add a deploy that is rolled out. See :meth:`astro_provider.emulator.Emulator.add_deploy`."""
    check_fields("a deploy", fields, {*field_names(), "files"})
    with state.store.lock:
        deployment = look(state, stored_deployment(state, deployment_id))
        code = desired(state, deployment)
        body = {"type": "DAG_ONLY", "status": "DEPLOYED", **fields}
        deploy = new_deploy(state, deployment, body, state.owner.subject, code)
        if deploy["status"] != "INITIALIZED":
            if "dagTarballVersion" not in fields and deploy["type"] in {"IMAGE_AND_DAG", "DAG_ONLY"}:
                deploy["dagTarballVersion"] = state.uploads.add(blob_of(deploy), pack(files or {}))
            names = ("imageTag", "astroRuntimeVersion", "airflowVersion", "dagTarballVersion")
            deploy["_changes"] = {name: deploy[name] for name in names if name in deploy}
            deploy["_code"] = merged(code, deploy["_changes"])
        if deploy["status"] == "DEPLOYED":
            run_at_once(deployment, deploy)
            state.store.put("deployment", deployment)
        state.store.put("deploy", deploy)
    return str(deploy["id"])


def fail_deploys(state: State, deployments: str, times: int) -> None:
    """Let the next deploys of Deployments fail. See :meth:`astro_provider.emulator.Emulator.fail_deploys`."""
    put_order(state, "deploy_failures", deployments, {"times": times})


def dag_version(state: State, deployment_id: str) -> str | None:
    """Return the tarball version of the DAGs that a Deployment runs; ``None``: it has none, or they are in its image.

    :param state: The emulator's state.
    :param deployment_id: The Deployment.
    :raises KeyError: There is no such Deployment.
    """
    with state.store.lock:
        return look(state, stored_deployment(state, deployment_id)).get("dagTarballVersion")


def dags(state: State, deployment_id: str) -> dict[str, bytes]:
    """Return the files of the DAGs that a Deployment runs. See :meth:`astro_provider.emulator.Emulator.dags`."""
    version = dag_version(state, deployment_id)
    if version is None or not state.uploads.has(deployment_id, version):
        return {}
    with open_dags(state, deployment_id) as file:
        return unpack(file)


def open_dags(state: State, deployment_id: str) -> BinaryIO:
    """Open the tarball of the DAGs that a Deployment runs.

    :param state: The emulator's state.
    :param deployment_id: The Deployment.
    :raises FileNotFoundError: It was never uploaded.
    """
    return state.uploads.open(deployment_id, str(dag_version(state, deployment_id)))
