"""What every resource of an API shares: paths whose ids are checked, and the verbs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Generic, TypeVar

from astro_provider.common.ids import checked_id
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
from astro_provider.http.retry import Repeat, is_ambiguous
from astro_provider.models.base import ApiModel, Item

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from astro_provider.http.api import Api

log = logging.getLogger(__name__)

#: How often a create is sent when each response is lost.
MAX_CREATES = 3
A = TypeVar("A", bound=ApiModel)
M = TypeVar("M", bound=Item)


class Resource:
    """A part of an API. A subclass names its path; methods build every path with :meth:`_at`, which checks the ids.

    :param api: Where to send.
    :param scope: Path of what the resource belongs to, such as ``/organizations/{id}``.
    """

    #: Last part of the resource's own path.
    segment: str
    #: One of it, with its article, for errors.
    noun: str
    #: The list's filter for exact names; ``None``: the API has none, and names are compared here alone.
    name_filter: str | None = "names"

    def __init__(self, api: Api, scope: str) -> None:
        self._api = api
        self._path = f"{scope}/{self.segment}"

    def _at(self, resource_id: str, *rest: str) -> str:
        """Return the path of one of these, or of a part of it.

        :param resource_id: Its id.
        :param rest: Segments below it, which are literals of the API.
        :raises ConfigurationError: The id could change the path.
        """
        return "/".join([self._path, checked_id(resource_id, self.noun), *rest])

    def _read(
        self, model: type[A], path: str, params: Sequence[tuple[str, str]] = (), *, repeat: Repeat = Repeat.SAFE
    ) -> A:
        return parse(model, self._api.json("GET", path, params=params, repeat=repeat), "GET", path)

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
        items = read_all(self._api, self._path, self.segment, pairs(filters), page_size=page_size, repeat=repeat)
        found = [parse(model, item, "GET", self._path) for item in items]
        # The API does not say whether its filter is exact: a name that only contains another is left out here.
        return [item for item in found if getattr(item, "name", None) in names] if names else found

    def _write(
        self,
        model: type[A],
        path: str,
        body: dict[str, object],
        *,
        repeat: Repeat,
        method: str = "POST",
        hide: Sequence[str] = (),
    ) -> A:
        return parse(model, self._api.json(method, path, body=body, repeat=repeat, hide=hide), method, path)


class Collection(Resource, Generic[M]):
    """A resource of which there are many: listed, got by id, found by name. A subclass adds what else can be done.

    :param api: Where to send.
    :param scope: Path of what the resource belongs to.
    """

    #: What the API returns; the array in a list's response is named like :attr:`segment`.
    model: type[M]
    #: What to do about a name that several have.
    way_out: str = "Give the id."

    def list(self, *, names: Sequence[str] = (), repeat: Repeat = Repeat.SAFE) -> list[M]:
        """Return all of these, oldest first.

        :param names: Only these names, exactly.
        :param repeat: How freely a page's request may be sent again.
        """
        return self._items(self.model, {}, names=names, repeat=repeat)

    def get(self, resource_id: str, /, *, repeat: Repeat = Repeat.SAFE) -> M:
        """Return one of these.

        :param resource_id: Its id.
        :param repeat: How freely the request may be sent again.
        :raises NotFoundError: It does not exist, or no longer.
        """
        return self._read(self.model, self._at(resource_id), repeat=repeat)

    def find(self, name: str, *, repeat: Repeat = Repeat.SAFE) -> M | None:
        """Return the only one of a name, or ``None``.

        :param name: The exact name.
        :param repeat: How freely the request may be sent again.
        :raises AmbiguousNameError: There are several.
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

    def _create(
        self,
        body: dict[str, object],
        *,
        find: Callable[[], M | None],
        is_own: Callable[[M, datetime], bool],
        hide: Sequence[str] = (),
    ) -> M:
        """Create one, exactly one even when a response is lost.

        A create is not idempotent and has no idempotency key, so it is never repeated blindly: after an ambiguous
        failure what it may have made is looked for, and the create is sent again only if that is absent.

        :param body: The request body.
        :param find: Looks for what this create makes.
        :param is_own: Whether what was found was made by this create, given the API's time at its start.
        :param hide: Secrets in the body.
        """
        began = self._api.server_time()
        lost: AstroError | None = None
        for attempt in range(1, MAX_CREATES + 1):
            try:
                return self._write(self.model, self._path, body, repeat=Repeat.UNSENT, hide=hide)
            except (ApiError, NoResponseError, UnexpectedResponseError) as error:
                # A 400 may be about the name of what an earlier attempt made after all.
                if not (is_ambiguous(error) or (lost and isinstance(error, BadRequestError))):
                    raise
                made = find()
                if made is not None and is_own(made, began):
                    log.warning("%s; the request created %s all the same: %s", error, self.noun, made.id)
                    return made
                if made is not None or isinstance(error, BadRequestError):
                    raise
                lost = error
                log.warning("%s; nothing was created (attempt %d of %d)", error, attempt, MAX_CREATES)
                if attempt < MAX_CREATES:
                    self._api.pause(attempt)
        raise lost or AssertionError("unreachable")

    def _delete(self, path: str, *, repeat: Repeat = Repeat.SAFE) -> None:
        """Delete what is at a path; 404 after a lost response is success.

        :raises NotFoundError: It did not exist at the first attempt.
        """
        failed: list[AstroError] = []
        try:
            self._api.send("DELETE", path, repeat=repeat, on_retry=failed.append)
        except NotFoundError:
            if not any(is_ambiguous(error) for error in failed):
                raise
            log.info("%s is gone: an earlier attempt, whose response was lost, deleted it.", path)


def pairs(filters: Mapping[str, Sequence[str] | str | None]) -> list[tuple[str, str]]:
    """Return query parameters; one with several values stands once for each.

    :param filters: By the API's names; ``None`` and empty ones are left out.
    """
    listed = {key: [value] if isinstance(value, str) else value for key, value in filters.items() if value}
    return [(key, value) for key, values in listed.items() for value in values or ()]


def organization_path(organization_id: str) -> str:
    """Return the path of an Organization, below which nearly everything is.

    :param organization_id: Its id.
    :raises ConfigurationError: The id could change the path.
    """
    return f"/organizations/{checked_id(organization_id, 'an Organization')}"


class Nested(Resource, Generic[M]):
    """A resource below one of another, such as the deploys of a Deployment; its lists take no order.

    :param api: Where to send.
    :param scope: Path of what the other resource belongs to.
    """

    #: Last part of the other resource's path.
    parent: str
    #: One of the other, with its article, for errors.
    parent_noun: str
    #: What the API returns; the array in a list's response is named like :attr:`segment`.
    model: type[M]

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
        """Return all that belong to one of the other, in the API's order.

        :param parent_id: The other's id.
        :param page_size: Items to ask for at once.
        :param repeat: How freely a page's request may be sent again.
        """
        path = self._below(parent_id)
        items = read_all(self._api, path, self.segment, page_size=page_size, sorts=None, repeat=repeat)
        return [parse(self.model, item, "GET", path) for item in items]

    def get(self, parent_id: str, resource_id: str, /, *, repeat: Repeat = Repeat.SAFE) -> M:
        """Return one of these.

        :param parent_id: The other's id.
        :param resource_id: Its id.
        :param repeat: How freely the request may be sent again.
        :raises NotFoundError: It does not exist, or no longer.
        """
        return self._read(self.model, self._below(parent_id, resource_id), repeat=repeat)
