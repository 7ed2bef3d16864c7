"""What other providers and the Astro CLI call an argument, and this package's word for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

CONNECTION = ("astro_conn_id",)
POLL = ("poll_interval", "poke_interval")
WHICH = ("deployment_name", "deployment_id")
DAG = ("trigger_dag_id", "external_dag_id", "dag_ids")
RUN = ("trigger_run_id", "external_run_id")
FILE = ("template", "deployment_file")
STATUSES = ("target_statuses", "statuses", "allowed_states")
PATTERN = ("name_pattern", "require_name_pattern", "dag_id_pattern")

#: The other word, and ours; of several, those count that the operator has.
OTHER_WORDS: dict[str, tuple[str, ...]] = {
    # Amazon, Google, Microsoft, dbt Cloud, Databricks, Airbyte: how a task waits.
    "wait_for_completion": ("wait",),
    "wait_for_termination": ("wait",),
    "wait_until_complete": ("wait",),
    "asynchronous": ("wait",),
    "no_wait": ("wait",),
    "waiter_delay": POLL,
    "waiter_interval": POLL,
    "waiter_max_attempts": ("timeout",),
    "max_attempts": ("timeout",),
    "waiter_timeout": ("timeout",),
    "wait_timeout": ("timeout",),
    "wait_time": ("timeout",),
    "timeout_seconds": ("timeout",),
    "timeout_minutes": ("timeout",),
    "check_interval": POLL,
    "check_interval_seconds": POLL,
    "poke_interval": POLL,
    "poll_interval": POLL,
    "poll_interval_seconds": POLL,
    "poll_sleep": POLL,
    "poll_frequency": POLL,
    "polling_interval": POLL,
    "polling_interval_seconds": POLL,
    "polling_period_seconds": POLL,
    "interval": POLL,
    "defer": ("deferrable",),
    # The connection.
    "conn_id": CONNECTION,
    "connection_id": CONNECTION,
    "astro_cloud_conn_id": CONNECTION,
    "astro_connection_id": CONNECTION,
    "astronomer_conn_id": CONNECTION,
    "airflow_conn_id": CONNECTION,
    "dbt_cloud_conn_id": CONNECTION,
    "databricks_conn_id": CONNECTION,
    "http_conn_id": CONNECTION,
    "aws_conn_id": CONNECTION,
    "gcp_conn_id": CONNECTION,
    "azure_conn_id": CONNECTION,
    "api_token": CONNECTION,
    "token": CONNECTION,
    # The Deployment: MWAA's and Composer's environment, the CLI's flags.
    "deployment": WHICH,
    "deployment_ids": WHICH,
    "id": ("deployment_id", "token_id"),
    "env_name": WHICH,
    "environment": WHICH,
    "environment_name": WHICH,
    "environment_id": WHICH,
    "external_deployment_id": ("deployment_id",),
    "name": ("deployment_name", "workspace_name", "token_name", "key"),
    "label": ("deployment_name",),
    "workspace_id": ("workspace",),
    "workspace_name": ("workspace",),
    "cluster_id": ("cluster",),
    "cluster_name": ("cluster",),
    "organization": ("organization_id",),
    "org_id": ("organization_id",),
    "status": STATUSES,
    "target_status": STATUSES,
    "expected_statuses": STATUSES,
    "success_statuses": STATUSES,
    "terminal_states": STATUSES,
    "failed_statuses": ("failure_statuses", "failed_states"),
    "failure_states": ("failure_statuses", "failed_states"),
    # Deployment files.
    "file": FILE,
    "file_path": FILE,
    "template_file": FILE,
    "template_path": FILE,
    "config": (*FILE, "conf"),
    "config_file": FILE,
    "deployment_file": FILE,
    "template": FILE,
    "env": ("environment_variables",),
    "env_vars": ("environment_variables",),
    "environment_vars": ("environment_variables",),
    "variables": ("environment_variables",),
    # Runs of DAGs.
    "dag_id": DAG,
    "dags": ("dag_ids", "dags_folder"),
    "external_dag_ids": ("external_dag_id",),
    "run_id": RUN,
    "dag_run_id": RUN,
    "dag_conf": ("conf",),
    "run_conf": ("conf",),
    "configuration": ("conf",),
    "execution_date": ("logical_date",),
    "execution_dates": ("logical_date",),
    "task_id_to_wait_for": ("external_task_id",),
    "external_dag_run_id": ("external_run_id",),
    "reset_dag_run": ("if_exists",),
    "skip_when_already_exists": ("if_exists",),
    "fail_when_dag_is_paused": ("if_paused",),
    "unpause": ("if_paused",),
    "event_extra": ("extra",),
    "asset": ("asset_uri", "asset_name"),
    "dataset": ("asset_uri",),
    "dataset_uri": ("asset_uri",),
    "uri": ("asset_uri",),
    # Deploys.
    "dag_folder": ("dags_folder",),
    "dags_dir": ("dags_folder",),
    "dags_path": ("dags_folder",),
    "folder": ("dags_folder", "project_folder"),
    "path": ("dags_folder", "project_folder", "output_path"),
    "project_dir": ("project_folder",),
    "project_path": ("project_folder",),
    "dbt_project_path": ("project_folder",),
    "image_name": ("image",),
    "image_uri": ("image",),
    "docker_conn_id": ("registry_conn_id",),
    "ignore": ("exclude",),
    "deployment_deploy_id": ("deploy_id",),
    # What to do if something is there, or is not.
    "if_not_exists": ("if_missing", "if_exists"),
    "ignore_missing": ("if_missing",),
    "ignore_if_missing": ("if_missing",),
    "fail_if_missing": ("if_missing",),
    "missing_ok": ("if_missing",),
    "exist_ok": ("if_exists",),
    "skip_existing": ("if_exists",),
    "fail_if_exists": ("if_exists",),
    "pattern": PATTERN,
    "max_age": ("newer_than",),
    "younger_than": ("newer_than",),
    "min_age": ("older_than",),
    "limit": ("max_results", "max_changes", "max_removals"),
    "duration": ("until",),
    "hibernate_until": ("until",),
    # Access and files.
    "user": ("users", "members"),
    "email": ("users", "members"),
    "emails": ("users", "members"),
    "team_name": ("team",),
    "team_id": ("team",),
    "tokens": ("api_tokens",),
    "output": ("output_path",),
    "output_file": ("output_path",),
    "destination": ("output_path",),
    "format": ("output_format",),
    "plan_only": ("dry_run",),
    "only_plan": ("dry_run",),
    "check": ("dry_run",),
}

#: The other words whose values do not carry over, and what those of ours are instead.
OTHER_VALUES = {
    "asynchronous": "with the opposite value",
    "no_wait": "with the opposite value",
    "waiter_max_attempts": "in seconds",
    "max_attempts": "in seconds",
    "timeout_minutes": "in seconds",
}

#: How the names of arguments begin that are about where something comes from, and where it goes.
FROM, TO = ("source_", "src_", "from_"), ("target_", "destination_", "dest_", "to_")


def own_words(name: str, known: Collection[str]) -> list[str]:
    """Return this package's words for another one's argument.

    :param name: The other word.
    :param known: The arguments that there are.
    """
    for direction, ours in ((FROM, "source_"), (TO, "")):
        for beginning in direction:
            if name.startswith(beginning) and (word := ours + name.removeprefix(beginning)) in known:
                return [word]
    return [word for word in OTHER_WORDS.get(name, ()) if word in known]


def may_be_meant(name: str, other: str) -> bool:
    """Whether an argument can be a misspelling of another: not if one is about a source and the other is not.

    :param name: The name that was given.
    :param other: The argument that resembles it.
    """
    return name.startswith(FROM) == other.startswith(FROM)
