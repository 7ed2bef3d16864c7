"""Deployments: list, get, create, update, delete, hibernate, and the options they may be made of."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from astro_provider.common.ids import checked_id
from astro_provider.common.moments import rfc3339_seconds
from astro_provider.errors import (
    AmbiguousNameError,
    ApiError,
    AstroError,
    BadRequestError,
    NoResponseError,
    NotFoundError,
    UnexpectedResponseError,
)
from astro_provider.http.pages import PAGE_SIZE, parse, read_all
from astro_provider.http.retry import TRANSIENT_STATUSES, Repeat
from astro_provider.models.api import Deployment, DeploymentOptions, DeploymentState, HibernationOverride

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from astro_provider.http.transport import Transport

log = logging.getLogger(__name__)

#: How much earlier than our first try a Deployment may seem to be created and still be ours: the ``Date`` header, by
#: which the two clocks are compared, counts in whole seconds.
CLOCK_TOLERANCE = timedelta(seconds=5)
#: Airflow's own limit for masking.
SHORTEST_HIDDEN = 5
#: How often a create is sent when each answer is lost.
MAX_CREATES = 3


class Deployments:
    """The Deployments of one Organization.

    :param transport: Where to send.
    :param organization_path: ``/organizations/{id}``.
    """

    def __init__(self, transport: Transport, organization_path: str) -> None:
        self._transport = transport
        self._path = f"{organization_path}/deployments"
        self._options_path = f"{organization_path}/deployment-options"

    def list(
        self,
        *,
        deployment_ids: Sequence[str] = (),
        names: Sequence[str] = (),
        workspace_ids: Sequence[str] = (),
        page_size: int = PAGE_SIZE,
        repeat: Repeat = Repeat.SAFE,
    ) -> list[Deployment]:
        """Return all Deployments that fit every given filter, oldest first.

        :param deployment_ids: Only these ids.
        :param names: Only these names, exactly.
        :param workspace_ids: Only in these Workspaces.
        :param page_size: Items to ask for at once.
        :param repeat: How freely the call may be sent again.
        """
        filters = [
            *(("deploymentIds", value) for value in deployment_ids),
            *(("names", value) for value in names),
            *(("workspaceIds", value) for value in workspace_ids),
        ]
        items = read_all(self._transport, self._path, "deployments", filters, page_size=page_size, repeat=repeat)
        found = [cast("Deployment", parse(Deployment, item, "GET", self._path)) for item in items]
        # The API does not say whether ``names`` is exact; a name that merely contains another is not meant.
        return [d for d in found if d.name in names] if names else found

    def states(self, deployment_ids: Sequence[str], *, repeat: Repeat = Repeat.SAFE) -> dict[str, DeploymentState]:
        """Return what waits need of Deployments, by id; those that do not exist are left out.

        :param deployment_ids: Their ids.
        :param repeat: How freely the call may be sent again.
        """
        wanted = [("deploymentIds", value) for value in deployment_ids]
        size = max(2, len(wanted))
        items = read_all(self._transport, self._path, "deployments", wanted, page_size=size, repeat=repeat)
        states = [cast("DeploymentState", parse(DeploymentState, item, "GET", self._path)) for item in items]
        return {state.id: state for state in states}

    def count(self) -> int:
        """Return how many Deployments the token can see; one cheap call."""
        answer = self._transport.get(self._path, [("limit", "1")])
        total = answer.get("totalCount")
        if not isinstance(total, int):
            raise UnexpectedResponseError("GET", self._path, 200, "the body has no totalCount; is this the Astro API?")
        return total

    def find(self, name: str, *, workspace_id: str | None = None) -> Deployment | None:
        """Return the one Deployment of this name, or ``None``.

        :param name: The exact name.
        :param workspace_id: Where to look; names are unique within a Workspace only.
        :raises AmbiguousNameError: Several Workspaces have one of this name.
        """
        matches = self.list(names=[name], workspace_ids=[workspace_id] if workspace_id else [])
        if len(matches) > 1:
            listed = ", ".join(f"{d.id} in Workspace {d.workspace_name or d.workspace_id}" for d in matches)
            raise AmbiguousNameError(
                f"{len(matches)} Deployments are named {name!r}: {listed}. Name the Workspace, or give the id."
            )
        return matches[0] if matches else None

    def server_time(self) -> datetime:
        """The time by the API's own clock, as far as its last answer told it; one second coarse."""
        return self._transport.server_time()

    def find_made_since(self, name: str, workspace_id: str, began: datetime) -> Deployment | None:
        """Return the Deployment of this name if it was created after a request was begun; ``None`` if it is older.

        :param name: The exact name.
        :param workspace_id: Its Workspace.
        :param began: From :meth:`server_time`, before the request.
        """
        found = self.find(name, workspace_id=workspace_id)
        return found if found and _is_since(found, began) else None

    def get(self, deployment_id: str, *, repeat: Repeat = Repeat.SAFE) -> Deployment:
        """Return one Deployment.

        :param deployment_id: Its id.
        :param repeat: How freely the call may be sent again.
        :raises NotFoundError: It does not exist (any more).
        """
        path = self._one(deployment_id)
        return cast("Deployment", parse(Deployment, self._transport.get(path, repeat=repeat), "GET", path))

    def create(self, body: dict[str, object]) -> Deployment:
        """Create a Deployment, exactly one even when an answer is lost.

        Create is not idempotent and has no idempotency key, so it is never repeated blindly: after an ambiguous
        failure the Deployment is looked up by its name, and create is sent again only when it is absent.

        :param body: The request body; its ``name`` must not be in use in its ``workspaceId``.
        :raises ApiError: Astro refused it.
        """
        name, workspace_id = str(body["name"]), str(body["workspaceId"])
        began = self.server_time()
        lost: AstroError | None = None
        for attempt in range(1, MAX_CREATES + 1):
            try:
                return self._post(self._path, body, Repeat.UNSENT)
            except (ApiError, NoResponseError, UnexpectedResponseError) as error:
                # A 400 is no refusal of ours when an earlier try took effect after all: the name is then our own.
                if not (_is_ambiguous(error) or (lost and isinstance(error, BadRequestError))):
                    raise
                made = self.find(name, workspace_id=workspace_id)
                if made is not None and _is_since(made, began):
                    log.warning("%s Yet %s was created by this call; going on with it.", error, made.label)
                    return made
                if made is not None or isinstance(error, BadRequestError):
                    raise
                lost = error
                log.warning("%s No Deployment %r was created (try %d of %d).", error, name, attempt, MAX_CREATES)
                if attempt < MAX_CREATES:
                    self._transport.pause(attempt)
        raise lost or AssertionError("unreachable")

    def update(self, deployment_id: str, body: dict[str, object]) -> Deployment:
        """Replace a Deployment's settings; a full replacement, hence safe to send again.

        :param deployment_id: Its id.
        :param body: The request body.
        """
        return self._post(self._one(deployment_id), body, Repeat.SAFE)

    def delete(self, deployment_id: str, *, repeat: Repeat = Repeat.SAFE) -> None:
        """Delete a Deployment; "not found" after a lost answer is success.

        :param deployment_id: Its id.
        :param repeat: How freely the call may be sent again.
        :raises NotFoundError: It did not exist at the first try.
        """
        failed: list[AstroError] = []
        try:
            self._transport.send("DELETE", self._one(deployment_id), repeat=repeat, on_retry=failed.append)
        except NotFoundError:
            if not any(_is_ambiguous(error) for error in failed):
                raise
            log.info("Deployment %s is gone: an earlier try whose answer was lost deleted it.", deployment_id)

    def override_hibernation(
        self, deployment_id: str, *, is_hibernating: bool, until: datetime | None = None
    ) -> HibernationOverride:
        """Put a development Deployment to sleep or wake it, whatever its schedules say; safe to send again.

        :param deployment_id: Its id.
        :param is_hibernating: Whether it sleeps.
        :param until: When the schedules rule again, in any time zone; ``None``: when the override is removed.
        """
        body: dict[str, object] = {"isHibernating": is_hibernating}
        if until is not None:
            body["overrideUntil"] = rfc3339_seconds(until)
        path = self._override(deployment_id)
        answer = self._transport.post(path, body, repeat=Repeat.SAFE)
        return cast("HibernationOverride", parse(HibernationOverride, answer, "POST", path))

    def remove_hibernation_override(self, deployment_id: str) -> None:
        """Let a development Deployment's schedules rule again; nothing happens where there is no override.

        :param deployment_id: Its id.
        """
        try:
            self._transport.send("DELETE", self._override(deployment_id))
        except NotFoundError:
            self.get(deployment_id)  # whether it was the override that is missing, or the Deployment

    def options(
        self,
        *,
        deployment_type: str | None = None,
        executor: str | None = None,
        cloud_provider: str | None = None,
    ) -> DeploymentOptions:
        """Return what a Deployment may be made of: machines, limits, defaults, runtimes.

        :param deployment_type: STANDARD, DEDICATED or HYBRID.
        :param executor: CELERY, KUBERNETES or ASTRO.
        :param cloud_provider: AWS, AZURE or GCP.
        """
        given = (("deploymentType", deployment_type), ("executor", executor), ("cloudProvider", cloud_provider))
        answer = self._transport.get(self._options_path, [(key, value) for key, value in given if value])
        return cast("DeploymentOptions", parse(DeploymentOptions, answer, "GET", self._options_path))

    def _one(self, deployment_id: str) -> str:
        return f"{self._path}/{checked_id(deployment_id, 'a Deployment')}"

    def _override(self, deployment_id: str) -> str:
        return f"{self._one(deployment_id)}/hibernation-override"

    def _post(self, path: str, body: dict[str, object], repeat: Repeat) -> Deployment:
        answer = self._transport.post(path, body, repeat=repeat, hide=_secrets(body))
        return cast("Deployment", parse(Deployment, answer, "POST", path))


def _is_since(deployment: Deployment, began: datetime) -> bool:
    return deployment.created_at >= began - CLOCK_TOLERANCE


def _is_ambiguous(error: AstroError) -> bool:
    """Whether the request may have taken effect although it seems to have failed."""
    if isinstance(error, NoResponseError):
        return error.sent
    if isinstance(error, UnexpectedResponseError):
        return error.status < 300
    return isinstance(error, ApiError) and error.status in TRANSIENT_STATUSES - {429}


def _secrets(body: dict[str, object]) -> list[str]:
    """Return the values that no error may repeat: of every variable, since a plain one may hold a password, too.

    Of those that are not secret, the short ones, such as ``1`` and ``true``, would only spoil the message.
    """
    entries = body.get("environmentVariables")
    found = [
        value
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(value := entry.get("value"), str) and (entry.get("isSecret") or len(value) >= SHORTEST_HIDDEN)
    ]
    return sorted(found, key=len, reverse=True)  # one may be a piece of another
