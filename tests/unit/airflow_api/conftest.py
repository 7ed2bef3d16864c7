"""A client of a Deployment's Airflow for each of its two APIs, below which requests are answered by hand."""

from __future__ import annotations

from typing import Any

import pytest

from astro_provider.airflow_api import AirflowClient
from astro_provider.airflow_api.connect import airflow_client
from astro_provider.models.deployments import Deployment
from tests.airflow_documents import PREFIXES
from tests.builders.airflow import AIRFLOW_URL
from tests.builders.deployments import deployment
from tests.slow import mostly_slow


class Line:
    """One line of Airflow, as a Deployment runs it."""

    def __init__(self, major: int, client: Any) -> None:
        self.major = major
        self.url = AIRFLOW_URL + PREFIXES[major]
        version = {2: "2.11.2", 3: "3.1.5"}[major]
        self.deployment = Deployment.model_validate(deployment(apiUrl=self.url, airflowVersion=version))
        self.airflow: AirflowClient = airflow_client(client, self.deployment)


@pytest.fixture(params=mostly_slow([3, 2]), ids=["airflow-3", "airflow-2"])
def line(request, client) -> Line:
    return Line(request.param, client)


@pytest.fixture
def airflow(line) -> AirflowClient:
    return line.airflow
