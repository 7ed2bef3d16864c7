from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from astro_provider.emulator import Emulator
from astro_provider.emulator.resources.deploys.tarballs import pack
from tests.emulator.calls import Caller

DAG = {"dags/report.py": b"a DAG"}


@dataclass
class Target:
    """A Deployment, and what a client does to deploy to it."""

    call: Caller
    id: str

    @property
    def astro(self) -> Emulator:
        return self.call.astro

    @property
    def rest(self) -> str:
        return f"/deployments/{self.id}"

    def get(self) -> dict[str, Any]:
        return self.call("GET", self.rest).json()

    def create(self, kind: str = "DAG_ONLY", **more: Any) -> requests.Response:
        token = more.pop("token", None)
        return self.call("POST", f"{self.rest}/deploys", {"type": kind, **more}, token=token)

    def upload(self, url: str, content: bytes | None = None, **headers: str) -> requests.Response:
        content = pack(DAG) if content is None else content
        md5 = b64encode(hashlib.md5(content).digest()).decode()
        headers = {"x-ms-blob-type": "BlockBlob", "Content-MD5": md5, **headers}
        return self.call.session.put(url, data=content, headers=headers, timeout=10)

    def finalize(self, deploy_id: str, **body: Any) -> requests.Response:
        return self.call("POST", f"{self.rest}/deploys/{deploy_id}/finalize", body)

    def rollback(self, deploy_id: str, **body: Any) -> requests.Response:
        return self.call("POST", f"{self.rest}/deploys/{deploy_id}/rollback", body)

    def deploy(self, deploy_id: str) -> dict[str, Any]:
        return self.call("GET", f"{self.rest}/deploys/{deploy_id}").json()

    def deploy_dags(self, files: dict[str, bytes] = DAG, kind: str = "DAG_ONLY") -> dict[str, Any]:
        """Deploy files; returns the deploy as finalize answers it."""
        made = self.create(kind).json()
        version = self.upload(made["dagsUploadUrl"], pack(files)).headers["x-ms-version-id"]
        answer = self.finalize(made["id"], dagTarballVersion=version)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def deploy_bundle(self, version: str | None = None, path: str = "/usr/local/airflow/dbt/shop") -> dict[str, Any]:
        """Deploy a dbt project; an empty version removes it."""
        made = self.create("BUNDLE", bundleMountPath=path, bundleType="dbt").json()
        if version is None:
            version = self.upload(made["bundleUploadUrl"], pack({"a.sql": b"x"})).headers["x-ms-version-id"]
        answer = self.finalize(made["id"], bundleTarballVersion=version)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def target(call, astro) -> Target:
    """A Deployment that takes deploys, in an emulator where everything happens at once."""
    return Target(call, astro.add_deployment("one", isDevelopmentMode=True))


@pytest.fixture
def served() -> Iterator[Callable[..., Target]]:
    """Start an emulator with options; returns a Deployment in it."""
    running = []

    def served(**options: Any) -> Target:
        astro = Emulator(**options)
        astro.start()
        session = requests.Session()
        running.append((astro, session))
        return Target(Caller(astro, astro.token, session), astro.add_deployment("one", isDevelopmentMode=True))

    yield served
    for astro, session in running:
        session.close()
        astro.stop()
