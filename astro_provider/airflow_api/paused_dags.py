"""A paused DAG that is unpaused for one run, and paused again when that run has ended.

The run's own note remembers it, so that whoever continues after a killed worker or a restart of the triggerer knows,
on every version of Airflow, and so that a person sees why the DAG is not paused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.http.retry import Repeat

if TYPE_CHECKING:
    from astro_provider.airflow_api import AirflowClient
    from astro_provider.models.airflow.dag_runs import DagRun

#: What the note of such a run says.
MARK = "[airflow-provider-astro: the DAG was unpaused for this run and is paused again when it has ended]"
#: Longest note that Airflow takes.
LONGEST_NOTE = 1000


def marked(note: str | None) -> str:
    """Return a note that says, too, that the DAG is paused again.

    :param note: The note; ``None``: none.
    """
    if not note:
        return MARK
    return note if MARK in note else f"{note[: LONGEST_NOTE - len(MARK) - 1]} {MARK}"


def unpause_for(airflow: AirflowClient, run: DagRun) -> None:
    """Unpause the DAG of a run that has not ended.

    :param airflow: The Deployment's Airflow.
    :param run: The run.
    """
    if MARK not in (run.note or ""):  # first: what stops this task now must not leave the DAG unpaused for good
        airflow.dag_runs.set_note(run.dag_id, run.dag_run_id, marked(run.note))
    airflow.dags.update(run.dag_id, is_paused=False)


def pause_again(airflow: AirflowClient, run: DagRun) -> str | None:
    """Pause the DAG of a run for which it was unpaused, once the run has ended; returns what there is to say.

    Where another run needs the DAG as this one did, the last of them pauses it.

    :param airflow: The Deployment's Airflow.
    :param run: The run as it is now.
    """
    if MARK not in (run.note or ""):
        return None
    if not run.is_finished:
        return (
            f"DAG {run.dag_id!r} stays unpaused, because its run {run.dag_run_id!r} has not ended, and Airflow ignores "
            "the runs of paused DAGs. A retry of this task pauses the DAG when the run has ended; without a retry, "
            "pause it yourself."
        )
    said = pause_dag(airflow, run.dag_id)
    note = " ".join((run.note or "").replace(MARK, "").split())
    airflow.dag_runs.set_note(run.dag_id, run.dag_run_id, note)
    return said


def pause_dag(airflow: AirflowClient, dag_id: str) -> str:
    """Pause a DAG, unless another run needs it as it is; returns what there is to say.

    :param airflow: The Deployment's Airflow.
    :param dag_id: The DAG.
    """
    others = airflow.dag_runs.list([dag_id], states=["queued", "running"])
    waiting = next((each for each in others if MARK in (each.note or "")), None)
    if waiting is not None:
        return f"DAG {dag_id!r} stays unpaused until its run {waiting.dag_run_id!r}, which also needs it, has ended."
    airflow.dags.update(dag_id, is_paused=True)
    return f"Paused DAG {dag_id!r} again."


def end_run(airflow: AirflowClient, dag_id: str, run_id: str, *, repeat: Repeat = Repeat.SAFE) -> str | None:
    """End a run as failed, and pause its DAG if it was unpaused for it; returns what there is to say about the DAG.

    :param airflow: The Deployment's Airflow.
    :param dag_id: The DAG.
    :param run_id: The run.
    :param repeat: Which failures of the request are retried.
    :raises NotFoundError: There is no such run.
    """
    run = airflow.dag_runs.get(dag_id, run_id, repeat=repeat)
    if not run.is_finished:
        run = airflow.dag_runs.update(dag_id, run_id, state="failed", repeat=repeat)
    return pause_again(airflow, run)
