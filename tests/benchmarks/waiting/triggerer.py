"""Airflow's own triggerer process and event loop, fed with triggers by hand and measured from within.

Runs as ``python -m tests.benchmarks.waiting.triggerer``; reads ``{"classpath", "triggers": [arguments, ...],
"settle", "window", "interval", "end"}`` from standard input and prints one line of JSON. ``end`` names a file: it is
made when everything that is waited for shall be HEALTHY, just after a poll, so that all waits end at the next one.

``TriggerRunnerSupervisor`` forks Airflow's ``TriggerRunner`` exactly as ``airflow triggerer`` does: the same event
loop, watchdog, sockets and log pipe. Only where the triggers come from differs: from here instead of the metadata
database, which takes no part in waiting.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import select
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
from structlog import BytesLogger

from astro_provider.polling import board as polling

#: Seconds between two readings of the clock; a stall is what such a pause takes beyond this.
PULSE = 0.002
#: Seconds after which a poll of all waits is over.
POLL = 5.0
FOUND = Path(tempfile.mkdtemp(prefix="astro-provider-benchmark-")) / "found.json"


class Pulse:
    """Sleeps in an event loop again and again and keeps the longest delays, in seconds.

    ``own`` counts of each delay no more than the CPU time that this process used meanwhile: what the delay would have
    been on a machine that has nothing else to do. Two things that are Airflow's own are left out of it, and counted by
    themselves: full garbage collections, and log lines that wait until the supervisor reads those before them.
    """

    def __init__(self) -> None:
        self.longest = self.own = 0.0

    async def beat(self) -> None:
        """Sleep once."""
        began, cpu, collected, blocked = (
            time.perf_counter(),
            time.process_time(),
            collections.seconds,
            log_lines.seconds,
        )
        await asyncio.sleep(PULSE)
        delay = time.perf_counter() - began - PULSE
        self.longest = max(self.longest, delay)
        running = min(delay - (log_lines.seconds - blocked), time.process_time() - cpu)
        self.own = max(self.own, running - (collections.seconds - collected))


class FullCollections:
    """Counts full garbage collections, and the CPU time that they took."""

    def __init__(self) -> None:
        self.number, self.longest = 0, 0.0
        self._seconds, self._began = 0.0, 0.0

    @property
    def seconds(self) -> float:
        """All of them so far; one that another thread is about to end counts, too."""
        return self._seconds + (time.process_time() - self._began if self._began else 0.0)

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        """Be told by the garbage collector."""
        if info["generation"] < 2:
            return
        if phase == "start":
            self._began = time.process_time()
            return
        took, self._began = time.process_time() - self._began, 0.0
        self.number, self._seconds, self.longest = self.number + 1, self._seconds + took, max(self.longest, took)


class LogLines:
    """Counts the time for which a log line has to wait, since the socket to Airflow's supervisor is full.

    The supervisor writes each line to the log of its trigger. While it is busy otherwise, a few hundred lines fit into
    the socket; the next one blocks the loop. Other threads may use CPU time meanwhile.
    """

    def __init__(self) -> None:
        self.seconds = self.longest = 0.0

    def install(self) -> None:
        """Measure every line from now on."""
        write = BytesLogger.msg

        def measured(logger: BytesLogger, message: bytes) -> None:
            self._wait_for(logger._file.fileno())
            write(logger, message)

        for level in ("msg", "log", "debug", "info", "warning", "warn", "error", "critical", "exception"):
            setattr(BytesLogger, level, measured)

    def _wait_for(self, socket: int) -> None:
        if not select.select([], [socket], [], 0)[1]:
            began = time.perf_counter()
            select.select([], [socket], [])
            took = time.perf_counter() - began
            self.seconds, self.longest = self.seconds + took, max(self.longest, took)


collections = FullCollections()
log_lines = LogLines()


class MeasuredRunner(TriggerRunner):
    """Airflow's runner, with a finer watchdog than its own."""

    job: dict[str, Any] = {}

    async def block_watchdog(self) -> None:
        """Measure while the triggers start, while they wait, and while they all end."""
        gc.callbacks.append(collections)
        log_lines.install()
        expected, starting = len(self.job["triggers"]), Pulse()
        # Airflow itself first decodes the descriptions of all triggers at once, before one of them is made.
        while expected and not (self.to_create or self.triggers):
            await asyncio.sleep(PULSE)
        while len(self.triggers) < expected:
            await starting.beat()
        await self._beat_for(self.job["settle"], starting)
        await self._beat_for(self._until_polled(), starting)
        gc.collect()  # one is due some time after a start, and would be counted as CPU time of the waits
        began, cpu, collected = time.time(), time.process_time(), collections.number
        waiting = await self._beat_for(self.job["window"], Pulse())
        used = time.process_time() - cpu
        found = {
            "began": began,
            "cpu": used,
            "starting": starting.own,
            "stall": waiting.own,
            "longest": waiting.longest,
            "collections": collections.number - collected,
            "threads": threading.active_count(),
            "memory": resident_memory(),
            "ending": await self._end_all() if self.job["end"] else None,
            "collection": collections.longest,
            "logging": log_lines.longest,
        }
        part = FOUND.with_suffix(".part")
        part.write_text(json.dumps(found))
        part.rename(FOUND)  # the parent sees it whole or not at all
        await super().block_watchdog()

    def _until_polled(self) -> float:
        """Seconds until the waits have just polled; none if that is only a moment ago."""
        boards = polling._boards.get(asyncio.get_running_loop())
        if not boards or len(boards) > 1:
            return 0.0  # several boards do not poll at the same time
        interval = float(self.job["interval"])
        (board,) = boards.values()
        since = (time.time() - board.phase() - POLL) % interval
        return 0.0 if since < POLL else interval - since

    async def _end_all(self) -> float:
        """Let all waits end at the next poll; returns the longest stall until Airflow has put the last one away."""
        await self._beat_for(self._until_polled(), Pulse())
        Path(self.job["end"]).touch()
        ending, late = Pulse(), time.monotonic() + 4 * self.job["interval"]
        while self.triggers and time.monotonic() < late:
            await ending.beat()
        return float("nan") if self.triggers else ending.own

    async def _beat_for(self, seconds: float, pulse: Pulse) -> Pulse:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await pulse.beat()
        return pulse


class FedSupervisor(TriggerRunnerSupervisor):
    """Airflow's supervisor; its triggers come from here."""

    handed_over = False

    def load_triggers(self) -> None:
        """Hand over all triggers once, as after a start."""
        if not self.handed_over:
            self.update_triggers(set(self.wanted))
        self.handed_over = True

    def on_trigger_event(self, trigger_id: int, event: Any) -> None:
        """There is no task to resume."""

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


def resident_memory() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Measure once."""
    wanted: dict[str, Any] = json.load(sys.stdin)
    MeasuredRunner.job = wanted
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
