"""The emulator as a process of its own that keeps its state in a file, to be killed and started again."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import requests

from astro_provider.emulator import Emulator
from dev.conditions import comes_up, free_port


class EmulatorProcess:
    """An Astro whose Deployments stay CREATING until they are told otherwise.

    :param database: The SQLite file of its state.
    """

    def __init__(self, database: Path) -> None:
        self._port = free_port()
        with Emulator(self._port, database=database) as astro:
            self.connection = {**astro.connection(), "extra": {"organization_id": astro.organization_id}}
            self._organization = f"{astro.url}/organizations/{astro.organization_id}"
        self._command = [sys.executable, "-m", "astro_provider.emulator", "--port", str(self._port), "--quiet"]
        self._command += ["--database", str(database), "--progress", "seconds:86400"]

    def start(self) -> None:
        """Serve; returns when calls are accepted."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        assert comes_up(self._process, self._port)

    def kill(self) -> None:
        """End at once, in the middle of whatever it does."""
        self._process.kill()
        self._process.wait()

    def get(self, path: str) -> requests.Response:
        """Return the API's answer."""
        headers = {"Authorization": f"Bearer {self.connection['password']}"}
        answer = requests.get(f"{self._organization}/{path}", headers=headers, timeout=10)
        answer.raise_for_status()
        return answer

    def deployments(self) -> list[dict[str, Any]]:
        """Return all Deployments."""
        found: list[dict[str, Any]] = self.get("deployments?limit=1000").json()["deployments"]
        return found

    def creates(self) -> int:
        """Return how many creates took effect since the state began, by the API's own audit log."""
        records = [json.loads(line) for line in self.get("audit-logs").text.splitlines()]
        return sum(r["method"] == "POST" and r["path"].endswith("/deployments") for r in records)

    def ids_read(self) -> set[str]:
        """Return the ids that were asked for since it was started."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/_emulator/requests") as answer:
            calls = json.load(answer)["requests"]
        return {value for call in calls for name, value in call["query"] if name == "deploymentIds"}

    def set_status(self, deployment_id: str, status: str) -> None:
        """Let a Deployment have a status."""
        url = f"http://127.0.0.1:{self._port}/_emulator/deployments/{deployment_id}/status"
        requests.post(url, json={"status": status}, timeout=10).raise_for_status()
