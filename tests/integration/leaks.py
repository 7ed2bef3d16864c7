"""Looks for secrets in all that a real Airflow has written down: its metadata database and the files below its home."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, quote, urlsplit

import requests
from cryptography.fernet import Fernet

from astro_provider.emulator import Emulator
from dev.airflow import LocalAirflow
from dev.rest import Rest

#: Where Airflow itself stores secrets, encrypted.
STORES = ("connection", "variable")
FERNET = b"gAAAA"


def leaks(airflow: LocalAirflow, secrets: Mapping[str, str]) -> list[str]:
    """Return where which secrets are found.

    Encrypted columns, such as the arguments of a trigger, are decrypted, except where Airflow keeps secrets itself.

    :param airflow: The Airflow.
    :param secrets: Secrets by what they are called in the result.
    """
    forms = {name: [form.encode() for form in _forms(value)] for name, value in secrets.items()}
    return sorted(
        f"{name} in {place}"
        for place, content in (*_columns(airflow), *_files(airflow))
        for name, written in forms.items()
        if any(form in content for form in written)
    )


def upload_signatures(astro: Emulator) -> dict[str, str]:
    """Return the signatures of the URLs to which code was uploaded.

    :param astro: The Astro that signed them.
    """
    found = {}
    headers = {"Authorization": f"Bearer {astro.token}"}
    for deployment in astro.deployments:
        url = f"{astro.url}/organizations/{astro.organization_id}/deployments/{deployment['id']}/deploys"
        for deploy in requests.get(url, headers=headers, timeout=30).json()["deploys"]:
            if "dagsUploadUrl" in deploy:
                (signature,) = parse_qs(urlsplit(deploy["dagsUploadUrl"]).query)["sig"]
                found[f"upload URL of {deployment['id']}, {deploy['id']}"] = signature
    return found


def served_logs(airflow: LocalAirflow, dag_id: str, run_id: str) -> dict[tuple[str, int], str]:
    """Return the logs of a run as the API serves them, by task and attempt.

    :param airflow: The Airflow.
    :param dag_id: The DAG.
    :param run_id: The run.
    """
    rest = Rest(airflow.url, airflow.open_api())
    path = f"/api/v{airflow.line - 1}/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
    found = {}
    for task in airflow.metadata.tasks(dag_id, run_id).values():
        for number in range(1, task.try_number + 1):
            response = rest.send("GET", f"{path}/{task.task_id}/logs/{number}?full_content=true")
            if response.status_code == 404:  # Airflow has lost this attempt, as it does on a busy machine
                continue
            response.raise_for_status()
            found[task.task_id, number] = response.text
    return found


def _forms(value: str) -> Iterator[str]:
    """Yield a secret as it is, in a URL, and within base64 at each of its three alignments."""
    yield value
    yield quote(value, safe="")
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + value.encode()).decode().rstrip("=")
        yield encoded[shift + bool(shift) : -1]


def _columns(airflow: LocalAirflow) -> Iterator[tuple[str, bytes]]:
    fernet = Fernet(airflow.environment["AIRFLOW__CORE__FERNET_KEY"])
    for table, rows in airflow.metadata.tables():
        for row in rows:
            for column, value in row.items():
                content = value if isinstance(value, bytes) else str(value).encode()
                if content.strip(b'"').startswith(FERNET) and table not in STORES:
                    content = fernet.decrypt(content.strip(b'"'))
                yield f"{table}.{column}", content


def _files(airflow: LocalAirflow) -> Iterator[tuple[str, bytes]]:
    for path in airflow.home.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # Airflow is running: some come and go
            if path.is_file():
                yield str(path.relative_to(airflow.home)), path.read_bytes()
