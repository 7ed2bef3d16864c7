"""Buttons on task instances. They show what the task stored in XCom, and nothing where it stored nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from airflow.providers.common.compat.sdk import BaseOperatorLink, XCom

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.providers.common.compat.sdk import BaseOperator, TaskInstanceKey


class _StoredLink(BaseOperatorLink):
    """A link whose address the task itself stores, before it waits."""

    xcom_key: ClassVar[str]

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Return the stored address; empty when there is none, and Airflow then shows no button (2.11: a grey one).

        :param operator: The task's operator.
        :param ti_key: The task instance.
        """
        # Airflow 3 asks when a task ends, and logs an error for an XCom that is not there: ask only where it may be.
        stored: Mapping[str, str] | None = getattr(operator, "stored_facts", None)
        if stored is not None:
            return stored.get(self.xcom_key, "")
        # Never None: Airflow 3 stores what this returns when a task ends, and would show a button that leads to "None".
        address: str | None = XCom.get_value(ti_key=ti_key, key=self.xcom_key)
        return address or ""


class OpenInAstroLink(_StoredLink):
    """The Deployment's page in the Astro UI."""

    name = "Open in Astro"
    xcom_key = "astro_url"


class OpenAirflowLink(_StoredLink):
    """The Deployment's own Airflow UI."""

    name = "Open Airflow UI"
    xcom_key = "webserver_url"


class OpenDeployHistoryLink(_StoredLink):
    """The history of a Deployment's deploys in the Astro UI."""

    name = "Open deploy history"
    xcom_key = "deploy_history_url"


class OpenDagRunLink(_StoredLink):
    """The run of another Deployment's DAG, in that Deployment's Airflow UI."""

    name = "Open DAG run"
    xcom_key = "dag_run_url"
