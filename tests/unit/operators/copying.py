"""Two Deployments between which connections, variables and pools are copied."""

from __future__ import annotations

import json

from astro_provider.operators.airflow_objects import CopyAirflowObjectsOperator as Copy

RUNTIMES = {2: "13.2.0", 3: "3.3-2"}
PASSWORD = "hunter2-and-more"
TOKEN = "token-of-the-lake"
LAKE = {"conn_type": "aws", "extra": json.dumps({"region": "eu", "token": TOKEN})}
SECRETS = {"warehouse": {"password": PASSWORD}, "lake": {"extra": {"token": TOKEN}}, "open": {}}
VALUES = {"api_token": "value-of-the-token"}


class Sides:
    """Two Deployments: one full, one empty."""

    def __init__(self, astro, runner, source, target):
        self.astro, self.runner, self.majors = astro, runner, (source, target)
        self.source = astro.add_deployment("source", astroRuntimeVersion=RUNTIMES[source])
        self.target = astro.add_deployment("target", astroRuntimeVersion=RUNTIMES[target])
        astro.add_airflow_connection(
            self.source, "warehouse", conn_type="postgres", host="db", login="etl", password=PASSWORD, port=5432
        )
        astro.add_airflow_connection(self.source, "lake", **LAKE)
        astro.add_airflow_connection(self.source, "open", conn_type="http", host="example.com")
        astro.add_airflow_variable(self.source, "region", "eu", "where")
        astro.add_airflow_variable(self.source, "settings", '{"a":1,  "b": [1,2]}')
        astro.add_airflow_variable(self.source, "api_token", VALUES["api_token"])
        astro.add_airflow_pool(self.source, "heavy", slots=3, include_deferred=True, description="queries")

    def copy(self, **arguments):
        arguments = {"source_deployment_id": self.source, "deployment_id": self.target, **arguments}
        return self.runner.run(Copy, **arguments)

    def copy_all(self, **arguments):
        return self.copy(**{"secrets": SECRETS, "variable_values": VALUES, **arguments})

    def results(self):
        return {each["name"]: each["outcome"] for each in self.runner.ti.xcoms["objects"]}

    def writes(self):
        return [
            sent
            for sent in self.astro.requests
            if "/api/v" in sent.path and sent.method in {"POST", "PATCH", "DELETE"} and self.target in sent.path
        ]
