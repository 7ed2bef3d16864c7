"""From keys and names to environment objects, and to the Deployments that they are linked to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.common.suggestions import did_you_mean
from astro_provider.errors import AmbiguousNameError, NameLookupError
from astro_provider.lookup.names import unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from astro_provider.client import AstroClient
    from astro_provider.models.access import Place
    from astro_provider.models.environment_objects import EnvironmentObject


def find_object(client: AstroClient, key: str, object_type: str, place: Place) -> EnvironmentObject | None:
    """Return the object of a key and a type at a place, with all that an update has to send back.

    :param client: The client.
    :param key: Its key.
    :param object_type: Its type.
    :param place: Its Workspace or Deployment.
    """
    found = _listed(client, object_type, place, [key])
    return client.environment_objects.get(found[0].id) if found else None


def object_with_key(client: AstroClient, key: str, place: Place, *, types: Iterable[str]) -> EnvironmentObject:
    """Return the only object of a key at a place.

    :param client: The client.
    :param key: Its key.
    :param place: Its Workspace or Deployment.
    :param types: The types to look for; the API is asked for one at a time.
    :raises NameLookupError: There is none.
    :raises AmbiguousNameError: There are several, of different types.
    """
    known = [each for object_type in types for each in _listed(client, object_type, place)]
    found = [each for each in known if each.object_key == key]
    if len(found) > 1:
        listed = " and ".join(each.label for each in found)
        raise AmbiguousNameError(f"{listed} have the same key in {place.label}: choose an object with a unique key.")
    if not found:
        hint = did_you_mean(key, [each.object_key for each in known])
        raise NameLookupError(f"There is no environment object {key!r} in {place.label}.{hint}")
    return found[0]


def linked_deployments(client: AstroClient, named: Sequence[str], place: Place) -> list[str]:
    """Return the ids of a Workspace's Deployments; a link to another one would be refused, or be an error of the API.

    :param client: The client.
    :param named: Their ids or names.
    :param place: The Workspace.
    :raises NameLookupError: One of them is not there.
    """
    if not named:
        return []
    known = client.deployments.list(workspace_ids=[place.id])
    ids = []
    for name in named:
        found = [each.id for each in known if name in (each.id, each.name)]
        if len(found) > 1:
            raise AmbiguousNameError(
                f"link_to: {len(found)} Deployments in {place.label} are named {name!r}. Give ids."
            )
        if not found:
            what = unknown_name("Deployment", name, [each.name for each in known])
            raise NameLookupError(f"link_to, {place.label}: {what}")
        ids += found
    return ids


def _listed(client: AstroClient, object_type: str, place: Place, keys: Sequence[str] = ()) -> list[EnvironmentObject]:
    in_workspace = place.type == "WORKSPACE"
    return client.environment_objects.list(
        names=keys,
        object_type=object_type,
        workspace_id=place.id if in_workspace else None,
        deployment_id=None if in_workspace else place.id,
    )
