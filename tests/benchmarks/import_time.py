"""What importing the operators costs a DAG file, over what Airflow's own ``BaseOperator`` costs. ``make bench``.

Each import is measured in processes of its own; the best of several counts, since noise only ever adds.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dev.environments import LINES, python_of

REPEATS = 7
BASE = "from airflow.providers.common.compat.sdk import BaseOperator"
COMPAT = (
    "from airflow.providers.common.compat.sdk import BaseHook, BaseOperatorLink, BaseSensorOperator, XCom, conf, "
    "mask_secret, AirflowFailException"
)
CASES = {
    "the shared compat imports alone": COMPAT,
    "one operator for Deployments": "from astro_provider.operators.deployment import DeleteDeploymentOperator",
    "all operators for Deployments": "from astro_provider.operators.deployment import *",
    "astro_provider.operators.audit_logs": "import astro_provider.operators.audit_logs",
    "astro_provider.sensors.deployment": "import astro_provider.sensors.deployment",
    "the same, with requests, yaml, pydantic models": (
        "from astro_provider.operators.deployment import *; "
        "import astro_provider.client, astro_provider.deployment_file"
    ),
}
CLOCK = "import time; {base}; began = time.perf_counter(); {case}; print(time.perf_counter() - began)"


def milliseconds(python: Path, case: str) -> float:
    """The best time of an import after the base class is loaded."""
    code = CLOCK.format(base=BASE, case=case)
    command = [str(python), "-W", "ignore", "-c", code]
    runs = [subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(REPEATS)]
    return min(float(run.splitlines()[-1]) for run in runs) * 1000


def main() -> None:
    for line in ("airflow-3", "airflow-2"):
        print(f"\nAirflow {LINES[line]}: milliseconds over {BASE!r}")
        measured = {name: milliseconds(python_of(line), case) for name, case in CASES.items()}
        least = measured["the shared compat imports alone"]
        for name, value in measured.items():
            print(f"  {name:<48} {value:>8.1f} ms   {value / least:>6.1f} x")


if __name__ == "__main__":
    sys.exit(main())
