"""The emulator as an object: started, asked, disturbed and stopped from Python."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

from astro_provider.emulator.airflow.emulated import EmulatedAirflows
from astro_provider.emulator.core.faults import Fault
from astro_provider.emulator.core.ids import new_id
from astro_provider.emulator.core.tokens import ROLES, Grant, issue
from astro_provider.emulator.resources import audit_logs, clusters, deploys, reset, seed, workspaces
from astro_provider.emulator.resources.deployments import setup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from astro_provider.emulator.core.journal import Request
    from astro_provider.emulator.http.server import Server


class Emulator(EmulatedAirflows):
    """A local Astro API on 127.0.0.1.

    :param port: TCP port; 0: a free one.
    :param progress: How statuses move on: ``immediately``, ``reads:N`` or ``seconds:S`` for each step.
    :param latency: Seconds before each response.
    :param database: SQLite file that stores the state across restarts; ``None``: in memory.
    :param token: The owner's token; default: one that is always the same.
    :param rate_limit: Whether to enforce the API's limits for each token.
    :param stale_healthy_reads: For how many reads after an update the old status still shows.
    :param take_unlisted: Whether to take regions and Astro Runtime versions that the emulator does not list.
    :param quiet: Whether to log no line for each call.
    :param clock: Epoch seconds, for ``seconds:S``, token ends and rate limits.
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
            clock=clock,
        )
        self.workspace_id = workspaces.FIRST_ID
        self._wanted_port = port
        self._server: Server | None = None
        self._socket: socket.socket | None = None
        if not self.store.all("organization"):
            seed(self)

    @property
    def url(self) -> str:
        """The API's base URL; the emulator must have been started."""
        return f"http://{self.address}/v1"

    @property
    def port(self) -> int:
        """The TCP port it listens at, or will."""
        return self._socket.getsockname()[1] if self._socket else self._wanted_port

    def __enter__(self) -> Emulator:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Serve in a thread; returns when requests are accepted.

        :raises OSError: The port is taken.
        :raises RuntimeError: The extra ``emulator`` is not installed.
        """
        try:
            from astro_provider.emulator.http.app import build
            from astro_provider.emulator.http.server import Server
        except ModuleNotFoundError as error:
            raise RuntimeError(
                f"The emulator needs {error.name}. Install it with: pip install 'airflow-provider-astro[emulator]'"
            ) from None
        server = Server(build(self))
        server.start(self._listen())
        self._server = server

    def _listen(self) -> socket.socket:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind(("127.0.0.1", self._wanted_port))
            self._socket.listen()  # from now on calls wait for the server instead of being refused
        except OSError:
            self._socket.close()
            self._socket = None
            raise
        return self._socket

    def stop(self) -> None:
        """Stop serving. State in a database file stays."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self.store.close()

    def connection(self) -> dict[str, Any]:
        """Return the Airflow connection for this emulator, as for ``AIRFLOW_CONN_...`` in JSON."""
        return {"conn_type": "astro", "host": self.url, "password": self.token}

    # What tests do to it

    def fault(self, method: str = "*", path: str = "*", **what: Any) -> None:
        """Order a fault; see :class:`astro_provider.emulator.core.faults.Fault`.

        :param method: HTTP method; ``*``: any.
        :param path: Path below ``/v1``, with ``*``.
        :param what: What goes wrong, and how often.
        """
        self.faults.add(Fault.ordered(method=method, path=path, **what))

    def clear_faults(self) -> None:
        """Cancel the faults that are still waiting to happen."""
        self.faults.clear()

    @property
    def requests(self) -> list[Request]:
        """The calls so far, oldest first."""
        return list(self.journal)

    def clear_requests(self) -> None:
        """Forget the calls so far."""
        self.journal.clear()

    def issue_token(
        self,
        role: str = "WORKSPACE_MEMBER",
        workspace_id: str | None = None,
        expires_in: float | None = None,
        name: str | None = None,
    ) -> str:
        """Make another token, with an id of its own.

        :param role: One of the roles in ``astro_provider.emulator.core.tokens.ROLES``.
        :param workspace_id: The only Workspace it is for; default for Workspace roles: the first one.
        :param expires_in: Seconds of its life; negative: over already; ``None``: endless.
        :param name: Its name; default: the role in lower case.
        """
        if role not in ROLES:
            raise ValueError(f"role={role!r}; allowed: {', '.join(ROLES)}")
        if role.startswith("WORKSPACE_"):
            workspace_id = workspace_id or self.workspace_id
        ends = None if expires_in is None else self.clock() + expires_in
        token_id = new_id()
        grant = Grant(role, workspace_id, ends, token_id, name or role.lower())
        return issue(self.organization_id, grant, token_id)

    @property
    def deployments(self) -> list[dict[str, Any]]:
        """The Deployments as the API would show them; looking does not move their status on."""
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
        :param node_pools: At least ``nodeInstanceType`` each.
        :param workspace_ids: The only Workspaces that may use it.
        """
        return clusters.add_cluster(self, name, type, cloud_provider, region, node_pools, workspace_ids)

    def add_deployment(self, name: str, workspace_id: str | None = None, **fields: Any) -> str:
        """Add a Deployment that is HEALTHY already; returns its id.

        :param name: Its name.
        :param workspace_id: Id or name of its Workspace; default: the first one.
        :param fields: Fields of a create request, and of a response (``createdAt``, ``createdBy``, ``status``, ...). A
            ``status`` that is not HEALTHY begins the life cycle there, if it is CREATING, and is pinned otherwise.
        """
        return setup.add_deployment(self, name, workspace_id, **fields)

    def add_deploy(self, deployment_id: str, **fields: Any) -> str:
        """Add a deploy of DAGs that is DEPLOYED; returns its id.

        :param deployment_id: The Deployment.
        :param fields: Further fields of the API document.
        """
        return deploys.add_deploy(self, deployment_id, **fields)

    def set_status(self, deployment_id: str, status: str, reason: str | None = None) -> None:
        """Hold a Deployment's status until its next update.

        :param deployment_id: The Deployment.
        :param status: The status.
        :param reason: Its ``statusReason``.
        """
        setup.set_status(self, deployment_id, status, reason)

    def add_audit_records(self, records: Iterable[dict[str, Any]]) -> None:
        """Add records to the audit log.

        :param records: Each with a ``timestamp``; one whose moment cannot be read is in every window.
        """
        audit_logs.add_audit_records(self, records)

    @property
    def audit_records(self) -> list[dict[str, Any]]:
        """The audit log: what took effect, whether or not its response arrived."""
        return audit_logs.audit_records(self)

    def reset(self) -> None:
        """Go back to the beginning: seeds only, no calls, no faults."""
        reset(self)
