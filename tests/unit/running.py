"""Running one task without a scheduler: rendered as Airflow renders it, deferred and resumed as Airflow does it."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from airflow.providers.common.compat.sdk import DAG, AirflowTaskTimeout, BaseSensorOperator, TaskDeferred, XComArg

from astro_provider.emulator import Emulator
from astro_provider.tasks.waiting import WaitMixin


class Returned(XComArg):
    """What another task returned."""

    def __init__(self, value):
        self.value, self.key = value, "return_value"

    def iter_references(self):
        return iter(())

    def resolve(self, *args, **kwargs):
        return self.value


@dataclass
class TaskInstance:
    """What a task sees of its task instance."""

    try_number: int = 1
    xcoms: dict[str, Any] = field(default_factory=dict)
    task_id: str = "task"
    dag_id: str = "dag"
    run_id: str = "run"
    map_index: int = -1
    start_date: datetime = field(default_factory=lambda: datetime.now(timezone.utc))

    def xcom_push(self, key: str, value: Any) -> None:
        json.dumps(value)  # an XCom has to survive this
        self.xcoms[key] = value


class StateStore(dict[str, Any]):
    """Airflow 3.3's task state store: survives the tries of a task."""

    set = dict.__setitem__


@dataclass
class Runner:
    """Runs operators against the emulator and keeps what they left behind."""

    dag_folder: Path
    ti: TaskInstance = field(default_factory=TaskInstance)
    triggers: list[Any] = field(default_factory=list)
    store: StateStore | None = None
    more_context: dict[str, Any] = field(default_factory=dict)
    run_started: datetime = field(default_factory=lambda: datetime.now(timezone.utc) - timedelta(seconds=1))

    def dag(self) -> DAG:
        dag = DAG(dag_id="dag", schedule=None, start_date=datetime(2026, 1, 1))
        dag.fileloc = str(self.dag_folder / "dag.py")
        return dag

    def context(self, **more: Any) -> dict[str, Any]:
        context = {"ti": self.ti, "dag_run": SimpleNamespace(start_date=self.run_started)}
        context |= {**self.more_context, **more}
        if self.store is not None:
            context["task_state_store"] = self.store
        return context

    def run(self, operator_class: type[Any], *, render: bool = True, **arguments: Any) -> Any:
        """Run a task to its end, through the trigger if it defers; returns the task's result."""
        if issubclass(operator_class, WaitMixin):
            is_sensor = issubclass(operator_class, BaseSensorOperator)
            arguments.setdefault("poke_interval" if is_sensor else "poll_interval", 0.01)
        self.operator = operator_class(task_id="task", dag=self.dag(), **arguments)
        # Where Airflow 3 and where Airflow 2 keep a task's logger.
        self.operator._cached_logger = self.operator._log = logging.getLogger("task")
        context = self.context(**{"params": {"who": "tester"}, **self.more_context})
        if render:
            self.operator.render_template_fields(context)
        deferred = None
        while True:
            try:
                if deferred is None:
                    return self.operator.execute(context)
                event = asyncio.run(self._fire(deferred))
                kept = json.loads(json.dumps(deferred.kwargs or {}))
                return self.operator.resume_execution(deferred.method_name, {"event": event, **kept}, context)
            except TaskDeferred as again:
                deferred = again
            except AirflowTaskTimeout:
                self.operator.on_kill()  # as Airflow does
                raise

    async def _fire(self, deferred: TaskDeferred) -> Any:
        """Make the trigger anew from its serialized form, as a triggerer does, and wait for its event."""
        path, arguments = deferred.trigger.serialize()
        json.dumps(arguments)
        self.triggers.append(arguments)
        module, name = path.rsplit(".", 1)
        trigger = getattr(import_module(module), name)(**arguments)
        async for event in trigger.run():
            return json.loads(json.dumps(event.payload))
        return None


TEMPLATE = """\
deployment:
    environment_variables:
        - {key: GREETING, value: hello {{ params.who }}, is_secret: false}
        - {key: PASSWORD, value: "", is_secret: true}
    configuration:
        name: ""
        runtime_version: 3.1-5
        executor: CELERY
        workspace_name: Development
        deployment_type: STANDARD
        cloud_provider: AWS
        region: us-east-1
        scheduler_size: SMALL
        is_development_mode: true
    worker_queues:
        - {name: default, worker_type: A5, max_worker_count: 5, min_worker_count: 0, worker_concurrency: 5}
    alert_emails: [team@example.com]
"""


def calls(astro: Emulator, method: str) -> list[Any]:
    return [request for request in astro.requests if request.method == method]
