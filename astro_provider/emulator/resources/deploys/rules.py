"""What Astro refuses by looking at the Deployment, at the token, and at the other deploys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.problems import Problem, invalid
from astro_provider.emulator.resources.deploys.documents import blob_of

if TYPE_CHECKING:
    from astro_provider.emulator.core.routing import Call

Document = dict[str, Any]
NO_VERSION = "No DAG tarball version ID provided for DAG deploy"
DAG_DEPLOYS_OFF = "dag deploy is not enabled for deployment"


def check_may_deploy(call: Call, deployment: Document) -> None:
    """Refuse whatever sends code to a Deployment that does not take it now, or not from this token.

    :param call: The call.
    :param deployment: The stored Deployment.
    :raises Problem: It does not.
    """
    if deployment["isCicdEnforced"] and call.grant.is_user:
        raise Problem(403, "Forbidden: the Deployment enforces CI/CD deploys, which only API tokens may make")
    if deployment["status"] == "HIBERNATING":
        raise Problem(400, "Deploy is blocked because Deployment is in HIBERNATING state")


def check_kind(deployment: Document, kind: str) -> None:
    """Refuse a deploy that needs DAG deploys where they are switched off.

    :param deployment: The stored Deployment.
    :param kind: The deploy's type.
    :raises Problem: They are switched off.
    """
    if kind != "IMAGE_AND_DAG" and not deployment["isDagDeployEnabled"]:
        raise invalid(f"{DAG_DEPLOYS_OFF} {deployment['id']}")


def dag_version(call: Call, deployment: Document, deploy: Document, given: Document) -> str | None:
    """Return the version of the DAGs that a deploy brings; ``None``: the DAGs stay as they are.

    :param call: The call.
    :param deployment: The stored Deployment.
    :param deploy: The deploy.
    :param given: The body of its finalize.
    :raises Problem: It needs one, or cannot have this one.
    """
    version = given.get("dagTarballVersion")
    if not deployment["isDagDeployEnabled"]:
        if version:
            raise invalid(f"{DAG_DEPLOYS_OFF} {deployment['id']}")
        return None
    brings_dags = deploy["type"] in {"IMAGE_AND_DAG", "DAG_ONLY"}
    if brings_dags and (version is None or (version == "" and deploy["type"] == "DAG_ONLY")):
        raise invalid(NO_VERSION)
    if deploy["type"] == "IMAGE_ONLY" and not version and "desiredDagTarballVersion" not in deployment:
        raise invalid(NO_VERSION)
    if not version:
        return None
    _check_uploaded(call, deploy, version, "DAG")
    return version if brings_dags else None


def bundle_version(call: Call, deployment: Document, deploy: Document, given: Document) -> str:
    """Return the version of the bundle that a deploy brings; empty: the bundle is removed.

    :param call: The call.
    :param deployment: The stored Deployment.
    :param deploy: The deploy.
    :param given: The body of its finalize.
    :raises Problem: There is none, or it cannot be this one.
    """
    version = given.get("bundleTarballVersion")
    check_kind(deployment, deploy["type"])
    if version is None:
        raise invalid("No bundle tarball version ID provided for bundle deploy")
    if version:
        _check_uploaded(call, deploy, version, "bundle")
    return str(version)


def check_rollback(deployment: Document, deploy: Document) -> None:
    """Refuse a rollback to what was never rolled out.

    :param deployment: The stored Deployment.
    :param deploy: The deploy to go back to.
    :raises Problem: It cannot be gone back to.
    """
    if deployment["type"] == "HYBRID":
        raise invalid("rollbacks are not available for Hybrid Deployments")
    if deploy["status"] != "DEPLOYED":
        raise invalid(f"cannot roll back to deploy {deploy['id']}: its status is {deploy['status']}")


def _check_uploaded(call: Call, deploy: Document, version: str, what: str) -> None:
    if not call.state.uploads.has(blob_of(deploy), version):
        raise invalid(f"{what} tarball version {version} was never uploaded")
