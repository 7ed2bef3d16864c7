"""What every resource of the Astro API shares: the Organization's path, lists, and the verbs that read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from astro_provider.common.ids import checked_id
from astro_provider.errors import AmbiguousNameError
from astro_provider.http.pages import OLDEST_FIRST, PAGE_SIZE, parse, read_all
from astro_provider.http.resource import CLOCK_TOLERANCE, Resource, pairs
from astro_provider.http.retry import Repeat
from astro_provider.models.base import ApiModel, Item
from astro_provider.rules.authorship import is_made_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from astro_provider.http.api import Api
    from astro_provider.rules.authorship import Authored

A = TypeVar("A", bound=ApiModel)
Made = TypeVar("Made", bound="Authored")
M = TypeVar("M", bound=Item)


class AstroResource(Resource):
    """A part of the Astro API, which says of what it has who made it, and when."""

    def _is_own(self, made: Authored, began: datetime) -> bool:
        """Whether this client's token made something since a request began."""
        return is_made_by(made, token_id=self._api.token_id, since=began - CLOCK_TOLERANCE)

    def _made(self, found: Iterable[Made], began: datetime) -> Made | None:
        """Return what this client's token made since a request began, the newest of several."""
        own = [each for each in found if self._is_own(each, began)]
        return max(own, key=lambda each: each.created_at, default=None)


class Collection(AstroResource, Generic[M]):
    """A resource of which there are many: listed, got by id, found by name. A subclass adds what else can be done.

    :param api: Where to send.
    :param scope: Path of what the resource belongs to.
    """

    #: What the API returns; the array in a list's response is named like :attr:`segment`.
    model: type[M]
    #: What to do about a name that several have.
    way_out: str = "Give the id."
    #: The list's filter for exact names; ``None``: the API has none, and names are compared here alone.
    name_filter: str | None = "names"
    #: The array's name in a list's response; default: :attr:`segment`.
    key: str | None = None
    #: An order of the list that does not change while it is read.
    sorts: str = OLDEST_FIRST

    def _items(
        self,
        model: type[A],
        filters: Mapping[str, Sequence[str] | str | None],
        *,
        names: Sequence[str] = (),
        page_size: int = PAGE_SIZE,
        repeat: Repeat = Repeat.SAFE,
    ) -> list[A]:
        """Read a list to its end.

        :param filters: By the API's names; empty ones are left out.
        """
        if self.name_filter:
            filters = {self.name_filter: names, **filters}
        key, query = self.key or self.segment, pairs(filters)
        items = read_all(self._api, self._path, key, query, page_size=page_size, sorts=self.sorts, repeat=repeat)
        found = [parse(model, item, "GET", self._path) for item in items]
        # The API does not say whether its filter is exact: a name that only contains another is left out here.
        return [item for item in found if getattr(item, "name", None) in names] if names else found

    def list(self, *, names: Sequence[str] = (), repeat: Repeat = Repeat.SAFE) -> list[M]:
        """Return all items, oldest first.

        :param names: Only those with exactly these names.
        :param repeat: Which failures of a page's request are retried.
        """
        return self._items(self.model, {}, names=names, repeat=repeat)

    def get(self, resource_id: str, /, *, repeat: Repeat = Repeat.SAFE) -> M:
        """Return one item.

        :param resource_id: Its id.
        :param repeat: Which failures of the request are retried.
        :raises NotFoundError: It does not exist, or was deleted.
        """
        return self._read(self.model, self._at(resource_id), repeat=repeat)

    def find(self, name: str, *, repeat: Repeat = Repeat.SAFE) -> M | None:
        """Return the only item with this name, or ``None``.

        :param name: The exact name.
        :param repeat: Which failures of the request are retried.
        :raises AmbiguousNameError: Several items have this name.
        """
        return self._only(name, self.list(names=[name], repeat=repeat))

    def _only(self, name: str, found: Sequence[M]) -> M | None:
        if len(found) > 1:
            listed = ", ".join(self._place(item) for item in found)
            plural = f"{self.noun.split(maxsplit=1)[1]}s"
            raise AmbiguousNameError(f"{len(found)} {plural} are named {name!r}: {listed}. {self.way_out}")
        return found[0] if found else None

    def _place(self, item: M) -> str:
        """Say which of several with the same name one is."""
        return item.id


def organization_path(organization_id: str) -> str:
    """Return the path of an Organization, below which nearly everything is.

    :param organization_id: Its id.
    :raises ConfigurationError: The id could change the path.
    """
    return f"/organizations/{checked_id(organization_id, 'an Organization')}"


class Nested(AstroResource, Generic[M]):
    """A resource below one of another, such as the deploys of a Deployment; its lists take no order.

    :param api: Where to send.
    :param scope: Path of what the other resource belongs to.
    """

    #: Last part of the other resource's path.
    parent: str
    #: One of the other, with its article, for errors.
    parent_noun: str
    #: What the API returns; the array in a list's response is named like :attr:`segment`, unless :attr:`key` says.
    model: type[M]
    #: The array's name in a list's response; default: :attr:`segment`.
    key: str | None = None

    def __init__(self, api: Api, scope: str) -> None:
        super().__init__(api, scope)
        self._path = f"{scope}/{self.parent}"

    def _below(self, parent_id: str, *ids: str) -> str:
        """Return the path of all that belong to one of the other, or of one of them.

        :param parent_id: The other's id.
        :param ids: The id of one, if it is about one.
        :raises ConfigurationError: An id could change the path.
        """
        own = [checked_id(each, self.noun) for each in ids]
        return "/".join([self._path, checked_id(parent_id, self.parent_noun), self.segment, *own])

    def list(self, parent_id: str, /, *, page_size: int = PAGE_SIZE, repeat: Repeat = Repeat.SAFE) -> list[M]:
        """Return all items of one parent, such as the deploys of a Deployment, in the API's order.

        :param parent_id: The parent's id: for deploys, that of the Deployment.
        :param page_size: Number of items per request.
        :param repeat: Which failures of a page's request are retried.
        """
        path = self._below(parent_id)
        key = self.key or self.segment
        items = read_all(self._api, path, key, page_size=page_size, sorts=None, repeat=repeat)
        return [parse(self.model, item, "GET", path) for item in items]

    def get(self, parent_id: str, resource_id: str, /, *, repeat: Repeat = Repeat.SAFE) -> M:
        """Return one item of a parent, such as a deploy of a Deployment.

        :param parent_id: The parent's id: for deploys, that of the Deployment.
        :param resource_id: The item's id.
        :param repeat: Which failures of the request are retried.
        :raises NotFoundError: It does not exist, or was deleted.
        """
        return self._read(self.model, self._below(parent_id, resource_id), repeat=repeat)
