"""What the emulator's object can do with the Airflows of its Deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.airflow import setup
from astro_provider.emulator.airflow.binding import BoundAirflow, bring_code
from astro_provider.emulator.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


class EmulatedAirflows(State):
    """The part of :class:`astro_provider.emulator.Emulator` that is about Deployments' own Airflows."""

    def bind_airflow(
        self,
        deployments: str,
        url: str,
        auth: tuple[str, str] | None = None,
        dags_folder: str | Path | None = None,
    ) -> None:
        """Let a real Airflow stand for the Airflow of Deployments: requests are forwarded to it.

        :param deployments: A Deployment's id, or a pattern of names, also of Deployments that come later:
            ``ephemeral-*``.
        :param url: Address of its web or API server; its line must be the one of the Deployments' Astro Runtime.
        :param auth: User name and password of an admin; left out: an Airflow 3 whose simple auth manager takes
            everybody for an admin. Airflow 2 needs ``airflow.api.auth.backend.basic_auth``.
        :param dags_folder: Its DAGs folder, where deployed code is unpacked, for each Deployment in a subfolder
            ``astro-<id>`` that the emulator makes and removes; left out: deployed code does not get there.
        :raises ValueError: The address or the folder cannot be used.
        """
        self.airflows.append(BoundAirflow.made(deployments, url, auth, dags_folder))
        bring_code(self)

    def add_dag(
        self,
        deployment_id: str,
        dag_id: str,
        tasks: Iterable[str] | Mapping[str, Iterable[str]] = ("task",),
        tags: Iterable[str] = (),
        mapped: Mapping[str, int] | None = None,
        schedule: str | None = None,
        assets: Iterable[str] = (),
        *,
        paused: bool = False,
    ) -> None:
        """Add a DAG to a Deployment's Airflow, beside those of its deployed code.

        :param deployment_id: The Deployment.
        :param dag_id: The DAG's id.
        :param tasks: Ids of its tasks, task groups included (``group.task``), or ids -> the ids that each waits for.
        :param tags: Its tags.
        :param mapped: Ids of mapped tasks -> how many instances they have.
        :param schedule: What its schedule shows; nothing runs by it.
        :param assets: URIs of the assets that start it.
        :param paused: Whether it is paused.
        """
        setup.add_dag(self, deployment_id, dag_id, tasks, tags, mapped or {}, schedule, assets, paused=paused)

    def add_dag_run(self, deployment_id: str, dag_id: str, run_id: str, **fields: Any) -> None:
        """Add a run that nobody triggered over the API.

        :param deployment_id: The Deployment.
        :param dag_id: The DAG.
        :param run_id: The run's id.
        :param fields: For example ``state``, which then stays, ``logical_date``, ``run_after`` (ISO 8601, with
            ``+00:00``), ``conf``.
        """
        setup.add_run(self, deployment_id, dag_id, run_id, fields)

    def order_dag_runs(
        self,
        deployments: str,
        dag_id: str,
        *,
        run_id: str | None = None,
        state: str | None = None,
        failed_tasks: Iterable[str] = (),
        log: str | None = None,
        progress: str | None = None,
        times: int | None = None,
    ) -> None:
        """Order how runs of a DAG go; without an order they succeed. It counts when a run is queued, also by a clear.

        If several orders fit a run, the oldest that is not used up counts.

        :param deployments: A Deployment's id or name, or a pattern of names such as ``pr-*``, which also applies to
            Deployments that are created later.
        :param dag_id: The DAG.
        :param run_id: The only run that it is for; ``None``: any.
        :param state: How the run ends; default: ``success``, or ``failed`` if tasks fail.
        :param failed_tasks: Ids of the tasks that fail, or ``task[2]`` for one instance of a mapped one. Tasks that
            wait for them become ``upstream_failed``.
        :param log: What their logs end with.
        :param progress: How the run moves on: ``immediately``, ``reads:N`` or ``seconds:S`` for each step; default: as
            the emulator does.
        :param times: For how many queued runs; ``None``: for all.
        :raises KeyError: ``deployments`` is not a pattern, and no Deployment has this id or name.
        """
        setup.order_dag_runs(
            self,
            deployments,
            dag_id,
            run_id=run_id,
            end=state,
            failed_tasks=failed_tasks,
            log=log,
            pace=progress,
            times=times,
        )

    def dag_runs(self, deployment_id: str) -> list[dict[str, Any]]:
        """Return the DAG runs of a Deployment, oldest first, with their ``tasks``. Looking does not count as a read.

        :param deployment_id: The Deployment.
        """
        return setup.shown_runs(self, deployment_id)

    def set_dag_run_state(self, deployment_id: str, dag_id: str, run_id: str, state: str) -> None:
        """Hold a run's state.

        :param deployment_id: The Deployment.
        :param dag_id: The DAG.
        :param run_id: The run.
        :param state: The state, also one that Airflow does not have.
        """
        setup.set_run_state(self, deployment_id, dag_id, run_id, state)

    def set_task_state(
        self, deployment_id: str, dag_id: str, run_id: str, task_id: str, state: str | None, map_index: int = -1
    ) -> None:
        """Put a task instance into a state; a run that moves on moves one that is ``running`` along.

        :param deployment_id: The Deployment.
        :param dag_id: The DAG.
        :param run_id: The run.
        :param task_id: The task.
        :param state: The state, also one that Airflow does not have.
        :param map_index: Its index in a mapped task.
        """
        setup.set_task_state(self, deployment_id, dag_id, run_id, task_id, state, map_index)

    def add_import_error(self, deployment_id: str, filename: str, stack_trace: str = "ImportError: ordered") -> None:
        """Let a DAG file fail to import until the next deploy of code; its DAGs cannot be triggered then.

        :param deployment_id: The Deployment.
        :param filename: The file, such as ``dags/sales.py``.
        :param stack_trace: What Python says.
        """
        setup.add_import_error(self, deployment_id, filename, stack_trace)

    def order_unreachable_airflow(self, deployments: str, status: int, body: str) -> None:
        """Order what stands in for a Deployment's Airflow while it is asleep or being created.

        :param deployments: A Deployment's id or name, or a pattern of names such as ``pr-*``, which also applies to
            Deployments that are created later.
        :param status: HTTP status.
        :param body: Text or HTML.
        :raises KeyError: ``deployments`` is not a pattern, and no Deployment has this id or name.
        """
        setup.order_unreachable(self, deployments, status, body)

    def add_airflow_connection(self, deployment_id: str, connection_id: str, **fields: Any) -> None:
        """Add a connection to a Deployment's Airflow, or replace it.

        :param deployment_id: The Deployment.
        :param connection_id: The connection's id.
        :param fields: ``conn_type``, ``description``, ``host``, ``login``, ``schema``, ``port``, ``password``,
            ``extra`` (text).
        """
        setup.add_connection(self, deployment_id, connection_id, **fields)

    def airflow_connection(self, deployment_id: str, connection_id: str) -> dict[str, Any] | None:
        """Return a connection as it is stored, its password included; ``None``: there is none.

        :param deployment_id: The Deployment.
        :param connection_id: The connection's id.
        """
        return setup.stored_object(self, deployment_id, "connection", connection_id)

    def add_airflow_variable(self, deployment_id: str, key: str, value: str, description: str | None = None) -> None:
        """Add a variable to a Deployment's Airflow, or replace it.

        :param deployment_id: The Deployment.
        :param key: Its key.
        :param value: Its value.
        :param description: Its description.
        """
        setup.add_variable(self, deployment_id, key, value, description)

    def airflow_variable(self, deployment_id: str, key: str) -> str | None:
        """Return the value of a variable as it is stored; ``None``: there is none.

        :param deployment_id: The Deployment.
        :param key: Its key.
        """
        found = setup.stored_object(self, deployment_id, "variable", key)
        return str(found["value"]) if found else None

    def add_airflow_pool(
        self,
        deployment_id: str,
        name: str,
        slots: int,
        description: str | None = None,
        *,
        include_deferred: bool = False,
    ) -> None:
        """Add a pool to a Deployment's Airflow, or replace it.

        :param deployment_id: The Deployment.
        :param name: Its name.
        :param slots: How many; -1: any number.
        :param description: Its description.
        :param include_deferred: Whether deferred tasks take slots.
        """
        setup.add_pool(self, deployment_id, name, slots, description, include_deferred=include_deferred)

    def airflow_pool(self, deployment_id: str, name: str) -> dict[str, Any] | None:
        """Return a pool as it is stored; ``None``: there is none.

        :param deployment_id: The Deployment.
        :param name: Its name.
        """
        return setup.stored_object(self, deployment_id, "pool", name)

    def add_asset(self, deployment_id: str, uri: str, name: str | None = None) -> None:
        """Add an asset, or a dataset, to a Deployment's Airflow.

        :param deployment_id: The Deployment.
        :param uri: Its URI.
        :param name: Its name; default: the URI.
        """
        setup.add_asset(self, deployment_id, uri, name)
