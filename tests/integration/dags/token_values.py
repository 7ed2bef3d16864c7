"""Tasks that get the values of tokens, and others that lose them on the way."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import DAG

from astro_provider.operators.api_tokens import RenewApiTokenOperator, RotateApiTokenOperator
from astro_provider.operators.environment_objects import SetEnvironmentObjectOperator

if TYPE_CHECKING:
    from astro_provider.models.api_tokens import ApiToken


def store(value: str, token: ApiToken) -> None:
    """Keep the value where the test looks for it, outside Airflow."""
    with Path(os.environ["TOKEN_VALUES"]).open("a", encoding="utf-8") as file:
        file.write(f"{value}\n")


def fail(value: str, token: ApiToken) -> None:
    """Keep the value, and raise an error that repeats it."""
    store(value, token)
    raise OSError(f"cannot reach https://vault.example.com/?value={value}")


with DAG(dag_id="token_values", schedule=None, start_date=datetime(2026, 1, 1)) as dag:
    tokens = {"workspace": "Development", "role": "WORKSPACE_AUTHOR"}
    renew = RenewApiTokenOperator(task_id="renew", token_name="one", store=store, **tokens)
    mapped = RenewApiTokenOperator.partial(task_id="mapped", store=store, **tokens).expand(token_name=["two", "three"])
    rotate = RotateApiTokenOperator(task_id="rotate", token_name="one", store=store)
    push = SetEnvironmentObjectOperator(
        task_id="push",
        key="warehouse",
        object_type="CONNECTION",
        workspace="Development",
        connection={
            "conn_type": "http",
            "password": "{{ var.value.pushed }}",
            "extra": {"key": "{{ var.value.pushed }}"},
        },
    )
    lose = RenewApiTokenOperator(
        task_id="lose", token_name="four", store=fail, trigger_rule="all_done", retries=1,
        retry_delay=timedelta(0), **tokens,
    )  # fmt: skip
    renew >> mapped >> rotate >> push >> lose
