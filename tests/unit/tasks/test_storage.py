"""Audit logs in object stores and on disk: whole or not there at all, whatever happens to the export."""

from __future__ import annotations

import base64
import gc
import json
import os
import random
import signal
import subprocess
import sys
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath
from fsspec.implementations.memory import MemoryFileSystem

from astro_provider.errors import AstroError, ConfigurationError
from astro_provider.operators.audit_logs import ExportAuditLogsOperator
from astro_provider.tasks import storage
from astro_provider.tasks.storage import PART, destination

try:
    from airflow.sdk.io import attach
except ImportError:  # Airflow 2.11
    from airflow.io.store import attach

ROOT = Path(__file__).parent.parent.parent.parent
DAY = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=3)
URL = "s3://aws_test@logs/astro/logs.ndjson.gz"
SMALLEST_PART = 5 * 1024 * 1024
# Object stores of Airflow 2.11 and boto use what newer Pythons deprecate.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(scope="module")
def server():
    from moto.server import ThreadedMotoServer  # heavy, as boto3 is: only for whoever runs these tests

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def s3(server, monkeypatch):
    """A bucket ``logs`` in a server that speaks S3, and the Airflow connection ``aws_test`` to it."""
    import boto3

    extra = {"endpoint_url": server, "region_name": "us-east-1"}
    connection = {"conn_type": "aws", "login": "key-id", "password": "key", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_AWS_TEST", json.dumps(connection))
    client = boto3.client("s3", aws_access_key_id="key-id", aws_secret_access_key="key", **extra)
    client.create_bucket(Bucket="logs")
    yield client
    for listed in client.list_objects_v2(Bucket="logs").get("Contents", []):
        client.delete_object(Bucket="logs", Key=listed["Key"])


@pytest.fixture
def small_parts(monkeypatch):
    """Parts as small as S3 takes them."""
    monkeypatch.setattr(storage, "PART", SMALLEST_PART)


@pytest.fixture
def export(astro, runner, monkeypatch):
    """Export the day once, without retries."""
    connection = {**astro.connection(), "extra": {"max_retries": 0}}
    monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(connection))
    runner.more_context |= {"data_interval_start": DAY, "data_interval_end": DAY + timedelta(days=1)}
    return lambda url, **more: runner.run(ExportAuditLogsOperator, output_path=url, **more)


def add_records(astro, count: int, size: int = 10) -> None:
    """Add records with bytes that do not pack."""
    chance = random.Random(5)
    astro.add_audit_records(
        {
            "timestamp": (DAY + timedelta(seconds=second)).isoformat(),
            "requestBody": base64.b64encode(chance.randbytes(size)).decode(),
        }
        for second in range(count)
    )


def stored(s3, key: str = "astro/logs.ndjson.gz") -> bytes:
    return s3.get_object(Bucket="logs", Key=key)["Body"].read()


def keys(s3) -> list[str]:
    return [listed["Key"] for listed in s3.list_objects_v2(Bucket="logs").get("Contents", [])]


def unfinished(s3) -> list[str]:
    return [upload["Key"] for upload in s3.list_multipart_uploads(Bucket="logs").get("Uploads", [])]


class TestS3:
    def test_takes_a_small_export(self, astro, s3, export):
        add_records(astro, 5)
        result = export(URL)
        assert (result["path"], result["records"]) == (URL, 5)
        assert len(stored(s3)) == result["bytes"]
        assert keys(s3) == ["astro/logs.ndjson.gz"]

    @pytest.mark.usefixtures("small_parts")
    def test_takes_an_export_of_several_parts_in_place_of_the_old_one(self, astro, s3, export):
        s3.put_object(Bucket="logs", Key="astro/logs.ndjson.gz", Body=b"old")
        add_records(astro, 12, 1_000_000)
        result = export(URL)
        assert result["bytes"] == len(stored(s3)) > 2 * SMALLEST_PART
        assert unfinished(s3) == []

    def test_takes_an_empty_plain_export(self, s3, export):
        assert export("s3://aws_test@logs/none.ndjson", compression=None)["bytes"] == 0
        assert stored(s3, "none.ndjson") == b""

    def test_makes_a_name_in_a_folder(self, s3, export):
        result = export("s3://aws_test@logs/by/day/")
        assert [f"s3://aws_test@logs/{key}" for key in keys(s3)] == [result["path"]]
        assert "/by/day/audit-logs_" in result["path"]

    @pytest.mark.usefixtures("small_parts")
    @pytest.mark.parametrize(("old", "cut"), [(False, 100), (True, 100), (True, SMALLEST_PART + 1_000_000)])
    def test_never_shows_an_export_that_is_cut(self, astro, s3, export, old, cut):
        if old:
            s3.put_object(Bucket="logs", Key="astro/logs.ndjson.gz", Body=b"old")
        add_records(astro, 1 + cut // 500_000, 1_000_000)
        astro.fault("GET", "/organizations/*/audit-logs", truncate=cut)
        with pytest.raises(AstroError, match="ended early"):
            export(URL)
        gc.collect()  # an upload that is merely forgotten would be completed here
        assert keys(s3) == (["astro/logs.ndjson.gz"] if old else [])
        assert not old or stored(s3) == b"old"
        assert unfinished(s3) == []

    def test_shows_nothing_before_the_end(self, s3):
        with destination(URL) as stream:
            for _ in range(3):
                stream.write(b"x" * PART)
            assert keys(s3) == []
            assert unfinished(s3) == ["astro/logs.ndjson.gz"]
        assert len(stored(s3)) == 3 * PART

    @pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, RuntimeError])
    def test_shows_nothing_of_a_task_that_is_stopped(self, s3, stop):
        def work():
            with destination(URL) as stream:
                stream.write(b"x" * PART)
                stream.write(b"and the rest")
                raise stop

        with pytest.raises(stop):
            work()
        gc.collect()
        assert keys(s3) == []
        assert unfinished(s3) == []

    def test_says_which_bucket_is_missing(self, astro, s3, export):
        with pytest.raises(FileNotFoundError, match="bucket does not exist"):
            export("s3://aws_test@nowhere/logs.gz")


class TestStoresThatShowUnfinishedFiles:
    @pytest.fixture(autouse=True)
    def memory(self):
        attach(protocol="memory", fs=MemoryFileSystem())
        MemoryFileSystem.store.clear()

    def test_get_the_name_at_the_end(self, astro, export):
        add_records(astro, 5)
        result = export("memory://logs/new/folder/a.gz")
        assert list(MemoryFileSystem.store) == ["/logs/new/folder/a.gz"]
        assert ObjectStoragePath(result["path"]).stat().st_size == result["bytes"]

    def test_keep_the_old_file_when_an_export_fails(self, astro, export):
        add_records(astro, 5)
        old = export("memory://logs/a.gz")
        astro.fault("GET", "/organizations/*/audit-logs", truncate=50)
        with pytest.raises(AstroError, match="ended early"):
            export("memory://logs/a.gz")
        assert list(MemoryFileSystem.store) == ["/logs/a.gz"]
        assert ObjectStoragePath("memory://logs/a.gz").stat().st_size == old["bytes"]


class TestAzure:
    """Without adlfs, which is heavy; ``dev.store_proof`` exports through it."""

    @pytest.fixture
    def adlfs(self, monkeypatch):
        """Pretend that a version of adlfs is installed."""
        monkeypatch.setattr(MemoryFileSystem, "__module__", "adlfs.spec")
        attach(protocol="memory", fs=MemoryFileSystem())
        MemoryFileSystem.store.clear()
        return lambda version: monkeypatch.setattr(storage.metadata, "version", {"adlfs": version}.__getitem__)

    @pytest.mark.parametrize("version", ["2023.10.0", "2024.12.0", "2025.7"])
    def test_an_adlfs_that_loses_old_blobs_is_refused(self, adlfs, version):
        adlfs(version)
        with (
            pytest.raises(ConfigurationError, match=f"adlfs {version} .* install 2025.8.0 or newer"),
            destination("memory://logs/a.gz"),
        ):
            pass
        assert MemoryFileSystem.store == {}

    @pytest.mark.parametrize("version", ["2025.8.0", "2026.8.1.dev3+g1234"])
    def test_a_newer_one_is_taken(self, adlfs, version):
        adlfs(version)
        with destination("memory://logs/a.gz") as stream:
            stream.write(b"new")
        assert list(MemoryFileSystem.store) == ["/logs/a.gz"]


class Stalling(BaseHTTPRequestHandler):
    """Sends half of a body and then nothing more."""

    over = threading.Event()

    def do_GET(self) -> None:
        record = json.dumps({"timestamp": DAY.isoformat(), "padding": "x" * 1000}).encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Length", str(2000 * len(record)))
        self.end_headers()
        self.wfile.write(1000 * record)
        self.over.wait(60)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


EXPORTER = """
import contextlib, signal, sys
from datetime import datetime, timedelta
from astro_provider.client import AstroClient
from astro_provider.tasks.storage import destination

url, day, target = sys.argv[1:]
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # Airflow, too, makes an exception of it

@contextlib.contextmanager
def output():
    with destination(target, mode=0o600) as stream:
        write, stream.write = stream.write, lambda data: print(write(data), flush=True)
        yield stream

start = datetime.fromisoformat(day)
client = AstroClient("token", url=url, organization_id="clorg")
client.audit_logs.export(output, start=start, end=start + timedelta(days=1), compression=None)
"""


@pytest.mark.parametrize(("stop", "left"), [(signal.SIGKILL, 1), (signal.SIGTERM, 0)])
def test_a_process_that_is_stopped_midway_leaves_the_old_file(tmp_path, stop, left):
    target = tmp_path / "logs.ndjson"
    target.write_text("old")
    Stalling.over.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stalling)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/v1"
    command = [sys.executable, "-c", EXPORTER, url, DAY.isoformat(), str(target)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert int(process.stdout.readline()) > 0  # something has been written
        process.send_signal(stop)
        process.stdout.read()
        assert process.wait(60) != 0
    Stalling.over.set()
    server.shutdown()
    server.server_close()
    assert target.read_text() == "old"
    # After a kill what nobody could clean up stays: hidden, under another name, for its owner's eyes.
    others = [path for path in tmp_path.iterdir() if path != target]
    assert len(others) == left
    assert all(path.name.startswith(".logs.ndjson.") and path.stat().st_mode & 0o077 == 0 for path in others)
    # The next export clears it up, and leaves alone what is being written.
    with destination(str(target)) as first, destination(str(target)) as second:
        first.write(b"first")
        second.write(b"second")
        assert len(list(tmp_path.iterdir())) == 3
    assert target.read_text() == "first"
    assert list(tmp_path.iterdir()) == [target]
