"""What waiting costs a triggerer: N waits on the board, and with a request for each. Part of ``make bench``.

The emulator is a process of its own, responds after 100 ms, and what is waited for stays as it is: Deployments that are
UNHEALTHY, DAG runs that are running. The triggerer is Airflow's own; see :mod:`tests.benchmarks.waiting.triggerer`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from astro_provider.emulator import Emulator
from dev.conditions import comes_up, free_port
from tests.benchmarks.waiting.kinds import KINDS, Deployments, Runs

Kind = Deployments | Runs
WAITS = (1000,)
LATENCY = 0.1
#: Seconds between the polls of a wait: the operators' default.
POLL_INTERVAL = 30.0
#: Seconds for the first polls, at least, before the waiting itself is measured.
SETTLE = 10.0
HEADS = (
    "requests/min",
    "most in a second",
    "stall at start",
    "while waiting",
    "when all end",
    "by the clock",
    "full GCs",
    "the longest",
    "log socket full",
    "CPU s/min",
    "memory over idle",
    "threads",
)


@contextmanager
def emulator(folder: Path, kind: Kind, waits: int) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
    """An emulator in a process of its own: address, connection, keys of what is waited for."""
    database, port = folder / f"{waits}.db", free_port()
    with Emulator(port, database=database) as astro:
        keys = kind.fill(astro, waits)
        connection = astro.connection()
    command = [sys.executable, "-m", "astro_provider.emulator", "--port", str(port), "--latency", str(LATENCY)]
    process = subprocess.Popen([*command, "--database", str(database), "--quiet"], stdout=subprocess.DEVNULL)
    try:
        if not comes_up(process, port):
            sys.exit("The emulator did not start.")
        yield f"http://127.0.0.1:{port}", connection, keys
    finally:
        process.terminate()
        process.wait()


@contextmanager
def ended(end: Path, calls: list[urllib.request.Request]) -> Iterator[None]:
    """End everything that is waited for as soon as a file exists, as fast as the emulator can."""
    over = threading.Event()

    def send(call: urllib.request.Request) -> None:
        urllib.request.urlopen(call).close()

    def watch() -> None:
        while not end.exists():
            if over.wait(0.1):
                return
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(send, calls))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def measure(kind: Kind, way: str, waits: int, window: float) -> dict[str, Any]:
    """Run a triggerer with waits, and return what it and the emulator counted."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with emulator(folder, kind, waits) as (address, connection, keys):
            environment = {
                **os.environ,
                "AIRFLOW_HOME": str(folder / "airflow"),
                "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "logs"),
                "AIRFLOW_CONN_ASTRO_DEFAULT": json.dumps(connection),
            }
            end = folder / "end"
            job = {
                "classpath": kind.ways[way],
                "triggers": [kind.arguments(way, key, POLL_INTERVAL) for key in keys[:waits]],
                "settle": SETTLE if waits else 0.0,
                "window": window,
                "interval": POLL_INTERVAL,
                "end": str(end) if waits and way == "board" else None,
            }
            calls = [kind.end(key, address, connection["password"]) for key in keys[:waits]]
            with ended(end, calls):
                done = subprocess.run(
                    [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.waiting.triggerer"],
                    env=environment,
                    input=json.dumps(job),
                    capture_output=True,
                    text=True,
                )
            if done.returncode:
                raise RuntimeError(done.stderr[-4000:])
            found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
            with urllib.request.urlopen(f"{address}/_emulator/requests") as response:
                arrived = [request["at"] for request in json.load(response)["requests"]]
    began = found["began"]
    times = [at for at in arrived if began <= at < began + window]
    return {
        **found,
        "requests": len(times) * 60 / window,
        "busiest": max(Counter(int(at - began) for at in times).values(), default=0),
        "cpu": found["cpu"] * 60 / window,
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.waiting", description=__doc__)
    parser.add_argument("--waits", type=int, nargs="*", default=WAITS)
    parser.add_argument("--window", type=float, default=30.0, help="seconds for which each case is measured")
    parser.add_argument("--ways", nargs="*", default=["board", "one by one"], choices=["board", "one by one"])
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    options = parser.parse_args()
    idle = measure(KINDS["Deployments"], "board", 0, min(options.window, 10.0))
    for number, kind in enumerate(options.kinds):
        print(f"{chr(10) if number else ''}{kind}", flush=True)
        print(f"{'waits':>6}  {'':12}" + "".join(f"{head:>{len(head) + 3}}" for head in HEADS), flush=True)
        print_row(0, "idle", idle, idle)
        for waits in options.waits:
            for way in options.ways:
                print_row(waits, way, measure(KINDS[kind], way, waits, options.window), idle)


def print_row(waits: int, way: str, found: dict[str, Any], idle: dict[str, Any]) -> None:
    """Print one line; memory and CPU are those beyond an idle triggerer's."""
    memory = (found["memory"] - idle["memory"]) / 1e6
    cells = (
        f"{found['requests']:.0f}",
        f"{found['busiest']}",
        f"{found['starting'] * 1000:.0f} ms",
        f"{found['stall'] * 1000:.0f} ms",
        "-" if found["ending"] is None else f"{found['ending'] * 1000:.0f} ms",
        f"{found['longest'] * 1000:.0f} ms",
        f"{found['collections']}",
        f"{found['collection'] * 1000:.0f} ms",
        f"{found['logging'] * 1000:.0f} ms",
        f"{found['cpu'] - (0 if found is idle else idle['cpu']):.2f}",
        f"{memory:.1f} MB" if found is not idle else f"({found['memory'] / 1e6:.0f} MB)",
        f"{found['threads']}",
    )
    row = "".join(f"{cell:>{len(head) + 3}}" for head, cell in zip(HEADS, cells, strict=True))
    print(f"{waits:>6}  {way:12}{row}", flush=True)


if __name__ == "__main__":
    main()
