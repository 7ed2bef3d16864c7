"""Runs the test suite in several environments, one after the other, and reports the coverage of all together."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from dev.environments import LINES, ROOT, TOOLS, python_of


def main(arguments: list[str]) -> int:
    """Run the suite; returns the exit code.

    :param arguments: Names of environments, then ``--`` and arguments for pytest.
    """
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    names, extra = arguments[:cut], arguments[cut + 1 :]
    failed = [name for name in names if not suite_passes(name, extra)]
    if not extra:
        coverage("combine", "--quiet")
        coverage("report")
    if failed:
        print(f"\nThe suite failed on: {', '.join(failed)}")
    return 1 if failed else 0


def suite_passes(name: str, extra: list[str]) -> bool:
    """Run the suite in one environment.

    :param name: The environment.
    :param extra: Arguments for pytest.
    """
    print(f"\n== Airflow {LINES[name]}", flush=True)
    began = time.monotonic()
    environment = {**os.environ, "COVERAGE_FILE": str(ROOT / f".coverage.{name}")}
    command = [str(python_of(name)), "-m", "coverage", "run", "-m", "pytest", *extra]
    done = subprocess.run(command, cwd=ROOT, env=environment)
    print(f"== Airflow {LINES[name]} took {time.monotonic() - began:.0f} s", flush=True)
    return done.returncode == 0


def coverage(*arguments: str) -> None:
    """Run a command of coverage over the data of all environments.

    :param arguments: The command and its options.
    """
    subprocess.run([str(python_of(TOOLS)), "-m", "coverage", *arguments], cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
