"""From a request's body to the stored deploy, and from that to what the API shows."""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.ids import new_id
from astro_provider.emulator.core.moments import moment
from astro_provider.emulator.core.uploads import LIFETIME
from astro_provider.emulator.resources.deploys.bodies import Create, Finalize

if TYPE_CHECKING:
    from astro_provider.emulator.state import State

Document = dict[str, Any]
#: What a deploy has beside what requests say.
FIELDS = (
    "id",
    "deploymentId",
    "status",
    "imageTag",
    "astroRuntimeVersion",
    "airflowVersion",
    "isDagDeployEnabled",
    "rollbackFromId",
    "createdAt",
    "createdBySubject",
    "updatedAt",
    "updatedBySubject",
)


def new_deploy(state: State, deployment: Document, body: Document, subject: Document, code: Document) -> Document:
    """Return the stored deploy for the body of a create.

    :param state: The emulator's state.
    :param deployment: Its stored Deployment.
    :param body: The body, checked.
    :param subject: Who makes it.
    :param code: The code that the Deployment runs or is about to.
    """
    now = moment()
    brings_image = body["type"] in {"IMAGE_AND_DAG", "IMAGE_ONLY"}
    tag = datetime.fromtimestamp(state.clock(), timezone.utc).strftime("deploy-%Y-%m-%dT%H-%M-%S")
    return {
        "id": new_id(),
        "deploymentId": deployment["id"],
        "status": "INITIALIZED",
        "imageTag": tag if brings_image else code["imageTag"],
        "astroRuntimeVersion": code["astroRuntimeVersion"],
        "airflowVersion": code["airflowVersion"],
        "isDagDeployEnabled": code["isDagDeployEnabled"],
        "createdAt": now,
        "createdBySubject": subject,
        "updatedAt": now,
        "updatedBySubject": subject,
        "_urlExpires": state.clock() + LIFETIME,
        **body,
    }


def field_names() -> set[str]:
    """Return the fields of a deploy that a test may set."""
    return Create.names() | Finalize.names() | set(FIELDS)


def blob_of(deploy: Document) -> str:
    """Return the name of the blob to which a deploy's tarball is uploaded: one for each Deployment and bundle.

    :param deploy: The stored deploy.
    """
    if deploy["type"] != "BUNDLE":
        return str(deploy["deploymentId"])
    path = hashlib.sha256(deploy["bundleMountPath"].encode()).hexdigest()
    return f"{deploy['deploymentId']}-{path[:12]}"


def shown(state: State, deployment: Document, deploy: Document) -> Document:
    """Return a stored deploy as the API answers it.

    :param state: The emulator's state.
    :param deployment: Its stored Deployment.
    :param deploy: The stored deploy.
    """
    answer = {name: value for name, value in deploy.items() if not name.startswith("_")}
    answer.pop("bundleType", None)  # the document has it only among the bundles
    answer["imageRepository"] = state.image_repository(deployment["id"])
    if bundles := deploy.get("_code", {}).get("bundles"):
        answer["bundles"] = [_bundle(deployment, path, bundle) for path, bundle in bundles.items()]
    if deploy["isDagDeployEnabled"] and "_urlExpires" in deploy:
        name = "bundleUploadUrl" if deploy["type"] == "BUNDLE" else "dagsUploadUrl"
        answer[name] = state.upload_url(blob_of(deploy), deploy["_urlExpires"])
    return answer


def _bundle(deployment: Document, path: str, bundle: Document) -> Document:
    """Return a bundle with the version that the Deployment runs now beside the one that it shall run."""
    now = deployment.get("_bundles", {}).get(path, {})
    entry = {"mountPath": path, "bundleType": bundle["bundleType"], "deployId": bundle["deployId"]}
    if version := now.get("version"):
        entry["currentVersion"] = version
    return {**entry, "desiredVersion": bundle["version"]}
