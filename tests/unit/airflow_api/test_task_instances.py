"""Task instances beyond one page, in whatever order they come, and the end of a long log."""

from __future__ import annotations

import gzip
import json

import pytest

from astro_provider.errors import UnexpectedResponseError
from tests.builders import airflow as build


def page_of(line, request, tasks, cap=40):
    body = request.json()
    offset = body.get("page_offset", 0)
    cut = tasks[offset : offset + min(body["page_limit"], cap)]
    return build.page("task_instances", *cut, total=len(tasks))


def test_all_map_indexes_are_read_over_as_many_pages_as_it_takes(line, requests_mock):
    tasks = [build.task_instance(line.major, map_index=n) for n in range(130)]
    requests_mock.post(
        f"{line.url}/dags/~/dagRuns/~/taskInstances/list", json=lambda request, _: page_of(line, request, tasks)
    )
    found = line.airflow.task_instances.list(["etl"], ["astro__1"])
    assert sorted(task.map_index for task in found) == list(range(130))


@pytest.mark.parametrize("line", [2], indirect=True)
def test_an_order_that_changes_from_page_to_page_hides_no_task(line, requests_mock):
    tasks = [build.task_instance(2, task_id=f"task{n}") for n in range(60)]
    reads = []

    def answer(request, context):
        reads.append(request.json())
        return page_of(line, request, tasks if len(reads) % 2 else tasks[::-1] if len(reads) < 3 else tasks)

    requests_mock.post(f"{line.url}/dags/~/dagRuns/~/taskInstances/list", json=answer)
    found = line.airflow.task_instances.list(["etl"], ["astro__1"])
    assert {task.task_id for task in found} == {f"task{n}" for n in range(60)}
    assert "order_by" not in reads[0]


@pytest.mark.parametrize("line", [2], indirect=True)
def test_tasks_that_never_show_are_an_error_not_a_shorter_list(line, requests_mock):
    page = build.page("task_instances", build.task_instance(2), total=2)
    empty = build.page("task_instances", total=2)
    requests_mock.post(
        f"{line.url}/dags/~/dagRuns/~/taskInstances/list",
        json=lambda request, _: empty if request.json()["page_offset"] else page,
    )
    with pytest.raises(UnexpectedResponseError, match="changed"):
        line.airflow.task_instances.list(["etl"], ["astro__1"])


@pytest.mark.parametrize("state", [None, "none", "awaiting_input", "defrosting"])
def test_a_state_that_is_not_known_is_not_finished(line, requests_mock, state):
    page = build.page("task_instances", build.task_instance(line.major, state=state))
    requests_mock.post(f"{line.url}/dags/~/dagRuns/~/taskInstances/list", json=page)
    (task,) = line.airflow.task_instances.list(["etl"], ["astro__1"])
    assert not task.is_finished
    assert task.state == (None if state == "none" else state)


def log_of(line, count):
    if line.major == 2:
        return "".join(f"[2026-11-01] INFO - line {n}\n" for n in range(count)).encode()
    error = [{"exc_type": "ValueError", "exc_value": "too late", "frames": [{"filename": "x"}]}]
    entries = [{"timestamp": "2026-11-01", "level": "info", "event": f"line {n}"} for n in range(count)]
    entries[-1]["error_detail"] = error
    return "".join(json.dumps(entry) + "\n" for entry in entries).encode()


@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gzip"])
def test_the_end_of_a_log_is_read_line_by_line(line, requests_mock, is_packed):
    log = log_of(line, 5000)
    url = f"{line.url}/dags/etl/dagRuns/astro__1/taskInstances/load/logs/2"
    headers = {"Content-Encoding": "gzip"} if is_packed else {}
    read = requests_mock.get(url, content=gzip.compress(log) if is_packed else log, headers=headers)
    end = line.airflow.task_instances.log_end("etl", "astro__1", "load", try_number=2, map_index=4, lines=3)
    assert [entry.split("\n")[0][-9:] for entry in end] == ["line 4997", "line 4998", "line 4999"]
    if line.major == 3:
        assert end[-1] == "2026-11-01 INFO line 4999\nValueError: too late"
    assert read.last_request.headers["Accept"] == ("text/plain" if line.major == 2 else "application/x-ndjson")
    assert read.last_request.qs == {"full_content": ["true"], "map_index": ["4"]}
