"""Objects of the Environment Manager: list, get, find, create, update, delete, and exclude Deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.client.resource import Collection
from astro_provider.http.retry import Repeat
from astro_provider.models.environment_objects import CreatedObject, EnvironmentObject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from astro_provider.errors import AstroError


class EnvironmentObjects(Collection[EnvironmentObject]):
    """The environment objects of one Organization's Workspaces and Deployments."""

    segment, noun, model = "environment-objects", "an environment object", EnvironmentObject
    key = "environmentObjects"
    name_filter = None

    def list(
        self,
        *,
        names: Sequence[str] = (),
        workspace_id: str | None = None,
        deployment_id: str | None = None,
        object_type: str | None = None,
        repeat: Repeat = Repeat.SAFE,
    ) -> list[EnvironmentObject]:
        """Return all objects of one Workspace or one Deployment that match all filters, oldest first.

        Objects that are only linked to the Deployment are left out: what stands for them there has no id to change.

        :param names: Only these keys, exactly.
        :param workspace_id: The Workspace.
        :param deployment_id: The Deployment.
        :param object_type: CONNECTION, ENVIRONMENT_VARIABLE, AIRFLOW_VARIABLE or METRICS_EXPORT; what the API returns
            without it is not documented.
        :param repeat: Which failures of a page's request are retried.
        """
        filters = {
            "workspaceId": workspace_id,
            "deploymentId": deployment_id,
            "objectType": object_type,
            "objectKey": names[0] if len(names) == 1 else None,
            "resolveLinked": "false",
        }
        found = self._items(EnvironmentObject, filters, repeat=repeat)
        return [each for each in found if not names or each.object_key in names]

    def create(self, body: dict[str, object]) -> str:
        """Create an object, exactly one, even if a response is lost; returns its id, which is all that comes back.

        :param body: The request body.
        :raises ConflictError: The scope has one with this type and key.
        """
        place, in_workspace = str(body["scopeEntityId"]), body["scope"] == "WORKSPACE"

        def find(_: AstroError, __: datetime) -> CreatedObject | None:
            found = self.list(
                names=[str(body["objectKey"])],
                object_type=str(body["objectType"]),
                workspace_id=place if in_workspace else None,
                deployment_id=None if in_workspace else place,
            )
            return CreatedObject(id=found[0].id) if found else None

        return self._once(CreatedObject, self._path, body, find=find, hide=list(_texts(body))).id

    def update(self, object_id: str, body: dict[str, object]) -> EnvironmentObject:
        """Replace an object; safe to repeat. Links and exclusions that the body leaves out may be gone.

        :param object_id: Its id.
        :param body: The request body, complete: see ``rules.environment_objects``.
        """
        hide = list(_texts(body))
        return self._write(EnvironmentObject, self._at(object_id), body, repeat=Repeat.SAFE, hide=hide)

    def delete(self, object_id: str) -> None:
        """Delete an object; a 404 after a lost response counts as success.

        :param object_id: Its id.
        :raises NotFoundError: It did not exist at the first attempt.
        """
        self._delete(self._at(object_id))

    def exclude(self, object_id: str, deployment_id: str) -> None:
        """Never link a Workspace's object to a Deployment; safe to repeat.

        :param object_id: Its id.
        :param deployment_id: The Deployment, to which it must not be linked by name.
        """
        body: dict[str, object] = {"scope": "DEPLOYMENT", "scopeEntityId": deployment_id}
        self._api.send("POST", self._at(object_id, "exclude-linking"), body=body, repeat=Repeat.SAFE)


#: Fields of a body that are no secrets, and that errors may repeat.
_PUBLIC = {"objectKey", "objectType", "scope", "scopeEntityId", "description", "type", "exporterType", "authType"}


def _texts(value: object, name: str = "") -> Iterator[str]:
    """Yield the texts of a body that may be secrets: all but names and ids."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, name)
    elif isinstance(value, str) and value and name not in _PUBLIC:
        yield value
