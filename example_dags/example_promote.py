"""Deploy an image and DAGs to staging, run a DAG there, and deploy the same image and DAGs to production.

Your CI builds and pushes the image, and starts this DAG with its tag. Production gets the image with the digest that
ran on staging, even if somebody moves the tag in the meantime.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG, Param, task

from astro_provider.operators.dag_runs import TriggerDeploymentDagRunOperator
from astro_provider.operators.deploys import DeployCodeOperator

#: The image without its tag. To use your own image, set the Airflow variable ``image_repository``.
IMAGE = "{{ var.value.get('image_repository', 'ghcr.io/acme/astro') }}"

with DAG(
    dag_id="example_promote",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    params={"tag": Param("latest", type="string", minLength=1, description="The tag that your CI has pushed")},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=10)},
    tags=["astro", "example"],
    doc_md=__doc__,
) as dag:
    # [START staging]
    deploy_to_staging = DeployCodeOperator(
        task_id="deploy_to_staging",
        dags_folder="project/dags",
        image=IMAGE + ":{{ params.tag }}",
        deployment_name="staging",
        workspace="Development",
        expect_dags=["daily_report"],
        poll_interval=5,
        deferrable=True,
    )
    # [END staging]

    # [START check]
    check = TriggerDeploymentDagRunOperator(
        task_id="check",
        trigger_dag_id="daily_report",
        deployment_name="staging",
        workspace="Development",
        if_paused="unpause",
        poll_interval=5,
        deferrable=True,
    )
    # [END check]

    # [START production]
    deploy_to_production = DeployCodeOperator(
        task_id="deploy_to_production",
        dags_folder="project/dags",
        image=IMAGE + "@{{ ti.xcom_pull('deploy_to_staging', key='image_digest') }}",
        deployment_name="production",
        workspace="Production",
        expect_dags=["daily_report"],
        poll_interval=5,
        deferrable=True,
    )
    # [END production]

    # [START compare]
    @task
    def compare(ti=None) -> None:
        """Fail the run if production got a different image or different DAGs than staging."""
        for key in ("image_digest", "dags_digest"):
            tested, deployed = (ti.xcom_pull(f"deploy_to_{name}", key=key) for name in ("staging", "production"))
            if tested != deployed:
                raise RuntimeError(f"production has {key} {deployed}, but {tested} was tested")

    # [END compare]

    deploy_to_staging >> check >> deploy_to_production >> compare()
