"""Deploy a folder of DAGs to a Deployment. Your CI starts this DAG for each change, through the Airflow REST API.

If the Deployment already runs the same files, nothing is deployed. The deploy task ends when the Deployment's Airflow
has parsed the new files. If a file cannot be imported, the task fails and names the file and the error.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG, Param, task

from astro_provider.operators.deploys import DeployCodeOperator

with DAG(
    dag_id="example_deploy_dags",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    params={
        "deployment": Param("reporting", type="string", minLength=1, description="Name of the Deployment"),
        "commit": Param("unknown", type="string", description="For the deploy history"),
    },
    default_args={"retries": 2, "retry_delay": timedelta(seconds=10)},
    tags=["astro", "example"],
    doc_md=__doc__,
) as dag:
    # [START deploy]
    deploy = DeployCodeOperator(
        task_id="deploy",
        dags_folder="project/dags",
        deployment_name="{{ params.deployment }}",
        workspace="Production",
        description="Commit {{ params.commit }}",
        expect_dags=["daily_report"],
        poll_interval=5,
        deferrable=True,
    )
    # [END deploy]

    # [START report]
    @task
    def report(ti=None) -> None:
        """Say what was deployed."""
        if ti.xcom_pull("deploy", key="changed"):
            print(f"Version {ti.xcom_pull('deploy', key='dag_tarball_version')} of the DAGs is live.")
        else:
            print("Nothing had changed.")

    # [END report]

    deploy >> report()
