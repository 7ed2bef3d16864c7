"""Deploy a folder of DAGs to staging, run a DAG there, and deploy the same files to production."""

from airflow.providers.common.compat.sdk import DAG

from astro_provider.operators.dag_runs import TriggerDeploymentDagRunOperator
from astro_provider.operators.deploys import DeployCodeOperator

STAGING = {"deployment_name": "staging", "workspace": "Development"}
PRODUCTION = {"deployment_name": "production", "workspace": "Production"}
CODE = {"dags_folder": "project/dags", "expect_dags": ["daily_report"]}
WAIT = {"poll_interval": 5, "deferrable": True}

with DAG("promote", schedule=None, max_active_runs=1) as dag:
    deploy_to_staging = DeployCodeOperator(task_id="deploy_to_staging", **CODE, **STAGING, **WAIT)
    test = TriggerDeploymentDagRunOperator(
        task_id="test",
        trigger_dag_id="daily_report",
        if_paused="unpause",
        **STAGING,
        **WAIT,
    )
    deploy_to_production = DeployCodeOperator(task_id="deploy_to_production", **CODE, **PRODUCTION, **WAIT)

    deploy_to_staging >> test >> deploy_to_production
