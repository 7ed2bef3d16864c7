"""Runs the test suite in several environments, two at a time, and reports their combined coverage."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from typing import IO

from dev.environments import LINES, ROOT, TOOLS, python_of

#: The suite spends much of its time waiting for Airflow's processes, so two suites take little longer than one.
AT_ONCE = min(2, os.cpu_count() or 1)
#: pytest's exit code when there is no test to run.
NOTHING_COLLECTED = 5


def main(arguments: list[str]) -> int:
    """Run the suite; returns the exit code.

    :param arguments: Names of environments, then ``--`` and arguments for pytest.
    """
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    names, extra = arguments[:cut], arguments[cut + 1 :]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        # The output of the first suite is shown live, that of the others when they have ended.
        suites = [pool.submit(suite_passes, name, extra, live=number == 0) for number, name in enumerate(names)]
        failed = [name for name, suite in zip(names, suites, strict=True) if not suite.result()]
    if not extra:
        coverage("combine", "--quiet")
        coverage("report")
    if failed:
        print(f"\nThe suite failed on: {', '.join(failed)}")
    return 1 if failed else 0


def suite_passes(name: str, extra: list[str], *, live: bool) -> bool:
    """Run the suite in one environment.

    :param name: The environment.
    :param extra: Arguments for pytest.
    :param live: Whether to show its output while it runs.
    """
    began = time.monotonic()
    if live:
        say(f"\n== Airflow {LINES[name]}")
        passed = run(name, extra, None)
        said = ""
    else:
        with tempfile.TemporaryFile("w+") as output:
            passed = run(name, extra, output)
            output.seek(0)
            said = f"\n== Airflow {LINES[name]}\n{output.read()}"
    say(f"{said}== Airflow {LINES[name]} took {time.monotonic() - began:.0f} s")
    return passed


def run(name: str, extra: list[str], output: IO[str] | None) -> bool:
    """Run the suite in one environment; returns whether it passed.

    Failed tests that use a real Airflow run a second time, with a new Airflow: on a busy machine, its scheduler, its
    triggerer and the browser sometimes fail by themselves. The output shows both runs. Other tests run only once.

    :param name: The environment.
    :param extra: Arguments for pytest.
    :param output: Where to write its output; ``None`` writes it to this program's output.
    """
    if pytest(name, extra, output) == 0:
        return True
    failed = ["--last-failed", "--last-failed-no-failures", "none"]
    if pytest(name, [*extra, *failed, "-m", "not real_airflow", "--collect-only", "-q"], output) != NOTHING_COLLECTED:
        return False
    return pytest(name, [*extra, *failed, "-m", "real_airflow"], output, "--append") == 0


def pytest(name: str, arguments: list[str], output: IO[str] | None, *more: str) -> int:
    """Run pytest under coverage; returns its exit code.

    :param name: The environment.
    :param arguments: Arguments for pytest.
    :param output: Where to write its output; ``None`` writes it to this program's output.
    :param more: Options of ``coverage run``.
    """
    environment = {**os.environ, "COVERAGE_FILE": str(ROOT / f".coverage.{name}")}
    measure = [] if "--collect-only" in arguments else ["-m", "coverage", "run", *more]
    command = [str(python_of(name)), *measure, "-m", "pytest", "-o", f"cache_dir=.pytest_cache/{name}", *arguments]
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
