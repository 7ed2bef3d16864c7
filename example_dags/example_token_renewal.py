"""Check every week whether an API token is about to expire, and renew it in time.

Most runs do nothing. When a token has two weeks left, the task replaces it with a new one and stores the value. The
first task stores it in a connection of the Environment Manager, and the second passes it to a function of your own. The
old token stays valid. A later run deletes it when nobody has used it for eight days.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import DAG, Variable

from astro_provider.operators.api_tokens import RenewApiTokenOperator

if TYPE_CHECKING:
    from astro_provider.models.api_tokens import ApiToken


# [START store]
def store(value: str, token: ApiToken) -> None:
    """Replace this with a line for your secrets manager. An Airflow Variable can be read by every DAG."""
    Variable.set("astro_loader_token", value, description=f"{token.name}, until {token.end_at:%Y-%m-%d}")


# [END store]

# [START renew]
with DAG(
    dag_id="example_token_renewal",
    schedule="@weekly",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    is_paused_upon_creation=True,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
    tags=["astro", "example"],
    doc_md=__doc__,
) as dag:
    RenewApiTokenOperator(
        task_id="renew_ci",
        token_name="ci",
        role="WORKSPACE_OPERATOR",
        workspace="Production",
        store="astro_ci",  # the connection's password
    )
    RenewApiTokenOperator(
        task_id="renew_loader",
        token_name="loader",
        role="WORKSPACE_AUTHOR",
        workspace="Production",
        expires_in=timedelta(days=60),
        renew_before=timedelta(days=14),  # so one of the weekly runs may fail
        retire_after=timedelta(days=8),  # whatever uses the token runs at least once a week
        store=store,
    )
# [END renew]
