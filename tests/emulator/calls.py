"""Requests to an emulator, and the bodies that most of them need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests

from astro_provider.emulator import Emulator

#: Where the emulator's own API begins.
CONTROL = "/_emulator"
#: What every hosted Deployment without Remote Execution needs.
AMOUNTS = {
    "defaultTaskPodCpu": "0.25",
    "defaultTaskPodMemory": "0.5Gi",
    "resourceQuotaCpu": "10",
    "resourceQuotaMemory": "20Gi",
}


@dataclass
class Caller:
    """Plain HTTP to an emulator, so that nothing of the package's own client stands between.

    Paths are below the Organization, unless they begin with ``/organizations`` or ``!``.
    """

    astro: Emulator
    token: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def path(self, rest: str) -> str:
        return f"/organizations/{self.astro.organization_id}{rest}"

    def __call__(
        self, method: str, rest: str, body: Any = None, *, token: str | None = None, version: str = "1.0", **more: Any
    ):
        headers = {"Authorization": f"Bearer {self.token if token is None else token}", "X-API-Version": version}
        url = self.astro.url + (rest.removeprefix("!") if rest.startswith(("!", "/organizations")) else self.path(rest))
        return self.session.request(method, url, json=body, headers=headers, timeout=10, **more)


def least(astro: Emulator) -> dict[str, Any]:
    """The least body that makes a Deployment."""
    return {"name": "n", "workspaceId": astro.workspace_id, "type": "STANDARD", **AMOUNTS}


def as_update(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The update body that says the same as a create body."""
    fixed = {"astroRuntimeVersion", "cloudProvider", "region", "clusterId"}
    return {**{key: value for key, value in body.items() if key not in fixed}, **changes}


def control(astro: Emulator, method: str, path: str, body: Any = None) -> requests.Response:
    """Call the emulator's own API."""
    return requests.request(method, astro.url.removesuffix("/v1") + CONTROL + path, json=body, timeout=10)
