"""Deploying 10,000 files of 300 MB in all: packing beside ``tar czf``, reading beside a plain SHA-256, and the calls.

Each time is the best of three, alternating, each run in a process of its own. The emulator counts the calls. Part of
``make bench``.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
WORK = ROOT / ".work" / "benchmarks"
FOLDER = WORK / "dags"
FILES, SIZE = 10_000, 30_000
REPEATS = 3


def make_folder() -> None:
    """Write files that are as long, and pack as well, as Python source does."""
    if FOLDER.exists():
        return
    chance = random.Random(7)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz_", k=chance.randint(2, 12))) for _ in range(800)]
    phrases = [" ".join(chance.choices(words, k=chance.randint(2, 8))) for _ in range(6000)]
    unfinished = FOLDER.with_suffix(".unfinished")
    for number in range(FILES):
        path = unfinished / f"team_{number % 40}" / f"pipeline_{number % 400}" / f"dag_{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(chance.choices(phrases, k=SIZE // 30))[:SIZE].ljust(SIZE, "#"))
    unfinished.rename(FOLDER)


def plain_sha256() -> None:
    """Read every file once, and nothing else."""
    for folder, _, names in os.walk(FOLDER):
        for name in names:
            with Path(folder, name).open("rb") as file:
                digest = hashlib.sha256()
                while block := file.read(1 << 18):
                    digest.update(block)
                digest.digest()


def read() -> None:
    """List and digest the folder."""
    from astro_provider.archive import scan

    assert scan(FOLDER).files == FILES


def pack() -> None:
    """List, digest and pack the folder."""
    from astro_provider.archive import scan

    with scan(FOLDER).pack() as packed:
        assert packed.size


RUNS = {"sha256": plain_sha256, "read": read, "pack": pack}


def deploy_twice() -> list[tuple[str, list[str], float]]:
    """Deploy the folder, and deploy it again; returns the calls of each, polls left out, and its seconds."""
    from astro_provider.emulator import Emulator
    from astro_provider.operators.deploys import DeployCodeOperator
    from tests.unit.running import Runner

    logging.disable(logging.CRITICAL)
    found = []
    with Emulator(progress="reads:1") as astro:
        connection = {"conn_type": "astro", "host": astro.url, "password": astro.token}
        os.environ["AIRFLOW_CONN_ASTRO_DEFAULT"] = json.dumps(connection)
        deployment_id = astro.add_deployment("staging")
        for title in ("a first deploy", "the folder has not changed"):
            astro.clear_requests()
            runner = Runner(dag_folder=FOLDER)
            began = time.perf_counter()
            runner.run(DeployCodeOperator, dags_folder=str(FOLDER), deployment_id=deployment_id, git=None)
            seconds = time.perf_counter() - began
            calls = [f"{request.method} {request.path.rpartition('/')[2]}" for request in astro.requests]
            last = calls.index("POST finalize") + 1 if "POST finalize" in calls else len(calls)
            found.append((title, calls[:last], seconds))
    return found


def measure(name: str) -> None:
    """Print the seconds and the MB above idle that one run takes in this process."""
    import astro_provider.archive.folder
    import astro_provider.archive.tarball  # noqa: F401  (not a part of the work)

    idle = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    began = time.perf_counter()
    RUNS[name]()
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "memory": memory("VmHWM") - idle}))


def memory(kind: str) -> float:
    """Return MB of memory of this process.

    :param kind: ``VmRSS``: now; ``VmHWM``: at its peak.
    """
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) / 1000 for line in status.splitlines() if line.startswith(kind))


def tar() -> dict[str, float]:
    """Pack the folder with GNU tar and gzip, which run side by side."""
    target = WORK / "dags.tar.gz"
    began = time.perf_counter()
    subprocess.run(["tar", "czf", str(target), "-C", str(FOLDER.parent), FOLDER.name], check=True)
    seconds = time.perf_counter() - began
    target.unlink()
    return {"seconds": seconds, "memory": 0.0}


def in_a_process(name: str) -> dict[str, float]:
    """Run one of :data:`RUNS` by itself."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.deploys", name]
    return json.loads(subprocess.check_output(command, cwd=ROOT).splitlines()[-1])


def main() -> None:
    """Print the tables."""
    WORK.mkdir(parents=True, exist_ok=True)
    make_folder()
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in ("tar", "pack", "sha256", "read")}
    for _ in range(REPEATS):
        for name, found in runs.items():
            found.append(tar() if name == "tar" else in_a_process(name))
    best = {name: min(found, key=lambda run: run["seconds"]) for name, found in runs.items()}
    print(f"A folder of {FILES:,} files and {FILES * SIZE / 1e6:.0f} MB:\n")
    print("| | Time | Ratio to the row above | Memory above idle |\n|---|---|---|---|")
    for title, name, beside in (
        ("`tar czf`", "tar", None),
        ("read and packed", "pack", "tar"),
        ("plain SHA-256 of each file", "sha256", None),
        ("read: listed and digested", "read", "sha256"),
    ):
        seconds = best[name]["seconds"]
        times = f"{seconds / best[beside]['seconds']:.2f}" if beside else ""
        used = f"{max(run['memory'] for run in runs[name]):.0f} MB" if beside else ""
        print(f"| {title} | {seconds:.2f} s | {times} | {used} |")
    print("\n| A task with this folder | Calls | Time |\n|---|---|---|")
    for title, calls, seconds in deploy_twice():
        print(f"| {title} | {len(calls)}: {', '.join(call.split()[0] for call in calls)} | {seconds:.1f} s |")
    print()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1])
    elif shutil.which("tar"):
        main()
    else:
        print("deploys: skipped, there is no tar")
