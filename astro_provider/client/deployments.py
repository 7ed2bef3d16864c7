"""Deployments: list, get, create, update, delete, and hibernate."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from astro_provider.client.resource import Collection
from astro_provider.common.masking import SHORTEST_HIDDEN
from astro_provider.common.moments import rfc3339_seconds
from astro_provider.errors import NotFoundError, UnexpectedResponseError
from astro_provider.http.pages import PAGE_SIZE
from astro_provider.http.retry import Repeat
from astro_provider.models.deployments import Deployment, DeploymentState, HibernationOverride

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from astro_provider.errors import AstroError

StateT = TypeVar("StateT", bound=DeploymentState)


class Deployments(Collection[Deployment]):
    """The Deployments of one Organization."""

    segment, noun, model = "deployments", "a Deployment", Deployment
    way_out = "Name the Workspace, or give the id."

    def list(
        self,
        *,
        names: Sequence[str] = (),
        deployment_ids: Sequence[str] = (),
        workspace_ids: Sequence[str] = (),
        page_size: int = PAGE_SIZE,
        repeat: Repeat = Repeat.SAFE,
    ) -> list[Deployment]:
        """Return all Deployments that match all filters, oldest first.

        :param names: Only Deployments with exactly these names.
        :param deployment_ids: Only Deployments with these ids.
        :param workspace_ids: Only Deployments in these Workspaces.
        :param page_size: Number of items per request.
        :param repeat: Which failures of a page's request are retried.
        """
        filters = {"deploymentIds": deployment_ids, "workspaceIds": workspace_ids}
        return self._items(self.model, filters, names=names, page_size=page_size, repeat=repeat)

    def find(self, name: str, *, workspace_id: str | None = None, repeat: Repeat = Repeat.SAFE) -> Deployment | None:
        """Return the Deployment with this name, or ``None``.

        :param name: The exact name.
        :param workspace_id: The Workspace to search; names are unique only within a Workspace.
        :param repeat: Which failures of the request are retried.
        :raises AmbiguousNameError: Several Workspaces have a Deployment with this name.
        """
        workspaces = [workspace_id] if workspace_id else []
        return self._only(name, self.list(names=[name], workspace_ids=workspaces, repeat=repeat))

    def states(
        self, deployment_ids: Sequence[str], *, model: type[StateT], repeat: Repeat = Repeat.SAFE
    ) -> dict[str, StateT]:
        """Return what waits need of Deployments, by id; those that do not exist are left out.

        :param deployment_ids: Their ids.
        :param model: What is needed of each: as little as possible, since a triggerer holds one for each wait.
        :param repeat: Which failures of a page's request are retried.
        """
        wanted: Mapping[str, Sequence[str]] = {"deploymentIds": deployment_ids}
        size = max(2, len(deployment_ids))
        return {state.id: state for state in self._items(model, wanted, page_size=size, repeat=repeat)}

    def count(self) -> int:
        """Return the number of Deployments that the token can see, with one small request."""
        total = self._api.json("GET", self._path, params=[("limit", "1")]).get("totalCount")
        if not isinstance(total, int):
            raise UnexpectedResponseError("GET", self._path, 200, "the body has no totalCount; is this the Astro API?")
        return total

    def create(self, body: dict[str, object]) -> Deployment:
        """Create exactly one Deployment, even if a response is lost.

        After an ambiguous failure, the client looks up the Deployment by its name, and sends the create again only if
        there is none.

        :param body: The request body; its ``name`` must not be in use in its ``workspaceId``.
        :raises ApiError: Astro refused the request.
        """
        name, workspace_id = str(body["name"]), str(body["workspaceId"])

        def find(error: AstroError, began: datetime) -> Deployment | None:
            found = self.find(name, workspace_id=workspace_id)
            if found is not None and not self._is_own(found, began):
                raise error
            return found

        return self._once(Deployment, self._path, body, find=find, hide=_secrets(body))

    def find_made_since(self, name: str, workspace_id: str, began: datetime) -> Deployment | None:
        """Return the Deployment of this name if this client's token created it since a request began, else ``None``.

        :param name: The exact name.
        :param workspace_id: Its Workspace.
        :param began: From :meth:`AstroClient.server_time`, before the request.
        """
        found = self.find(name, workspace_id=workspace_id)
        return found if found and self._is_own(found, began) else None

    def update(self, deployment_id: str, body: dict[str, object]) -> Deployment:
        """Replace all settings of a Deployment; safe to repeat.

        :param deployment_id: Id of the Deployment.
        :param body: The request body.
        """
        return self._write(Deployment, self._at(deployment_id), body, repeat=Repeat.SAFE, hide=_secrets(body))

    def delete(self, deployment_id: str, *, repeat: Repeat = Repeat.SAFE) -> None:
        """Delete a Deployment; a 404 after a lost response counts as success.

        :param deployment_id: Id of the Deployment.
        :param repeat: Which failures of the request are retried.
        :raises NotFoundError: It did not exist at the first attempt.
        """
        self._delete(self._at(deployment_id), repeat=repeat)

    def override_hibernation(
        self,
        deployment_id: str,
        *,
        is_hibernating: bool,
        until: datetime | None = None,
        repeat: Repeat = Repeat.SAFE,
    ) -> HibernationOverride:
        """Hibernate a development Deployment or wake it up, regardless of its schedules; safe to repeat.

        :param deployment_id: Id of the Deployment.
        :param is_hibernating: Whether the Deployment hibernates.
        :param until: When the schedules apply again, in any time zone; ``None``: when the override is removed.
        :param repeat: Which failures of the request are retried.
        """
        body: dict[str, object] = {"isHibernating": is_hibernating}
        if until is not None:
            body["overrideUntil"] = rfc3339_seconds(until)
        return self._write(HibernationOverride, self._override(deployment_id), body, repeat=repeat)

    def remove_hibernation_override(self, deployment_id: str, *, repeat: Repeat = Repeat.SAFE) -> None:
        """Make a development Deployment's schedules apply again; does nothing if there is no override.

        :param deployment_id: Id of the Deployment.
        :param repeat: Which failures of the request are retried.
        """
        try:
            self._delete(self._override(deployment_id), repeat=repeat)
        except NotFoundError:
            self.get(deployment_id, repeat=repeat)  # whether it was the override that is missing, or the Deployment

    def _override(self, deployment_id: str) -> str:
        return self._at(deployment_id, "hibernation-override")

    def _place(self, item: Deployment) -> str:
        return f"{item.id} in Workspace {item.workspace_name or item.workspace_id}"


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
