"""The endpoints below ``/v1``: who may call them, and what they do."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core import progress as lifecycle
from astro_provider.emulator.core.problems import Problem, forbidden, invalid, not_found
from astro_provider.emulator.resources import deployments, hibernation
from astro_provider.emulator.resources.deployment_options import PROVIDERS, TYPES, deployment_options, executors
from astro_provider.emulator.seeds import moment, new_id
from astro_provider.emulator.validation import check_create, check_update

if TYPE_CHECKING:
    from astro_provider.emulator.core.progress import Progress
    from astro_provider.emulator.core.store import Store
    from astro_provider.emulator.core.tokens import Grant


@dataclass
class Call:
    """One authenticated call.

    :param grant: What its token allows.
    :param query: Query parameters; a key may stand more than once.
    :param body: The JSON body.
    """

    grant: Grant
    query: list[tuple[str, str]]
    body: Any = None

    def all(self, name: str) -> list[str]:
        """Return the values of a repeated parameter.

        :param name: The parameter.
        """
        return [value for key, value in self.query if key == name]

    def one(self, name: str, choices: tuple[str, ...] | list[str] = ()) -> str | None:
        """Return a parameter that stands once.

        :param name: The parameter.
        :param choices: The only values it may have.
        """
        found = self.all(name)
        if found and choices and found[-1] not in choices:
            raise invalid(f"{name} must be one of {', '.join(choices)}", (name, "oneof", "unknown value"))
        return found[-1] if found else None


class Api:
    """What the API does, without HTTP.

    :param store: Where documents are kept.
    :param progress: How statuses move on.
    :param organization_id: The only Organization.
    """

    def __init__(self, store: Store, progress: Progress, organization_id: str) -> None:
        self.store = store
        self.progress = progress
        self.organization_id = organization_id
        self.stale_healthy_reads = 0

    def organizations(self, call: Call) -> dict[str, Any]:
        """List Organizations."""
        return _page(call, "organizations", self.store.all("organization"))

    def organization(self, call: Call) -> dict[str, Any]:
        """Show the Organization."""
        return self._need("organization", self.organization_id, "Organization")

    def list_named(self, call: Call, kind: str) -> dict[str, Any]:
        """List Workspaces or clusters."""
        found = self.store.all(kind)
        if kind == "workspace":
            found = [w for w in found if call.grant.may_see(w["id"])]
            if ids := call.all("workspaceIds"):
                found = [w for w in found if w["id"] in ids]
        elif provider := call.one("provider", PROVIDERS):
            found = [c for c in found if c["cloudProvider"] == provider]
        if names := call.all("names"):
            found = [item for item in found if item["name"] in names]
        return _page(call, f"{kind}s", found)

    def get_named(self, call: Call, kind: str, identifier: str) -> dict[str, Any]:
        """Show a Workspace or a cluster."""
        document = self._need(kind, identifier, kind.title())
        if kind == "workspace" and not call.grant.may_see(identifier):
            raise forbidden("workspace.get")
        return document

    def options(self, call: Call) -> dict[str, Any]:
        """Show what Deployments may be made of."""
        kind = call.one("deploymentType", TYPES)
        call.one("executor", executors(None))
        call.one("cloudProvider", PROVIDERS)
        return deployment_options(kind)

    def list_deployments(self, call: Call) -> dict[str, Any]:
        """List Deployments; each one listed counts as read."""
        found = [d for d in self.store.all("deployment") if call.grant.may_see(d["workspaceId"])]
        for name, key in (("deploymentIds", "id"), ("names", "name"), ("workspaceIds", "workspaceId")):
            if wanted := call.all(name):
                found = [d for d in found if d[key] in wanted]
        page = _page(call, "deployments", found)
        page["deployments"] = [deployments.shown(self._read(d)) for d in page["deployments"]]
        return page

    def get_deployment(self, call: Call, identifier: str) -> dict[str, Any]:
        """Show a Deployment; that counts as a read."""
        return deployments.shown(self._read(self._deployment(call, identifier)))

    def create_deployment(self, call: Call) -> dict[str, Any]:
        """Create a Deployment."""
        if not call.grant.may_write():
            raise forbidden("workspace.deployments.create")
        kind = check_create(call.body)
        workspace = self.store.get("workspace", call.body["workspaceId"])
        if workspace is None:
            raise invalid(
                f"Workspace {call.body['workspaceId']!r} does not exist", ("workspaceId", "exists", "unknown")
            )
        if not call.grant.may_see(workspace["id"]):
            raise forbidden("workspace.deployments.create")
        self._check_name(call.body["name"], workspace["id"], None)
        if kind != "STANDARD" and not call.body.get("clusterId"):
            raise invalid("clusterId is required", ("clusterId", "required", "is required"))
        cluster = self._cluster(call.body.get("clusterId"), kind)
        document = deployments.new_deployment(call.body, workspace, cluster)
        self.progress.begin(document, lifecycle.final_steps(document, lifecycle.CREATION))
        self.store.put("deployment", document)
        return deployments.shown(document)

    def update_deployment(self, call: Call, identifier: str) -> dict[str, Any]:
        """Replace a Deployment's settings."""
        stored = self._deployment(call, identifier, writing="deployment.update")
        kind = check_update(call.body, deployments.is_remote(stored))
        if kind != stored["type"]:
            raise invalid(f"the type {stored['type']} cannot be changed to {kind}", ("type", "immutable", "is fixed"))
        if call.body["workspaceId"] != stored["workspaceId"]:
            raise invalid("a Deployment cannot be moved", ("workspaceId", "immutable", "is fixed"))
        self._check_name(call.body["name"], stored["workspaceId"], identifier)
        document = deployments.change(stored, call.body, self._cluster(stored.get("clusterId"), kind))
        steps = lifecycle.final_steps(document, lifecycle.UPDATE)
        self.progress.begin(document, steps, stale_reads=self.stale_healthy_reads)
        self.store.put("deployment", document)
        return deployments.shown(document)

    def delete_deployment(self, call: Call, identifier: str) -> None:
        """Delete a Deployment."""
        self._deployment(call, identifier, writing="deployment.delete")
        self.store.delete("deployment", identifier)

    def override_hibernation(self, call: Call, identifier: str) -> dict[str, Any]:
        """Put a development Deployment to sleep or wake it, whatever its schedules say."""
        stored = self._deployment(call, identifier, writing="deployment.update")
        override = hibernation.set_override(stored, hibernation.checked_override(call.body), self.progress)
        self.store.put("deployment", stored)
        return override

    def remove_override(self, call: Call, identifier: str) -> None:
        """Let a development Deployment's schedules rule again."""
        stored = self._deployment(call, identifier, writing="deployment.update")
        hibernation.set_override(stored, None, self.progress)
        self.store.put("deployment", stored)

    def audit_logs(self, call: Call) -> bytes:
        """Return the audit log records of a window as gzipped NDJSON."""
        if call.grant.role != "ORGANIZATION_OWNER":
            raise forbidden("organization.auditLogs.get")
        try:
            start, end = (_instant(call.one(name)) for name in ("startDate", "endDate"))
        except ValueError as error:
            raise invalid(f"not a date-time: {error}") from None
        records = [entry["record"] for entry in self.store.all("audit")]
        chosen = [record for record in records if _within(_moment_of(record), start, end)]
        return gzip.compress("".join(json.dumps(record) + "\n" for record in chosen).encode())

    def record(self, method: str, path: str, body: Any) -> None:
        """Write a change into the audit log.

        :param method: HTTP method.
        :param path: Path below ``/v1``.
        :param body: The request's JSON, secrets hidden.
        """
        entry = {
            "organizationId": self.organization_id,
            "subjectId": deployments.SUBJECT["id"],
            "subjectType": "SERVICEKEY",
            "timestamp": moment(),
            "sourceIp": "127.0.0.1",
            "method": method,
            "path": f"/v1{path}",
            "requestBody": body,
        }
        self.store.put("audit", {"id": new_id(), "record": entry})

    def _read(self, document: dict[str, Any]) -> dict[str, Any]:
        ended = hibernation.let_end(document, self.progress)
        if self.progress.read(document) or ended:
            self.store.put("deployment", document)
        return document

    def _deployment(self, call: Call, identifier: str, writing: str | None = None) -> dict[str, Any]:
        document = self._need("deployment", identifier, "Deployment")
        if not call.grant.may_see(document["workspaceId"]) or (writing and not call.grant.may_write()):
            raise forbidden(writing or "deployment.get")
        return document

    def _need(self, kind: str, identifier: str, name: str) -> dict[str, Any]:
        document = self.store.get(kind, identifier)
        if document is None:
            raise not_found(name, identifier)
        return document

    def _check_name(self, name: str, workspace_id: str, own_id: str | None) -> None:
        if not name.strip():
            raise invalid("the name is empty", ("name", "required", "is required"))
        for other in self.store.all("deployment"):
            if (other["workspaceId"], other["name"]) == (workspace_id, name) and other["id"] != own_id:
                raise invalid(f"Deployment name '{name}' already exists in this workspace")

    def _cluster(self, cluster_id: str | None, kind: str) -> dict[str, Any] | None:
        if cluster_id is None:
            return None
        cluster = self.store.get("cluster", cluster_id)
        if cluster is None or (kind == "HYBRID") != (cluster["type"] == "HYBRID"):
            raise invalid(
                f"there is no cluster {cluster_id!r} for a {kind} Deployment", ("clusterId", "exists", "unknown")
            )
        return cluster


def _page(call: Call, key: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Sort and cut a list as the API does."""
    offset, limit = _count(call, "offset", 0), _count(call, "limit", 20)
    for order in reversed(call.all("sorts")):
        field, _, direction = order.partition(":")
        if field not in {"name", "createdAt", "updatedAt"} or direction not in {"asc", "desc"}:
            raise invalid(f"cannot sort by {order!r}", ("sorts", "oneof", "unknown order"))
        found = sorted(found, key=lambda item: str(item[field]), reverse=direction == "desc")
    return {key: found[offset : offset + limit], "offset": offset, "limit": limit, "totalCount": len(found)}


def _count(call: Call, name: str, default: int) -> int:
    text = call.one(name)
    if text is None:
        return default
    if not text.isdigit() or (name == "limit" and not 0 <= int(text) <= 1000):
        raise invalid(f"{name} must be a number", (name, "range", "out of range"))
    return int(text)


def _within(moment: datetime | None, start: datetime | None, end: datetime | None) -> bool:
    return moment is None or ((start is None or moment >= start) and (end is None or moment <= end))


def _moment_of(record: dict[str, Any]) -> datetime | None:
    try:
        return _instant(record.get("timestamp"))
    except (AttributeError, ValueError):  # a number, or text that is no moment
        return None


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if instant.tzinfo is None:
        raise ValueError(text)
    return instant


__all__ = ["Api", "Call", "Problem"]
