"""Audit logs: a 2 GB export (decoded) against curl for the same bytes, and the memory it takes. ``make bench``.

The server only sends a file, as fast as the loopback takes it or at the speed of a network; the export does what curl
does not: unpack, check every record, count, checksum, and bring the file to the disk for good.
"""

from __future__ import annotations

import json
import logging
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
import uuid
import zlib
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).parent.parent.parent
WORK = ROOT / ".work" / "benchmarks"
DECODED = 2_000_000_000
GIGABIT = 118_000_000  # bytes a second that TCP leaves of 1 Gbit/s
START = datetime(2026, 1, 1, tzinfo=timezone.utc)
END = START + timedelta(days=1)
ORGANIZATION = "clorganization0000000000x"
REPEATS = 1


class Records:
    """Makes records with the fields that Astro's documentation names; 600 bytes as JSON, ids as random as real ones."""

    def __init__(self) -> None:
        self._chance = random.Random(5)
        self._subjects = [self._new_id() for _ in range(300)]
        self._deployments = [self._new_id() for _ in range(200)]

    def _new_id(self) -> str:
        return "cl" + "".join(self._chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=23))

    def line(self, number: int) -> str:
        """Return a record as a line.

        :param number: Where it stands.
        """
        chance = self._chance
        moment = START + timedelta(milliseconds=20 * number)
        record = {
            "organizationId": ORGANIZATION,
            "subjectId": chance.choice(self._subjects),
            "subjectType": chance.choice(["USER", "SERVICEKEY"]),
            "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "sourceIp": ".".join(str(chance.randrange(256)) for _ in range(4)),
            "userAgent": "astro-cli/1.45.0",
            "astroClient": "cli",
            "astroClientVersion": "1.45.0",
            "method": chance.choice(["GET", "POST", "DELETE"]),
            "path": f"/v1/organizations/{ORGANIZATION}/deployments/{chance.choice(self._deployments)}",
            "requestId": str(uuid.UUID(int=chance.getrandbits(128))),
            "requestBody": {
                "name": f"deployment-{chance.randrange(1000)}",
                "executor": "CELERY",
                "environmentVariables": [{"key": "A", "value": "x", "isSecret": False}],
                "workspaceId": self._new_id(),
            },
        }
        return json.dumps(record) + "\n"


def make_bodies() -> dict[str, Path]:
    """Return the file that the server sends, packed and plain."""
    bodies = {"gzip": WORK / "records.ndjson.gz", "plain": WORK / "records.ndjson"}
    if all(body.exists() for body in bodies.values()):
        return bodies
    records = Records()
    block = "".join(records.line(number) for number in range(100_000)).encode()
    packer = zlib.compressobj(wbits=31)
    with bodies["gzip"].open("wb") as packed, bodies["plain"].open("wb") as plain:
        for _ in range(DECODED // len(block)):
            plain.write(block)
            packed.write(packer.compress(block))
        packed.write(packer.flush())
    return bodies


class FileServer(threading.Thread):
    """Answers every request with one file.

    :param body: The file.
    :param rate: Bytes a second; ``None``: as fast as they are taken.
    :param packing: Pack the file while it is sent, as a server does whose answer is made of a database.
    """

    def __init__(self, body: Path, rate: int | None, *, packing: bool = False) -> None:
        super().__init__(daemon=True)
        self._body = body
        self._rate = rate
        self._packing = packing
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"

    def run(self) -> None:
        """Serve one connection after the other."""
        while True:
            connection, _ = self._socket.accept()
            with connection, self._body.open("rb") as file:
                if connection.recv(65536):
                    size = self._body.stat().st_size
                    encoding = "Content-Encoding: gzip\r\n" if self._packing or self._body.suffix == ".gz" else ""
                    length = "" if self._packing else f"Content-Length: {size}\r\n"
                    connection.sendall(f"HTTP/1.1 200 OK\r\n{length}{encoding}Connection: close\r\n\r\n".encode())
                    if self._packing:
                        self._pack(connection, file)
                    else:
                        self._send(connection, file.fileno(), size)

    def _pack(self, connection: socket.socket, file: BinaryIO) -> None:
        packer = zlib.compressobj(wbits=31)
        while piece := file.read(1 << 18):
            connection.sendall(packer.compress(piece))
        connection.sendall(packer.flush())

    def _send(self, connection: socket.socket, file: int, size: int) -> None:
        sent, began = 0, time.perf_counter()
        while sent < size:
            sent += os.sendfile(connection.fileno(), file, sent, 1 << 16 if self._rate else 1 << 24)
            if self._rate and (early := sent / self._rate - (time.perf_counter() - began)) > 0.001:
                time.sleep(early)


def export(url: str, path: str, compression: str | None) -> None:
    """Export once, in this process; prints seconds, bytes and the memory above what was used before."""
    from astro_provider.client import AstroClient
    from astro_provider.tasks.storage import destination

    logging.disable(logging.CRITICAL)
    with AstroClient("token", url=url, organization_id=ORGANIZATION) as client:
        idle = memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
        began, worked = time.perf_counter(), time.process_time()
        done = client.audit_logs.export(
            partial(destination, path, mode=0o600), start=START, end=END, compression=compression or None
        )
        seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    print(json.dumps({"seconds": seconds, "cpu": cpu, "records": done.records, "memory": memory("VmHWM") - idle}))


def memory(kind: str) -> float:
    """Return MB of memory of this process.

    :param kind: ``VmRSS``: now; ``VmHWM``: at its peak.
    """
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) / 1000 for line in status.splitlines() if line.startswith(kind))


def best_export(url: str, path: Path, compression: str) -> dict[str, float]:
    """Return the fastest export, each in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.audit_logs", url, str(path), compression]
    runs = [json.loads(subprocess.check_output(command, cwd=ROOT).splitlines()[-1]) for _ in range(REPEATS)]
    return min(runs, key=lambda run: run["seconds"])


def best_curl(url: str, path: Path, *options: str) -> float:
    """Return the seconds of the fastest download with curl."""
    best = float("inf")
    for _ in range(REPEATS):
        began = time.perf_counter()
        subprocess.run(["curl", "-sS", "-o", str(path), *options, url], check=True)
        best = min(best, time.perf_counter() - began)
    return best


def main() -> None:
    """Print the table."""
    WORK.mkdir(parents=True, exist_ok=True)
    bodies = make_bodies()
    print(
        f"{'wire':28}{'stored as':12}{'curl':>9}{'export':>9}{'of curl':>9}{'its CPU':>9}{'memory':>11}{'records':>12}"
    )
    cases = [
        ("gzip, 300 Mbit/s", bodies["gzip"], GIGABIT * 3 // 10, False, "gzip", ()),
        ("gzip, 500 Mbit/s", bodies["gzip"], GIGABIT // 2, False, "gzip", ()),
        ("gzip, 1 Gbit/s", bodies["gzip"], GIGABIT, False, "gzip", ()),
        ("gzip, packed while sent", bodies["plain"], None, True, "gzip", ()),
        ("gzip, loopback", bodies["gzip"], None, False, "gzip", ()),
        ("gzip, loopback", bodies["gzip"], None, False, "plain", ("--compressed",)),
        ("plain, loopback", bodies["plain"], None, False, "plain", ()),
    ]
    for name, body, rate, packing, stored, options in cases:
        server = FileServer(body, rate, packing=packing)
        server.start()
        target = WORK / "received"
        curl = best_curl(server.url, target, *options)
        target.unlink()  # or the export would pay for its removal
        ours = best_export(server.url, target, "gzip" if stored == "gzip" else "")
        ratio = curl / ours["seconds"]
        print(
            f"{name:28}{stored:12}{curl:>7.2f} s{ours['seconds']:>7.2f} s{ratio:>9.2f}{ours['cpu']:>7.2f} s"
            f"{ours['memory']:>8.1f} MB{ours['records']:>12,}",
            flush=True,
        )
        target.unlink()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        export(*sys.argv[1:])
    elif shutil.which("curl"):
        main()
    else:
        print("audit_logs: skipped, there is no curl")
