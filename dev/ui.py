"""What ``make ui`` adds to the demo: everything stays running, and a person is told where to look and what to try."""

from __future__ import annotations

import contextlib
import shlex
import time
from typing import TYPE_CHECKING

from dev.environments import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from astro_provider.emulator import Emulator
    from dev.airflow import LocalAirflow

TOUR = """
Everything keeps running until you press Ctrl-C.

  Airflow            {airflow}
                     No login. Every example DAG can be triggered: the emulator has what it expects.
                     The run above: {airflow}/dags/{dag}
  Astro (emulated)   {astro}
                     The links of a task lead here: in Airflow 3, they are on its "Details" tab.
  Astro API          {astro}/v1
                     The connection astro_default leads here. The emulator's log: {log}

For commands, in another terminal:

  source {environment}
  airflow dags unpause --yes example_clone_deployment && airflow dags trigger example_clone_deployment
  airflow connections test astro_default
  {cli}

- Airflow 3.3.2's own Test button, in the list of connections, fails with "Bad Request" for every connection without a
  port, whatever its type (apache/airflow#73298). The command above makes the same test.
- Every DAG is paused. The UI unpauses one when you trigger it; the command does not. If the DAG has a schedule, Airflow
  then also starts its latest scheduled run. With example_nightly_teardown, the first of these runs deletes pr-1, pr-2
  and pr-3, and the next one finds nothing.
- example_unhealthy_alert waits for a Deployment to be UNHEALTHY for five minutes. Unpause it, then run:
  curl {astro}/_emulator/deployments/{sales}/status -d '{{"status": "UNHEALTHY", "reason": "a try"}}'
"""
#: The Astro CLI speaks to an Astro on this machine at this port only.
CLI = {
    True: "astro deployment list --all        # if you have the Astro CLI: it speaks to the emulator, too",
    False: "(The Astro CLI cannot be used: the port 8888, at which it expects an emulator, was taken.)",
}


def keep(airflow: LocalAirflow, astro: Emulator, dag: str, environment: Path) -> None:
    """Keep everything running until the user presses Ctrl-C.

    :param airflow: The Airflow that is running.
    :param astro: The emulator behind it.
    :param dag: The DAG that has run.
    :param environment: Where to write what a shell needs.
    """
    environment.touch(mode=0o600)
    environment.write_text(exports(airflow, astro))
    print(tour(airflow, astro, dag, environment), flush=True)
    with contextlib.suppress(KeyboardInterrupt):  # the usual end: no error for make to report
        while True:
            time.sleep(3600)


def tour(airflow: LocalAirflow, astro: Emulator, dag: str, environment: Path) -> str:
    """Return what a person is told.

    :param airflow: The Airflow that is running.
    :param astro: The emulator behind it.
    :param dag: The DAG that has run.
    :param environment: The file that a shell can source.
    """
    return TOUR.format(
        airflow=airflow.url,
        astro=astro.url.removesuffix("/v1"),
        dag=dag,
        cli=CLI[astro.port == 8888],
        environment=shown(environment),
        log=shown(environment.with_name("emulator.log")),
        sales=next(each["id"] for each in astro.deployments if each["name"] == "sales"),
    )


def exports(airflow: LocalAirflow, astro: Emulator) -> str:
    """Return shell code with which ``airflow`` and the Astro CLI speak to what is running.

    :param airflow: The Airflow that is running.
    :param astro: The emulator behind it.
    """
    variables = {name: value for name, value in airflow.environment.items() if name.startswith("AIRFLOW")}
    variables |= {"ASTRO_DOMAIN": "localhost", "ASTRO_API_TOKEN": astro.token, "PYTHONWARNINGS": "ignore"}
    lines = [f"export {name}={shlex.quote(value)}" for name, value in sorted(variables.items())]
    return "\n".join([*lines, f'export PATH={shlex.quote(str(airflow.python.parent))}:"$PATH"', ""])


def shown(path: Path) -> str:
    """Return a path as it is typed in the clone's folder.

    :param path: The path.
    """
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
