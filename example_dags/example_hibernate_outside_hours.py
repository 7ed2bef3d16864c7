"""Every workday at 7 p.m., hibernate the development Deployments until the next workday at 7 a.m.

To work late, exclude a Deployment by its name, or wake it up with ``WakeUpDeploymentOperator``. When you unpause the
DAG, Airflow immediately starts the run for the previous evening, so unpause it outside working hours.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from airflow.providers.common.compat.sdk import DAG

from astro_provider.operators.deployment import HibernateDeploymentOperator, ListDeploymentsOperator

OFFICE = ZoneInfo("Europe/Berlin")


# [START morning]
def next_working_morning() -> datetime:
    """Return 7 a.m. on the next workday, in the office's time zone."""
    now = datetime.now(OFFICE)
    day = now.date() if now.time() < time(7) else now.date() + timedelta(days=1)
    while day.isoweekday() > 5:
        day += timedelta(days=1)
    return datetime.combine(day, time(7), tzinfo=OFFICE)


# [END morning]

with DAG(
    dag_id="example_hibernate_outside_hours",
    schedule="0 19 * * MON-FRI",
    start_date=datetime(2026, 1, 1, tzinfo=OFFICE),
    catchup=False,
    is_paused_upon_creation=True,
    user_defined_macros={"next_working_morning": next_working_morning},
    default_args={"retries": 3, "retry_delay": timedelta(seconds=10)},
    tags=["astro", "example"],
    doc_md=__doc__,
) as dag:
    list_deployments = ListDeploymentsOperator(
        task_id="list_deployments",
        workspace="Development",
        development_only=True,
        statuses=["HEALTHY", "UNHEALTHY"],
        exclude=["always-on-*", "ephemeral-*"],
        max_results=50,
    )

    # [START hibernate]
    hibernate_deployment = HibernateDeploymentOperator.partial(
        task_id="hibernate_deployment",
        until="{{ next_working_morning() }}",
        if_missing="ignore",
        wait=True,
        poll_interval=5,
        deferrable=True,
    ).expand(deployment_id=list_deployments.output)
    # [END hibernate]
