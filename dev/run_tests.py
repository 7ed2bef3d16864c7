"""Runs the test suite in several environments, in four parts each.

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

#: The tests with a real Airflow wait for it most of the time, so that four parts take little longer than two.
AT_ONCE = (os.cpu_count() or 1) + 2
REAL = "tests that use a real Airflow"
#: The parts of the suite -> what selects their tests. Together they are all tests. Those that wait begin at once, and
#: the others are small enough that no processor is idle at the end.
PARTS = {
    REAL: ["-m", "real_airflow", "tests/integration"],
    "other integration tests": ["-m", "not real_airflow", "tests/integration"],
    "unit tests": ["tests/unit"],
    "all other tests": ["--ignore=tests/integration", "--ignore=tests/unit"],
}
#: The parts if the caller says which files to test.
OF_FILES = {REAL: ["-m", "real_airflow"], "all other tests": ["-m", "not real_airflow"]}
#: Where pytest keeps for each part which tests failed.
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
    with_files = any((ROOT / argument.partition("::")[0]).exists() for argument in extra)
    kinds = OF_FILES if with_files else PARTS
    parts = [Part(name, kind, chosen, measured) for kind, chosen in kinds.items() for name in names]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        # The output of the first part is shown live, that of the others when they have ended.
        runs = [pool.submit(part.passes, extra, live=number == 0) for number, part in enumerate(parts)]
        failed = [part for part, run in zip(parts, runs, strict=True) if not run.result()]
    if measured:
        coverage("combine", "--quiet")
        coverage("report")
    for part in failed:
        # Here once more: the output above is very long.
        print("\n  ".join([f"\nFailed on {part.title}:", *part.last_failed()]))
    return 1 if failed else 0


class Part(NamedTuple):
    """A part of the test suite in one environment.

    :param name: The environment.
    :param kind: Which part, for a person.
    :param chosen: Arguments for pytest that select its tests.
    :param measured: Whether coverage measures it.
    """

    name: str
    kind: str
    chosen: list[str]
    measured: bool

    @property
    def title(self) -> str:
        """What a person calls it."""
        return f"Airflow {LINES[self.name]}, {self.kind}"

    def passes(self, extra: list[str], *, live: bool) -> bool:
        """Run it.

        :param extra: Arguments for pytest.
        :param live: Whether to show its output while it runs.
        """
        began = time.monotonic()
        if live:
            say(f"\n== {self.title}")
            passed = self.run(extra, None)
            said = ""
        else:
            with tempfile.TemporaryFile("w+") as output:
                passed = self.run(extra, output)
                output.seek(0)
                said = f"\n== {self.title}\n{output.read()}"
        say(f"{said}== {self.title}: {time.monotonic() - began:.0f} s")
        return passed

    def run(self, extra: list[str], output: IO[str] | None) -> bool:
        """Run it; returns whether it passed.

        Failed tests that use a real Airflow run a second time, with a new Airflow: on a busy machine, its scheduler,
        its triggerer and the browser sometimes fail by themselves. The output shows both runs. Other tests run only
        once.

        :param extra: Arguments for pytest.
        :param output: Where to write its output; ``None`` writes it to this program's output.
        """
        if self.pytest(extra, output):
            return True
        first = self.last_failed()
        again = [*extra, "--last-failed", "--last-failed-no-failures", "none"]
        if not (self.kind == REAL and self.pytest(again, output, "--append")):
            return False
        say("\n  ".join([f"\n{self.title}: these tests passed only in their second run:", *first]))
        return True

    @property
    def _cache(self) -> str:
        return f"{CACHE}/{self.name}-{self.kind.replace(' ', '-')}"

    def last_failed(self) -> list[str]:
        """Return the tests that failed when they last ran."""
        path = ROOT / self._cache / "v" / "cache" / "lastfailed"
        return sorted(json.loads(path.read_text())) if path.exists() else []

    def pytest(self, arguments: list[str], output: IO[str] | None, *more: str) -> bool:
        """Run pytest; returns whether nothing failed.

        :param arguments: Arguments for pytest.
        :param output: Where to write its output; ``None`` writes it to this program's output.
        :param more: Options of ``coverage run``.
        """
        environment = {**os.environ, "COVERAGE_FILE": str(ROOT / f".coverage.{self._cache.rpartition('/')[2]}")}
        measure = ["-m", "coverage", "run", *more] if self.measured else []
        which = [*self.chosen, "-o", f"cache_dir={self._cache}"]
        if self.name != TOOLS:  # properties are about code that is the same on every line
            which += ["--hypothesis-profile", "quick"]
        command = [str(python_of(self.name)), *measure, "-m", "pytest", *which, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT if output else None
        )
        return done.returncode in {0, NOTHING_COLLECTED}


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
