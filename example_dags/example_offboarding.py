"""Revoke all access of people who have left, according to another system.

Each user loses all direct roles and leaves every Team that no identity provider manages. If there are more removals
than the limit, the run fails and changes nothing, because a long list is probably a mistake. The log names what
remains.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG, task

from astro_provider.operators.access import RevokeAccessOperator

# [START offboarding]
with DAG(
    dag_id="example_offboarding",
    schedule="@daily",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    is_paused_upon_creation=True,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
    params={"leavers": ["anna@example.com", "ben@example.com"]},
    tags=["astro", "example"],
    doc_md=__doc__,
) as dag:

    @task
    def leavers(params: dict[str, list[str]]) -> list[str]:
        """Replace this with a query of your HR system. On most days, nobody leaves, and the list is empty."""
        return params["leavers"]

    RevokeAccessOperator(
        task_id="revoke_everything",
        users=leavers(),
        everywhere=True,
        leave_teams=True,
        max_removals=30,
    )
# [END offboarding]
