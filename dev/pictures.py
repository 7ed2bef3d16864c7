"""The pictures of the docs: what each shows, and a digest of that, so that a test finds those that are out of date.

``make screenshots`` takes those of Airflow and of the emulator in a browser; ``python -m dev.pictures`` draws the plan.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from html import escape
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

from astro_provider import get_provider_info
from astro_provider.emulator import Emulator
from dev.environments import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

IMAGES = ROOT / "docs" / "images"
#: What each picture was taken of: its name -> a digest.
DIGESTS = IMAGES / "digests.json"
EXAMPLES = sorted(path.stem for path in (ROOT / "example_dags").glob("example_*.py"))
EPHEMERAL = "example_ephemeral_deployment"
PLAN = IMAGES / "plan.svg"

#: The Deployment in the picture of a plan, the file that it is compared with, and the id that the picture shows.
BEFORE: dict[str, Any] = {
    "description": "Reports",
    "schedulerSize": "SMALL",
    "workerQueues": [
        {
            "name": "default",
            "isDefault": True,
            "astroMachine": "A5",
            "minWorkerCount": 0,
            "maxWorkerCount": 5,
            "workerConcurrency": 2,
        }
    ],
    "environmentVariables": [
        {"key": "REGION", "value": "eu", "isSecret": False},
        {"key": "WAREHOUSE_PASSWORD", "value": "a", "isSecret": True},
        {"key": "LEGACY_MODE", "value": "on", "isSecret": False},
    ],
}
WANTED: dict[str, Any] = {
    "configuration": {"description": "Sales reports", "scheduler_size": "MEDIUM"},
    "environment_variables": [
        {"key": "REGION", "value": "us", "is_secret": False},
        {"key": "WAREHOUSE_PASSWORD", "value": "b", "is_secret": True},
        {"key": "CURRENCY", "value": "USD", "is_secret": False},
    ],
    "worker_queues": [
        {"name": name, "worker_type": machine, "min_worker_count": 0, "max_worker_count": most, "worker_concurrency": 2}
        for name, machine, most in (("default", "A5", 10), ("heavy", "A20", 2))
    ],
}
SHOWN_ID = "cm4f0t2vq00010hl5c1eg7k2a"
STYLE = """
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2430; white-space: pre }
rect { fill: #f5f7fa; stroke: #d9dee7 }
.added { fill: #1a7f45 } .changed { fill: #8a5a00 } .removed { fill: #c0312b } .faint { fill: #5b6472 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6e9ef } rect { fill: #1d222b; stroke: #343b48 }
  .added { fill: #5fd38d } .changed { fill: #e3b341 } .removed { fill: #ff8a80 } .faint { fill: #9aa4b2 }
}
"""
CLASSES = {"+": "added", "~": "changed", "-": "removed"}
#: Pixels: of a character, of a line, and around the text.
CHARACTER, LINE, MARGIN = 8.45, 22, 16


def graph_name(dag_id: str) -> str:
    """Return the name of the picture of an example's graph, without what tells the line of Airflow.

    :param dag_id: The example.
    """
    return f"graph-{dag_id.removeprefix('example_').replace('_', '-')}"


def digest(picture: str) -> str:
    """Return the digest of what a picture shows, as it is now.

    :param picture: The file's name.
    :raises KeyError: Nobody has said what it shows.
    """
    return hashlib.sha256(json.dumps(contents(picture), sort_keys=True).encode()).hexdigest()[:16]


def contents(picture: str) -> Any:
    """Return what a picture shows: everything that, when it changes, makes the picture wrong.

    :param picture: The file's name.
    :raises KeyError: Nobody has said what it shows.
    """
    name = picture.rpartition("-airflow-")[0] or picture.rpartition(".")[0]
    graphs = {graph_name(dag_id): dag_id for dag_id in EXAMPLES}
    if name in graphs:
        return structure(graphs[name])
    if name.startswith("connection-"):
        return get_provider_info()["connection-types"]
    if name.startswith("emulator-"):
        templates = ROOT / "astro_provider" / "emulator" / "ui" / "templates"
        return {path.name: path.read_text() for path in sorted(templates.iterdir())}
    create = example(EPHEMERAL).get_task("create_deployment")
    return {
        "task-links": [structure(EPHEMERAL), [link.name for link in create.operator_extra_links]],
        "task-rendered": list(create.template_fields),
    }[name]


def record(picture: str) -> None:
    """Note that a picture shows what there is now.

    :param picture: The file's name.
    """
    digests = json.loads(DIGESTS.read_text()) if DIGESTS.exists() else {}
    kept = {name: value for name, value in digests.items() if (IMAGES / name).exists()}
    DIGESTS.write_text(json.dumps({**kept, picture: digest(picture)}, indent=1, sort_keys=True) + "\n")


def example(dag_id: str) -> Any:
    """Return the DAG of an example.

    :param dag_id: The example.
    """
    return import_module(f"example_dags.{dag_id}").dag


def structure(dag_id: str) -> dict[str, Any]:
    """Return what the graph of an example shows of each task.

    :param dag_id: The example.
    """
    return {
        task.task_id: [
            task.task_type,
            sorted(task.downstream_task_ids),
            hasattr(task, "partial_kwargs"),
            task.is_setup,
            task.is_teardown,
        ]
        for task in example(dag_id).tasks
    }


def plan_log() -> list[str]:
    """Return what an update logs as its plan, run against the emulator; the Deployment's id is always the same one."""
    from astro_provider.operators.deployment import UpdateDeploymentFromFileOperator as Update

    log = mock.Mock()
    context: Any = {"ti": SimpleNamespace(try_number=1, xcom_push=lambda **_: None)}
    with Emulator() as astro, mock.patch.dict(os.environ, AIRFLOW_CONN_ASTRO_DEFAULT=json.dumps(astro.connection())):
        deployment_id = astro.add_deployment("reporting", **BEFORE)
        given = {"deployment": WANTED}
        task = Update(task_id="update", deployment_file=given, deployment_id=deployment_id, dry_run=True)
        with mock.patch.object(Update, "log", log):
            task.execute(context)
    said = "\n".join(call.args[0] % call.args[1:] for call in log.info.call_args_list)
    return said.replace(deployment_id, SHOWN_ID).splitlines()


def plan_svg() -> str:
    """Return the picture of a plan in a task's log, in the colours of what is added, changed and removed."""
    lines = plan_log()
    width = round(max(map(len, lines)) * CHARACTER + 2 * MARGIN)
    height = len(lines) * LINE + 2 * MARGIN
    size = f'viewBox="0 0 {width} {height}" width="{width}"'
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" {size} role="img">\n',
            "<title>The plan of an update in the log of its task</title>\n",
            "<desc>One line for each setting: green and + is added, amber and ~ changed, red and - removed.</desc>\n",
            f"<style>{STYLE}</style>\n",
            f'<rect class="card" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="6"/>\n',
            *_drawn(lines),
            "</svg>\n",
        ]
    )


def _drawn(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        y = MARGIN + LINE * number + 15
        yield f'<text x="{MARGIN}" y="{y}" class="{CLASSES.get(line[:1], "faint")}">{escape(line)}</text>\n'


def main() -> int:
    """Draw what needs no browser."""
    PLAN.write_text(plan_svg())
    return 0


if __name__ == "__main__":
    sys.exit(main())
