"""Give a user access to a Workspace for the duration of some work, and revoke it whether the work succeeds or fails.

Start it by hand with the user's email address. If the user already has another role in the Workspace, the run fails and
the role does not change.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG, task

from astro_provider.operators.access import GrantAccessOperator, RevokeAccessOperator

# [START access]
with DAG(
    dag_id="example_temporary_access",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(seconds=10)},
    params={"user": "cleo@example.com"},
    tags=["astro", "example"],
    doc_md=__doc__,
) as dag:
    who_and_where = {"users": ["{{ params.user }}"], "workspace": "Production"}

    grant = GrantAccessOperator(task_id="grant", role="WORKSPACE_OPERATOR", if_other_role="fail", **who_and_where)

    @task
    def work() -> None:
        """Replace this with the work that needs the access, or with a sensor that waits until the work is done."""

    @task
    def done() -> None:
        """Because of this task, the run fails if the work fails, even though the teardown succeeds."""

    revoke = RevokeAccessOperator(task_id="revoke", **who_and_where)
    worked = work()
    grant.as_setup() >> worked >> revoke.as_teardown(setups=grant, on_failure_fail_dagrun=True)
    worked >> done()
# [END access]
