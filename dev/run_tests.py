"""Runs the test suite in several environments, two at a time.

``python -m dev.run_tests --coverage airflow-3 airflow-2`` also reports their combined coverage; it takes twice as long.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from typing import IO, NamedTuple

from dev.environments import LINES, ROOT, TOOLS, python_of

#: The suite spends much of its time waiting for Airflow's processes, so two suites take little longer than one.
AT_ONCE = min(2, os.cpu_count() or 1)
#: Where pytest keeps for each environment which tests failed.
CACHE = ".pytest_cache"
#: pytest's exit code when there is no test to run.
NOTHING_COLLECTED = 5


def main(arguments: list[str]) -> int:
    """Run the suite; returns the exit code.

    :param arguments: ``--coverage``, or nothing; names of environments; ``--`` and arguments for pytest.
    """
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    names, extra = arguments[:cut], arguments[cut + 1 :]
    if measured := "--coverage" in names:
        names.remove("--coverage")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        # The output of the first suite is shown live, that of the others when they have ended.
        suites = [Suite(name, measured) for name in names]
        runs = [pool.submit(suite.passes, extra, live=number == 0) for number, suite in enumerate(suites)]
        failed = [suite for suite, run in zip(suites, runs, strict=True) if not run.result()]
    if measured:
        coverage("combine", "--quiet")
        coverage("report")
    for suite in failed:
        # Here once more: the output above is very long.
        print("\n  ".join([f"\nThe suite failed on {suite.name}.", *suite.last_failed()]))
    return 1 if failed else 0


class Suite(NamedTuple):
    """The test suite in one environment.

    :param name: The environment.
    :param measured: Whether coverage measures it.
    """

    name: str
    measured: bool

    def passes(self, extra: list[str], *, live: bool) -> bool:
        """Run it.

        :param extra: Arguments for pytest.
        :param live: Whether to show its output while it runs.
        """
        began = time.monotonic()
        if live:
            say(f"\n== Airflow {LINES[self.name]}")
            passed = self.run(extra, None)
            said = ""
        else:
            with tempfile.TemporaryFile("w+") as output:
                passed = self.run(extra, output)
                output.seek(0)
                said = f"\n== Airflow {LINES[self.name]}\n{output.read()}"
        say(f"{said}== Airflow {LINES[self.name]} took {time.monotonic() - began:.0f} s")
        return passed

    def run(self, extra: list[str], output: IO[str] | None) -> bool:
        """Run it; returns whether it passed.

        Failed tests that use a real Airflow run a second time, with a new Airflow: on a busy machine, its scheduler,
        its triggerer and the browser sometimes fail by themselves. The output shows both runs. Other tests run only
        once.

        :param extra: Arguments for pytest.
        :param output: Where to write its output; ``None`` writes it to this program's output.
        """
        if self.pytest(extra, output) == 0:
            return True
        first = self.last_failed()
        failed = ["--last-failed", "--last-failed-no-failures", "none"]
        others = [*extra, *failed, "-m", "not real_airflow", "--collect-only", "-q"]
        if self.pytest(others, output) != NOTHING_COLLECTED:
            return False
        passed = self.pytest([*extra, *failed, "-m", "real_airflow"], output, "--append") == 0
        if passed:
            say("\n  ".join([f"\nOn {self.name}, these tests passed only in their second run:", *first]))
        return passed

    def last_failed(self) -> list[str]:
        """Return the tests that failed when they last ran."""
        path = ROOT / CACHE / self.name / "v" / "cache" / "lastfailed"
        return sorted(json.loads(path.read_text())) if path.exists() else []

    def pytest(self, arguments: list[str], output: IO[str] | None, *more: str) -> int:
        """Run pytest; returns its exit code.

        :param arguments: Arguments for pytest.
        :param output: Where to write its output; ``None`` writes it to this program's output.
        :param more: Options of ``coverage run``.
        """
        environment = {**os.environ, "COVERAGE_FILE": str(ROOT / f".coverage.{self.name}")}
        measure = ["-m", "coverage", "run", *more] if self.measured and "--collect-only" not in arguments else []
        cache = f"cache_dir={CACHE}/{self.name}"
        command = [str(python_of(self.name)), *measure, "-m", "pytest", "-o", cache, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT if output else None
        )
        return done.returncode


def say(text: str) -> None:
    """Print without buffering.

    :param text: What to print.
    """
    print(text, flush=True)


def coverage(*arguments: str) -> None:
    """Run a command of coverage over the data of all environments.

    :param arguments: The command and its options.
    """
    subprocess.run([str(python_of(TOOLS)), "-m", "coverage", *arguments], cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
