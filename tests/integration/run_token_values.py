"""Runs the DAG ``token_values`` with ``dag.test()`` in a process of its own, and serializes it as a scheduler does."""

from __future__ import annotations

import json
import os

from astro_provider.emulator import Emulator


def serialized(dag: object) -> str:
    """Return the DAG as Airflow stores it."""
    from airflow.serialization import serialized_objects as objects

    serializer = getattr(objects, "DagSerialization", None) or objects.SerializedDAG
    return json.dumps(serializer.to_dict(dag))


def main() -> None:
    with Emulator(progress="immediately") as astro:
        os.environ["AIRFLOW_CONN_ASTRO_DEFAULT"] = json.dumps(astro.connection())
        from tests.integration.dags.token_values import dag

        run = dag.test()
        states = {ti.task_id: str(ti.state) for ti in run.get_task_instances()}
        print("RESULT " + json.dumps({"states": states, "serialized": serialized(dag)}), flush=True)


if __name__ == "__main__":
    main()
