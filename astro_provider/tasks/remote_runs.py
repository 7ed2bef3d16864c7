"""What operators and sensors share about the Airflow of another Deployment: its DAGs, its runs, and why they failed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from astro_provider.common.arguments import is_given
from astro_provider.errors import AstroError, ConfigurationError, NotFoundError, NotParsedError
from astro_provider.http.retry import Repeat

if TYPE_CHECKING:
    from astro_provider.airflow_api import AirflowClient
    from astro_provider.client import AstroClient
    from astro_provider.models.airflow.dag_runs import DagRun
    from astro_provider.models.airflow.dags import Dag
    from astro_provider.models.airflow.task_instances import TaskInstance
    from astro_provider.models.deployments import Deployment

#: States of tasks that make a run fail, the reason before its consequence.
FAILED, HELD_BACK = "failed", "upstream_failed"
#: Most failed tasks that an error names, and most whose logs it quotes.
MOST_NAMED, MOST_QUOTED = 10, 3
#: Lines of each log that it quotes.
LINES = 15


def get_dag(airflow: AirflowClient, dag_id: str, deployment: Deployment, *, repeat: Repeat = Repeat.SAFE) -> Dag:
    """Return a DAG.

    :param airflow: The Deployment's Airflow.
    :param dag_id: The DAG's id.
    :param deployment: The Deployment, for the error.
    :param repeat: How freely each request may be sent again.
    :raises NotParsedError: It is not there, or not yet: just after a deploy it has to be parsed first.
    """
    from astro_provider.common.suggestions import did_you_mean

    try:
        return airflow.dags.get(dag_id, repeat=repeat)
    except NotFoundError:
        there = [dag.dag_id for dag in airflow.dags.list(repeat=repeat)]
        hint = did_you_mean(dag_id, there) if there else " It has no DAGs at all."
        raise NotParsedError(
            f"{deployment.label} has no DAG {dag_id!r}.{hint} Just after a deploy, a DAG may not have been parsed yet."
        ) from None


def checked_json(argument: str, value: object) -> dict[str, Any]:
    """Return what an argument says as what JSON can hold; its values are never repeated in an error.

    :param argument: The argument.
    :param value: A mapping, text with a JSON object, or nothing.
    :raises ConfigurationError: It is none of these.
    """
    if not is_given(value):
        return {}
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise ConfigurationError(
                f"{argument} is text, but not valid JSON: {str(error).partition(':')[0]}."
            ) from None
    if not isinstance(value, Mapping):
        found = type(value).__name__
        raise ConfigurationError(f"{argument} is of type {found}; allowed: a dict, or text with a JSON object.")
    for key, item in value.items():
        try:
            json.dumps({key: item}, allow_nan=False)
        except (TypeError, ValueError):
            raise ConfigurationError(
                f"{argument}: the value of {key!r}, of type {type(item).__name__}, cannot be written as JSON. "
                "Allowed: text, finite numbers, True, False, None, and lists and dicts of these."
            ) from None
    return dict(value)


def clear_failed(airflow: AirflowClient, run: DagRun, *, with_skipped: bool) -> tuple[DagRun, list[str]]:
    """Let the failed tasks of a run start again; returns the run as it is then, and these tasks.

    :param airflow: The Deployment's Airflow.
    :param run: The run.
    :param with_skipped: Whether skipped tasks start again, too: where a run was ended as failed, Airflow skips those
        that did not get their turn. Those that a branch skipped are skipped once more.
    """
    instances = airflow.task_instances.list([run.dag_id], [run.dag_run_id])
    # A person, or the DAG's own ``dagrun_timeout``, may have ended the run before any of its tasks failed.
    found = {each.state for each in instances}
    with_skipped = not found & {FAILED, HELD_BACK} or (with_skipped and "skipped" in found)
    states = {FAILED, HELD_BACK, *(["skipped", None] if with_skipped else [])}
    chosen = sorted({each.task_id for each in instances if each.state in states})
    if not chosen:  # all of them have succeeded: the scheduler only has to look at the run again
        return airflow.dag_runs.update(run.dag_id, run.dag_run_id, state="queued"), []
    named = chosen if with_skipped else None  # else each map index by its own state
    return airflow.dag_runs.clear(run.dag_id, run.dag_run_id, only_failed=not with_skipped, task_ids=named), chosen


def why_it_failed(client: AstroClient, deployment: Deployment, dag_id: str, run_id: str) -> str:
    """Return which tasks of a run failed, at which try, where to look, and the end of their logs.

    :param client: The client of the Astro API.
    :param deployment: The Deployment.
    :param dag_id: The DAG.
    :param run_id: The run.
    """
    from astro_provider.airflow_api.connect import airflow_client_by_id

    try:
        return _failure_report(airflow_client_by_id(client, deployment.id), deployment.airflow_url, dag_id, run_id)
    except AstroError as error:
        return f"The list of its failed tasks could not be read: {error}"


def _failure_report(airflow: AirflowClient, airflow_url: str | None, dag_id: str, run_id: str) -> str:
    from astro_provider.rules.dag_runs import run_url, task_url

    instances = airflow.task_instances.list([dag_id], [run_id])
    failed = sorted((i for i in instances if i.state == FAILED), key=lambda i: (str(i.end_date), i.task_id))
    held_back = sum(i.state == HELD_BACK for i in instances)
    if not failed:
        return (
            "None of its tasks has the state failed: a person, or the DAG's dagrun_timeout, may have set the state of "
            "the run itself."
        )
    url = run_url(airflow_url, airflow.major, dag_id, run_id)
    lines = ["Failed tasks:"]
    for number, instance in enumerate(failed[:MOST_NAMED]):
        where = f": {task_url(url, airflow.major, instance.task_id, instance.map_index)}" if url else ""
        lines.append(f"- {instance.label} ({_tries(instance)}){where}")
        if number < MOST_QUOTED:
            lines += [f"    {line}" for line in _end_of_log(airflow, instance)]
    if len(failed) > MOST_NAMED:
        lines.append(f"- and {len(failed) - MOST_NAMED} more")
    if held_back:
        lines.append(f"Tasks not started because of these failures: {held_back}.")
    return "\n".join(lines)


def _tries(instance: TaskInstance) -> str:
    last = "" if instance.max_tries is None else f" of {instance.max_tries + 1}"
    return f"try {instance.try_number}{last}"


def _end_of_log(airflow: AirflowClient, instance: TaskInstance) -> list[str]:
    if not instance.try_number:
        return []
    try:
        return airflow.task_instances.log_end(
            instance.dag_id,
            instance.dag_run_id,
            instance.task_id,
            try_number=instance.try_number,
            map_index=instance.map_index,
            lines=LINES,
        )
    except AstroError as error:
        return [f"(its log could not be read: {error})"]
