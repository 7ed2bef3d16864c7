"""Runs the examples in a real Airflow and writes their logs for the docs: ``python -m dev.example_pages``.

With ids of examples after that, only those.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from astro_provider.emulator import Emulator
from dev.airflow import LocalAirflow
from dev.environments import ROOT
from dev.examples import BY_HAND, IMAGE, PREPARE, SHOWN, configuration, image_variable, stored_connection
from dev.pictures import example, graph_name
from dev.registry import LocalRegistry

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGES = ROOT / "docs" / "examples"
#: Ids and digests, of which a reader needs only the first characters. In a table an id holds the columns together.
LONG = re.compile(r"(?<![a-z0-9])(?:c[a-z0-9]{24}(?!  )|[0-9a-f]{32}|[0-9a-f]{64})(?![a-z0-9])")
#: Loggers that report what a task did; the others report what Airflow did.
TELLING = ("astro_provider", "airflow.task.operators.astro_provider", "task.stdout")


def main(dag_ids: Iterable[str] = ()) -> int:
    """Run the examples; return the exit code.

    :param dag_ids: Which; default: all.
    """
    home = ROOT / ".work" / "examples"
    shutil.rmtree(home, ignore_errors=True)
    with (
        LocalRegistry(home / "registry") as registry,
        Emulator(8899, "seconds:3", registry=registry.address) as astro,
    ):
        registry.push(*IMAGE)
        airflow = LocalAirflow(
            Path(sys.executable),
            home,
            ROOT / "example_dags",
            connections={"astro_default": stored_connection(astro)},
            variables={**BY_HAND, **image_variable(registry)},
        )
        with airflow:
            airflow.command("pools", "set", "astro_deletes", "5", "Deletes of Astro Deployments")
            states = [write_page(airflow, astro, dag_id) for dag_id in dag_ids or SHOWN]
    return 0 if set(states) == {"success"} else 1


def write_page(airflow: LocalAirflow, astro: Emulator, dag_id: str) -> str:
    """Run an example and write its page; return the final state of the run.

    :param airflow: Where it runs.
    :param astro: The emulator that it uses.
    :param dag_id: The example.
    """
    astro.reset()
    if prepare := PREPARE.get(dag_id):
        prepare(astro)
    run_id = airflow.trigger(dag_id, conf=configuration(dag_id))
    state = airflow.finish(dag_id, run_id)
    dag = example(dag_id)
    log = "\n".join(
        f"[{task.task_id}]\n{told(airflow, dag_id, run_id, task.task_id)}" for task in dag.topological_sort()
    )
    PAGES.mkdir(exist_ok=True)
    page = [
        f"![The graph of {dag_id} in Airflow](../images/{graph_name(dag_id)}-airflow-3.png)",
        f"The log of a run against the emulator:\n\n```text\n{log}\n```",
    ]
    (PAGES / f"{dag_id}.md").write_text("\n\n".join(page) + "\n")
    print(f"{dag_id}: {state}", flush=True)
    return state


def told(airflow: LocalAirflow, dag_id: str, run_id: str, task_id: str) -> str:
    """Return the task's own log lines, without Airflow's.

    :param airflow: Where it ran.
    :param dag_id: The DAG.
    :param run_id: The run.
    :param task_id: The task.
    """
    lines = airflow.task_log(dag_id, run_id, task_id).splitlines()
    entries = [json.loads(line) for line in lines if line.startswith("{")]
    telling = [entry for entry in entries if str(entry.get("logger", "")).startswith(TELLING)]
    # The worker and the triggerer write separate log files.
    telling.sort(key=lambda entry: str(entry["timestamp"]))
    told = "\n".join(f"{entry['timestamp'][11:19]} {entry['event']}" for entry in telling)
    # Absolute paths of this machine are of no use to a reader.
    return LONG.sub(lambda found: f"{found[0][:6]}…", told.replace(f"{ROOT}/", "")) or "(no log lines)"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
