"""Every operator and sensor, run by Airflow itself."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from tests.public_classes import TASKS


@pytest.mark.skipif(version("apache-airflow").startswith("3."), reason="dag.test() of Airflow 3 needs a DAG file")
@pytest.mark.usefixtures("airflow_db")
def test_airflow_does_not_take_its_own_call_of_a_task_for_one_by_hand(forks):
    done = forks.run("tests.integration.run_every_task")
    assert done.returncode == 0, done.stderr[-4000:]
    states = dict(line.split()[1:] for line in done.stdout.splitlines() if line.startswith("RESULT "))
    assert states.keys() == {cls.__name__ for cls in TASKS}
    assert set(states.values()) <= {"success", "failed", "skipped"}
    assert "cannot be called outside" not in done.stdout + done.stderr
