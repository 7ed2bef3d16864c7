from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from .calls import RUNTIMES, AirflowCaller


@pytest.fixture(params=[2, 3], ids=["v1", "v2"])
def major(request) -> int:
    return request.param


@pytest.fixture
def airflow(astro, major) -> Iterator[AirflowCaller]:
    """A Deployment's Airflow with a DAG ``etl``: two tasks, a mapped one and one in a group."""
    with requests.Session() as session:
        made = astro.add_deployment("one", astroRuntimeVersion=RUNTIMES[major])
        tasks = {"extract": [], "double": ["extract"], "group.load": ["double"], "report": []}
        astro.add_dag(made, "etl", tasks, tags=["team", "nightly"], mapped={"double": 3}, schedule="@daily")
        yield AirflowCaller(astro, major, made, session)
