"""Airflow's own triggerer process and event loop, fed with triggers by hand and measured from within.

Runs as ``python -m tests.benchmarks.waiting.triggerer``; reads ``{"classpath", "triggers": [arguments, ...],
"settle", "window"}`` from standard input and prints one line of JSON.

``TriggerRunnerSupervisor`` forks Airflow's ``TriggerRunner`` exactly as ``airflow triggerer`` does: the same event
loop, watchdog, sockets and log pipe. Only where the triggers come from differs: from here instead of the metadata
database, which takes no part in waiting.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from airflow.executors import workloads
from airflow.jobs.triggerer_job_runner import TriggerRunner, TriggerRunnerSupervisor
from airflow.models.trigger import Trigger

#: Seconds between two looks at the clock; a stall is what such a pause takes beyond this.
PULSE = 0.002
FOUND = Path(tempfile.mkdtemp(prefix="astro-provider-benchmark-")) / "found.json"


class Pulse:
    """Sleeps in an event loop again and again and keeps the longest delays, in seconds.

    ``own`` counts of each delay no more than the CPU time that this process used meanwhile: what the delay would have
    been on a machine that has nothing else to do.
    """

    def __init__(self) -> None:
        self.longest = self.own = 0.0

    async def beat(self) -> None:
        """Sleep once."""
        began, cpu = time.perf_counter(), time.process_time()
        await asyncio.sleep(PULSE)
        delay = time.perf_counter() - began - PULSE
        self.longest = max(self.longest, delay)
        self.own = max(self.own, min(delay, time.process_time() - cpu))


class MeasuredRunner(TriggerRunner):
    """Airflow's runner, with a finer watchdog than its own."""

    expected, settle, window = 0, 0.0, 0.0

    async def block_watchdog(self) -> None:
        """Measure from the moment that all triggers run, first while they begin and then while they wait."""
        while len(self.triggers) < self.expected:
            await asyncio.sleep(PULSE)
        starting = await self._beat_for(self.settle)
        gc.collect()  # a collection of all that Airflow has imported is due some time after a start, and not our doing
        began, cpu, collections = time.time(), time.process_time(), full_collections()
        waiting = await self._beat_for(self.window)
        found = {
            "began": began,
            "cpu": time.process_time() - cpu,
            "starting": starting.own,
            "stall": waiting.own,
            "longest": waiting.longest,
            "collections": full_collections() - collections,
            "threads": threading.active_count(),
            "memory": resident_memory(),
        }
        part = FOUND.with_suffix(".part")
        part.write_text(json.dumps(found))
        part.rename(FOUND)  # the parent sees it whole or not at all
        await super().block_watchdog()

    async def _beat_for(self, seconds: float) -> Pulse:
        pulse, until = Pulse(), time.monotonic() + seconds
        while time.monotonic() < until:
            await pulse.beat()
        return pulse


class FedSupervisor(TriggerRunnerSupervisor):
    """Airflow's supervisor; its triggers come from here."""

    def load_triggers(self) -> None:
        """Hand over all triggers, as after a start."""
        self.update_triggers(set(self.wanted))

    def build_trigger_workloads(self, new_trigger_ids: set[int]) -> list[workloads.RunTrigger]:
        """Describe triggers to the runner."""
        return [self.wanted[number] for number in sorted(new_trigger_ids)]

    def should_stop(self) -> bool:
        """Stop once the measurement is there."""
        return FOUND.exists()

    def heartbeat(self) -> None:
        """There is no job to keep alive."""

    def clean_unused(self) -> None:
        """There is no database to clean."""

    def metric_tags(self) -> dict[str, str]:
        """Stand in for the job's host."""
        return {"hostname": "benchmark"}

    @classmethod
    def run_in_process(cls) -> None:
        """Run in the forked process."""
        MeasuredRunner().run()


def full_collections() -> int:
    """How often the garbage collector went through everything."""
    return int(gc.get_stats()[2]["collections"])


def resident_memory() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Measure once."""
    wanted: dict[str, Any] = json.load(sys.stdin)
    MeasuredRunner.expected = len(wanted["triggers"])
    MeasuredRunner.settle, MeasuredRunner.window = wanted["settle"], wanted["window"]
    FedSupervisor.wanted = {
        number: workloads.RunTrigger(
            id=number, classpath=wanted["classpath"], encrypted_kwargs=Trigger.encrypt_kwargs(arguments)
        )
        for number, arguments in enumerate(wanted["triggers"], start=1)
    }
    supervisor = FedSupervisor.start(capacity=10_000)
    supervisor.run()
    supervisor.kill(escalation_delay=5, force=True)
    print(FOUND.read_text())
    shutil.rmtree(FOUND.parent)


if __name__ == "__main__":
    main()
