"""The emulator as an object: started, asked, disturbed and stopped from Python."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

from astro_provider.emulator.access import Access
from astro_provider.emulator.airflow.emulated import EmulatedAirflows
from astro_provider.emulator.resources import audit_logs, clusters, reset, seed, workspaces
from astro_provider.emulator.resources.deployments import setup
from astro_provider.emulator.resources.deploys import setup as deploys
from astro_provider.emulator.targets import ordered_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from astro_provider.emulator.core.journal import Request
    from astro_provider.emulator.http.server import Server


class Emulator(Access, EmulatedAirflows):
    """A local Astro API on 127.0.0.1.

    :param port: TCP port; 0 for a free one.
    :param progress: How statuses advance: ``immediately``, ``reads:N`` or ``seconds:S`` for each step.
    :param latency: Seconds before each response.
    :param database: SQLite file that stores the state across restarts; ``None``: in memory.
    :param token: The owner's token; default: one that is always the same.
    :param rate_limit: Whether to enforce the API's limits for each token.
    :param stale_healthy_reads: Number of reads after an update that still show the old status.
    :param take_unlisted: Whether to accept regions and Astro Runtime versions that the emulator does not list.
    :param quiet: Whether to leave out the log line for each call.
    :param upload_port: TCP port of the upload store; 0 for a free one.
    :param registry: Host and port of a real image registry, such as ``127.0.0.1:5000``, for the images of deploys. When
        a deploy is finalized, the emulator looks for its image there. ``None``: images are not checked.
    :param variants: Names of ``astro_provider.emulator.state.VARIANTS``: alternative behavior where Astro's own
        behavior is not documented.
    :param clock: Clock in epoch seconds, for ``seconds:S``, expiry of tokens, rate limits and uploads.
    """

    def __init__(
        self,
        port: int = 0,
        progress: str = "reads:2",
        latency: float = 0.0,
        database: str | Path | None = None,
        token: str | None = None,
        *,
        rate_limit: bool = False,
        stale_healthy_reads: int = 0,
        take_unlisted: bool = False,
        quiet: bool = True,
        upload_port: int = 0,
        registry: str | None = None,
        variants: Iterable[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(
            progress,
            latency,
            database,
            token,
            rate_limit=rate_limit,
            stale_healthy_reads=stale_healthy_reads,
            take_unlisted=take_unlisted,
            quiet=quiet,
            registry=registry,
            variants=variants,
            clock=clock,
        )
        self._wanted_ports = (port, upload_port)
        self._server: Server | None = None
        self._sockets: list[socket.socket] = []
        if not self.store.all("organization"):
            seed(self)

    @property
    def url(self) -> str:
        """The base URL of the API. The emulator must have been started."""
        return f"http://{self.address}/v1"

    @property
    def port(self) -> int:
        """The TCP port on which the emulator listens or will listen."""
        return self._port(0)

    @property
    def upload_port(self) -> int:
        """The TCP port on which the upload store listens or will listen."""
        return self._port(1)

    def _port(self, number: int) -> int:
        return self._sockets[number].getsockname()[1] if self._sockets else self._wanted_ports[number]

    def __enter__(self) -> Emulator:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Serve in a thread; returns when the emulator accepts requests.

        :raises OSError: The port is in use.
        :raises RuntimeError: The extra ``emulator`` is not installed.
        """
        try:
            from astro_provider.emulator.http import app, uploads
            from astro_provider.emulator.http.server import Server
        except ModuleNotFoundError as error:
            raise RuntimeError(
                f"The emulator needs {error.name}. Install it with: pip install 'airflow-provider-astro[emulator]'"
            ) from None
        server = Server(app.build(self), uploads.build(self))
        server.start(*self._listen())
        self._server = server

    def _listen(self) -> list[socket.socket]:
        opened: list[socket.socket] = []
        try:
            for port in self._wanted_ports:
                # asyncio sends at once (TCP_NODELAY) only on sockets that name TCP; on others, each response but the
                # first of a connection arrives 40 ms late.
                opened.append(socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP))
                opened[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                opened[-1].bind(("127.0.0.1", port))
                opened[-1].listen()  # from now on calls wait for the server instead of being refused
        except OSError:
            for each in opened:
                each.close()
            raise
        self._sockets = opened
        return opened

    def stop(self) -> None:
        """Stop serving. State in a database file remains."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        for each in self._sockets:
            each.close()
        self._sockets = []
        self.uploads.close()
        self.store.close()

    def connection(self) -> dict[str, Any]:
        """Return the Airflow connection for this emulator as JSON, for ``AIRFLOW_CONN_...``."""
        return {"conn_type": "astro", "host": self.url, "password": self.token}

    # What tests do to it

    def fault(self, method: str = "*", path: str = "*", **what: Any) -> None:
        """Inject a fault; see :class:`astro_provider.emulator.core.faults.Fault`.

        :param method: HTTP method; ``*``: any.
        :param path: Path below ``/v1``, with ``*``.
        :param what: What goes wrong, and how often.
        :raises TypeError: There is no such field of a fault.
        :raises ValueError: A field cannot have its value, or the emulator serves no such method and path.
        """
        self.faults.add(ordered_fault(self, method=method, path=path, **what))

    def clear_faults(self) -> None:
        """Cancel all faults that have not happened yet."""
        self.faults.clear()

    @property
    def requests(self) -> list[Request]:
        """The requests so far, oldest first."""
        return list(self.journal)

    def clear_requests(self) -> None:
        """Forget the requests so far."""
        self.journal.clear()

    @property
    def deployments(self) -> list[dict[str, Any]]:
        """The Deployments as the API would show them. Looking at them here does not count as a read; statuses that do
        not advance with reads are up to date.
        """
        return setup.shown_deployments(self)

    def stored_secret(self, deployment_id: str, key: str) -> str | None:
        """Return the value of a variable, secret or not.

        :param deployment_id: The Deployment.
        :param key: The variable.
        """
        entries = setup.stored_deployment(self, deployment_id)["environmentVariables"]
        return next((entry["value"] for entry in entries if entry["key"] == key), None)

    def add_workspace(self, name: str, **fields: Any) -> str:
        """Add a Workspace; returns its id.

        :param name: Its name.
        :param fields: Further fields of the API document.
        """
        return workspaces.add_workspace(self, name, **fields)

    def add_cluster(
        self,
        name: str,
        type: str = "DEDICATED",  # noqa: A002  (the API's own word)
        cloud_provider: str = "AWS",
        region: str = "us-east-1",
        node_pools: Iterable[dict[str, Any]] = ({"nodeInstanceType": "m6i.xlarge"},),
        workspace_ids: list[str] | None = None,
    ) -> str:
        """Add a cluster; returns its id.

        :param name: Its name.
        :param type: DEDICATED or HYBRID.
        :param cloud_provider: AWS, AZURE or GCP.
        :param region: The provider's region.
        :param node_pools: The node pools, each with at least ``nodeInstanceType``.
        :param workspace_ids: The only Workspaces that may use the cluster.
        """
        return clusters.add_cluster(self, name, type, cloud_provider, region, node_pools, workspace_ids)

    def add_deployment(self, name: str, workspace_id: str | None = None, **fields: Any) -> str:
        """Add a Deployment that is already HEALTHY; returns its id.

        :param name: Its name.
        :param workspace_id: Id or name of its Workspace; default: the first one.
        :param fields: Fields of a create request and of a response (``createdAt``, ``createdBy``, ``status``, ...).
            With the ``status`` CREATING, the Deployment starts its life cycle there; any other status except HEALTHY
            does not change.
        """
        return setup.add_deployment(self, name, workspace_id, **fields)

    def add_deploy(self, deployment_id: str, files: Mapping[str, bytes] | None = None, **fields: Any) -> str:
        """Add a deploy of DAGs that is DEPLOYED and that the Deployment runs from now on; returns its id.

        :param deployment_id: The Deployment.
        :param files: Contents by path in the tarball, such as ``dags/report.py``; default: an empty tarball.
        :param fields: Further fields of the API document.
        """
        return deploys.add_deploy(self, deployment_id, files, **fields)

    def fail_deploys(self, deployments: str, times: int = 1) -> None:
        """Make the next deploys fail when they are finalized: they end as FAILED, and the Deployment keeps its code.

        :param deployments: A Deployment's id or name, or a pattern of names such as ``pr-*``, which also applies to
            Deployments that are created later.
        :param times: How many deploys fail, counted across all these Deployments; 0 cancels earlier calls. For each
            Deployment, only the latest call counts.
        :raises KeyError: ``deployments`` is not a pattern, and no Deployment has this id or name.
        """
        deploys.fail_deploys(self, deployments, times)

    def dags(self, deployment_id: str) -> dict[str, bytes]:
        """Return the DAG files that a Deployment currently runs, by their paths in the tarball.

        :param deployment_id: The Deployment.
        :raises ValueError: The upload is not a tarball, or is too large.
        """
        return deploys.dags(self, deployment_id)

    def set_status(self, deployment_id: str, status: str, reason: str | None = None) -> None:
        """Set a Deployment's status, which then stays until its next update.

        :param deployment_id: The Deployment.
        :param status: The status.
        :param reason: Its ``statusReason``.
        """
        setup.set_status(self, deployment_id, status, reason)

    def add_audit_records(self, records: Iterable[dict[str, Any]]) -> None:
        """Add records to the audit log.

        :param records: The records, each with a ``timestamp``; a record whose time cannot be read is in every window.
        """
        audit_logs.add_audit_records(self, records)

    @property
    def audit_records(self) -> list[dict[str, Any]]:
        """The audit log: all changes that took effect, whether or not their response arrived."""
        return audit_logs.audit_records(self)

    def reset(self) -> None:
        """Restore the initial state: only seeds, no requests, no faults."""
        reset(self)
