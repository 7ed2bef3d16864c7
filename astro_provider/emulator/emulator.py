"""The emulator as an object: started, asked, disturbed and stopped from Python."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

from astro_provider.emulator import seeds
from astro_provider.emulator.api import Api
from astro_provider.emulator.core import progress as lifecycle
from astro_provider.emulator.core.faults import Fault, Faults
from astro_provider.emulator.core.limits import RateLimits
from astro_provider.emulator.core.store import Store
from astro_provider.emulator.core.tokens import ROLES, Grant, issue
from astro_provider.emulator.resources import deployments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from astro_provider.emulator.core.journal import Request
    from astro_provider.emulator.http.server import Server

STATUSES = ("CREATING", "DEPLOYING", "HEALTHY", "UNHEALTHY", "UNKNOWN", "HIBERNATING")


class Emulator:
    """A local Astro API on 127.0.0.1.

    :param port: TCP port; 0: a free one.
    :param progress: How statuses move on: ``immediately``, ``reads:N`` or ``seconds:S`` for each step.
    :param latency: Seconds before each answer.
    :param database: SQLite file that keeps the state over a restart; ``None``: in memory.
    :param token: The owner's token; default: one that is always the same.
    :param rate_limit: Whether to enforce the API's limits for each token.
    :param stale_healthy_reads: For how many reads after an update the old status still shows.
    :param quiet: Whether to log no line for each call.
    :param clock: Epoch seconds, for ``seconds:S``, token ends and rate limits.
    :raises OSError: The port is taken.
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
        quiet: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.organization_id = seeds.ORGANIZATION_ID
        self.workspace_id = seeds.fixed_id("workspace/Development")
        owner = Grant("ORGANIZATION_OWNER")
        self.token = token or issue(self.organization_id, owner, seeds.fixed_id("token"))
        self._grants = {self.token: owner}
        self.latency = latency
        self.quiet = quiet
        self.clock = clock
        self.faults = Faults()
        self.limits = RateLimits(clock) if rate_limit else None
        self.journal: list[Request] = []
        self.store = Store(database)
        self.api = Api(self.store, lifecycle.Progress(progress, clock), self.organization_id)
        self.stale_healthy_reads = stale_healthy_reads
        self._wanted_port = port
        self._server: Server | None = None
        self._socket: socket.socket | None = None
        if not self.store.all("organization"):
            self._seed()

    @property
    def url(self) -> str:
        """The API's base URL; the emulator must have been started."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def port(self) -> int:
        """The TCP port it listens at, or will."""
        return self._socket.getsockname()[1] if self._socket else self._wanted_port

    @property
    def stale_healthy_reads(self) -> int:
        """For how many reads after an update the old status still shows."""
        return self.api.stale_healthy_reads

    @stale_healthy_reads.setter
    def stale_healthy_reads(self, reads: int) -> None:
        self.api.stale_healthy_reads = reads

    def __enter__(self) -> Emulator:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def listen(self) -> socket.socket:
        """Take the port; raises OSError when it is taken."""
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

    def start(self) -> None:
        """Serve in a thread; returns when requests are accepted."""
        server = make_server(self)
        server.start(self.listen())
        self._server = server

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
        self, role: str = "WORKSPACE_MEMBER", workspace_id: str | None = None, expires_in: float | None = None
    ) -> str:
        """Make another token.

        :param role: One of the roles in ``astro_provider.emulator.core.tokens.ROLES``.
        :param workspace_id: The only Workspace it is for; default for Workspace roles: the first one.
        :param expires_in: Seconds of its life; negative: over already; ``None``: endless.
        """
        if role not in ROLES:
            raise ValueError(f"role={role!r}; allowed: {', '.join(ROLES)}")
        if role.startswith("WORKSPACE_"):
            workspace_id = workspace_id or self.workspace_id
        ends = None if expires_in is None else self.clock() + expires_in
        return issue(self.organization_id, Grant(role, workspace_id, ends), seeds.new_id())

    def grant(self, token: str) -> Grant | None:
        """Return what one of the tokens given to this object allows.

        :param token: The token.
        """
        return self._grants.get(token)

    @property
    def deployments(self) -> list[dict[str, Any]]:
        """The Deployments as the API would show them; looking does not move their status on."""
        return [deployments.shown(document) for document in self.store.all("deployment")]

    def stored_secret(self, deployment_id: str, key: str) -> str | None:
        """Return the value of a variable, secret or not.

        :param deployment_id: The Deployment.
        :param key: The variable.
        """
        entries = self._deployment(deployment_id)["environmentVariables"]
        return next((entry["value"] for entry in entries if entry["key"] == key), None)

    def add_workspace(self, name: str, **fields: Any) -> str:
        """Add a Workspace; returns its id.

        :param name: Its name.
        :param fields: Further fields of the API document.
        """
        workspace = seeds.workspace(name, seeds.new_id(), **fields)
        self.store.put("workspace", workspace)
        return str(workspace["id"])

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
        cluster = seeds.cluster(
            name,
            seeds.new_id(),
            cluster_type=type,
            cloud_provider=cloud_provider,
            region=region,
            node_pools=list(node_pools),
            workspace_ids=workspace_ids,
        )
        self.store.put("cluster", cluster)
        return str(cluster["id"])

    def add_deployment(self, name: str, workspace_id: str | None = None, **fields: Any) -> str:
        """Add a Deployment that is HEALTHY already; returns its id.

        :param name: Its name.
        :param workspace_id: Id or name of its Workspace; default: the first one.
        :param fields: Fields of a create request, and of an answer (``createdAt``, ``status``, ...). A ``status`` that
            is not HEALTHY begins the life cycle there, if it is CREATING, and is pinned otherwise.
        """
        workspace = self._workspace(workspace_id or self.workspace_id)
        shown = {key: fields.pop(key) for key in ("createdAt", "updatedAt", "createdBy") if key in fields}
        status = fields.pop("status", "HEALTHY")
        cluster = self.store.get("cluster", fields["clusterId"]) if "clusterId" in fields else None
        document = deployments.new_deployment({"name": name, "type": "STANDARD", **fields}, workspace, cluster)
        if status == "CREATING":
            self.api.progress.begin(document, lifecycle.CREATION)
        else:
            lifecycle.pin(document, status, None)
        self.store.put("deployment", document | shown)
        return str(document["id"])

    def set_status(self, deployment_id: str, status: str, reason: str | None = None) -> None:
        """Cooldown a Deployment's status until its next update.

        :param deployment_id: The Deployment.
        :param status: The status.
        :param reason: Its ``statusReason``.
        """
        if status not in STATUSES:
            raise KeyError(status)
        with self.store.lock:
            document = self._deployment(deployment_id)
            lifecycle.pin(document, status, reason)
            self.store.put("deployment", document)

    def add_audit_records(self, records: Iterable[dict[str, Any]]) -> None:
        """Add records to the audit log.

        :param records: Each with a ``timestamp``; one whose moment cannot be read is in every window.
        """
        for record in records:
            self.store.put("audit", {"id": seeds.new_id(), "record": record})

    @property
    def audit_records(self) -> list[dict[str, Any]]:
        """The audit log: what took effect, whether or not its answer arrived."""
        return [entry["record"] for entry in self.store.all("audit")]

    def reset(self) -> None:
        """Go back to the beginning: seeds only, no calls, no faults."""
        with self.store.lock:
            self.store.clear()
            self._seed()
        self.clear_faults()
        self.clear_requests()

    def _seed(self) -> None:
        for kind, document in seeds.documents():
            self.store.put(kind, document)

    def _workspace(self, identifier: str) -> dict[str, Any]:
        for workspace in self.store.all("workspace"):
            if identifier in (workspace["id"], workspace["name"]):
                return workspace
        raise KeyError(identifier)

    def _deployment(self, deployment_id: str) -> dict[str, Any]:
        document = self.store.get("deployment", deployment_id)
        if document is None:
            raise KeyError(deployment_id)
        return document


def make_server(emulator: Emulator) -> Server:
    """Return the HTTP server for an emulator.

    :param emulator: Whose state it serves.
    :raises RuntimeError: The extra ``emulator`` is not installed.
    """
    try:
        from astro_provider.emulator.http.app import build
        from astro_provider.emulator.http.server import Server
    except ModuleNotFoundError as error:
        raise RuntimeError(
            f"The emulator needs {error.name}. Install it with: pip install 'airflow-provider-astro[emulator]'"
        ) from None
    return Server(build(emulator))


__all__ = ["Emulator", "make_server"]
