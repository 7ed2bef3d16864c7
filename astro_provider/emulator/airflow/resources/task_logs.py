"""Logs of task instances, which the emulator makes up, or which a test orders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from astro_provider.emulator.airflow import progress
from astro_provider.emulator.airflow.problems import Refusal, missing
from astro_provider.emulator.airflow.routing import AirflowCall, Reply, Routes

if TYPE_CHECKING:
    from astro_provider.emulator.airflow.metadata import Document

routes = Routes()
_LOGS = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/logs"


@routes.on("GET", f"{_LOGS}/{{task_try_number:int}}", "full_content map_index token", majors=(2,))
def get_log_2(call: AirflowCall) -> Reply | Document:
    """Show the log of a try: as text, or as JSON that holds the text of a Python list."""
    run, task = _instance(call)
    lines = _lines(run, task, int(call.path["task_try_number"]))
    text = "\n".join(
        f"[{line['timestamp']}] {{emulator.py:1}} {line['level'].upper()} - {line['event']}" for line in lines
    )
    if not lines:
        text = "*** Log file not found on worker 'emulator'. This attempt may have run on a different worker.\n"
    if "application/json" in call.accept:
        return {"content": str([("emulator", text)]), "continuation_token": "eyJlbmRfb2ZfbG9nIjp0cnVlfQ.emulated"}
    return Reply(f"emulator\n{text}\n", media_type="text/plain")


@routes.on("GET", f"{_LOGS}/{{try_number:int}}", majors=(3,))
def get_log_3(call: AirflowCall) -> Reply | Document:
    """Show the log of a try, line by line."""
    run, task = _instance(call)
    lines = _lines(run, task, int(call.path["try_number"]))
    if not lines:
        raise Refusal(404, v2="TaskInstance not found")
    if "application/x-ndjson" in call.accept:
        return Reply("".join(f"{json.dumps(line)}\n" for line in lines), media_type="application/x-ndjson")
    if not any(kind in call.accept for kind in ("*/*", "application/json")) and call.accept:
        raise Refusal(406, v2="Only application/json or application/x-ndjson is supported")
    return {"content": lines, "continuation_token": None}


def _instance(call: AirflowCall) -> tuple[Document, Document]:
    run = call.metadata.get("run", progress.run_key(call.path["dag_id"], call.path["dag_run_id"]))
    index = call.number("map_index")
    for task in run["tasks"] if run else []:
        if task["task_id"] == call.path["task_id"] and task["map_index"] == (-1 if index is None else index):
            assert run is not None  # noqa: S101  (it has tasks)
            return run, task
    raise missing("TaskInstance", None, "TaskInstance not found")


def _lines(run: Document, task: Document, number: int) -> list[Document]:
    tries = [*task["tries"], task]
    found = next((each for each in tries if each["try_number"] == number and number > 0), None)
    if found is None:
        return []
    at = found["start_date"] or run["queued_at"]
    said = [("info", f"Starting attempt {number} of {task['max_tries'] + 1}")]
    if found["state"] == "failed":
        ordered = run["order"].get("log")
        said += [("error", line) for line in (ordered or "The emulator was ordered to let this task fail").splitlines()]
    if found["state"] in progress.TASK_ENDS:
        said.append(
            ("info", f"Marking task as {found['state'].upper()}. task_id={task['task_id']}, run_id={run['run_id']}")
        )
    return [{"timestamp": at, "event": text, "level": level} for level, text in said]
