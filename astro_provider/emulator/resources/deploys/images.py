"""What an image registry says about the image of a deploy, if the emulator has the address of one."""

from __future__ import annotations

import base64
import http.client
import json
from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.problems import Problem, invalid
from astro_provider.emulator.resources.deployment_options import RUNTIMES

if TYPE_CHECKING:
    from astro_provider.emulator.state import State

Document = dict[str, Any]
LABEL = "io.astronomer.docker.runtime.version"
ACCEPTED = ", ".join(
    (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    )
)
#: Seconds for each request to the registry, and bytes of its response that are read.
TIMEOUT, MOST = 5.0, 8 * 1024**2


def image_changes(state: State, deploy: Document) -> Document:
    """Return what the image of a deploy changes of the code that its Deployment runs.

    :param state: The emulator's state.
    :param deploy: The deploy.
    :raises Problem: A registry is configured, and does not have the image.
    """
    changes = {"imageTag": deploy["imageTag"]}
    if state.registry is None:
        return changes
    runtime = _runtime(state, deploy)
    if runtime:
        changes |= {"astroRuntimeVersion": runtime, "runtimeVersion": runtime}
        changes["airflowVersion"] = RUNTIMES.get(runtime, "NA")
    return changes


def _runtime(state: State, deploy: Document) -> str | None:
    """Return the Astro Runtime version on the image's label."""
    repository = state.image_repository(deploy["deploymentId"]).partition("/")[2]
    manifest = _read(state, f"/v2/{repository}/manifests/{deploy['imageTag']}")
    if manifest is None:
        raise invalid(f"image {state.image_repository(deploy['deploymentId'])}:{deploy['imageTag']} was never pushed")
    for entry in manifest.get("manifests") or []:
        platform = entry.get("platform") or {}
        if (platform.get("os"), platform.get("architecture")) == ("linux", "amd64"):
            manifest = _read(state, f"/v2/{repository}/manifests/{entry['digest']}") or {}
            break
    digest = (manifest.get("config") or {}).get("digest")
    config = (_read(state, f"/v2/{repository}/blobs/{digest}") if digest else None) or {}
    label = ((config.get("config") or {}).get("Labels") or {}).get(LABEL)
    return str(label) if label else None


def _read(state: State, path: str) -> Document | None:
    """Return a JSON document of the registry; ``None`` when there is none."""
    login = base64.b64encode(f"cli:{state.token}".encode()).decode()
    connection = http.client.HTTPConnection(str(state.registry), timeout=TIMEOUT)
    try:
        connection.request("GET", path, headers={"Accept": ACCEPTED, "Authorization": f"Basic {login}"})
        response = connection.getresponse()
        body = response.read(MOST)
        if response.status == 404:
            return None
        found = json.loads(body) if response.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Problem(500, f"the registry {state.registry} cannot be asked: {error}") from None
    finally:
        connection.close()
    if not isinstance(found, dict):
        raise Problem(500, f"the registry {state.registry} answered {response.status} to GET {path}")
    return found
