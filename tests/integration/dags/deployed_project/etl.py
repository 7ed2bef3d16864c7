"""What a Deployment runs in the tests with an emulated and a real Airflow: mapped tasks, a group, one that can fail."""

from __future__ import annotations

from datetime import datetime

try:
    from airflow.sdk import DAG, Asset, TaskGroup, task
except ImportError:
    from airflow.datasets import Dataset as Asset
    from airflow.decorators import task
    from airflow.models.dag import DAG
    from airflow.utils.task_group import TaskGroup

with DAG(
    "deployed_etl",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    tags=["deployed", "team"],
    description="For tests",
    is_paused_upon_creation=False,
):

    @task(outlets=[Asset("s3://deployed/numbers")])
    def numbers():
        return [1, 2, 3]

    @task
    def double(number):
        return number * 2

    @task
    def check(**context):
        print("checking", context["dag_run"].conf)
        if context["dag_run"].conf.get("fail") and context["ti"].try_number == 1:
            raise ValueError("the numbers are wrong")

    with TaskGroup("report"):

        @task
        def mail():
            pass

        mail()

    double.expand(number=numbers())
    check()
