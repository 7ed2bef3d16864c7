"""What every resource of an API shares: paths whose ids are checked, and the verbs."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from astro_provider.common.ids import checked_id
from astro_provider.errors import (
    AmbiguousNameError,
    ApiError,
    AstroError,
    BadRequestError,
    ConflictError,
    NoResponseError,
    NotFoundError,
    UnexpectedResponseError,
)
from astro_provider.http.pages import PAGE_SIZE, parse, read_all
from astro_provider.http.retry import Repeat, is_ambiguous
from astro_provider.models.base import ApiModel, Item
from astro_provider.rules.authorship import is_made_by

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from astro_provider.http.api import Api
    from astro_provider.rules.authorship import Authored

log = logging.getLogger(__name__)

#: How often a create is sent when each response is lost.
MAX_CREATES = 3
#: How much earlier than our first attempt something may seem to be created and still be ours: the ``Date`` header, by
#: which the two clocks are compared, counts in whole seconds.
CLOCK_TOLERANCE = timedelta(seconds=5)
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

    def _once(
        self,
        model: type[M],
        path: str,
        body: dict[str, object],
        *,
        find: Callable[[AstroError, datetime], M | None],
        effect: str = "created",
        hide: Sequence[str] = (),
    ) -> M:
        """Send what is not idempotent, with exactly one effect even when a response is lost.

        There is no idempotency key, so nothing is repeated blindly: after an ambiguous failure the effect is looked
        for, and the request is sent again only if it is absent.

        :param model: What the API returns.
        :param path: Where to POST.
        :param body: The request body.
        :param find: Looks for the effect, given what the request ended with and the API's time at its start; raises
            if the request must not be sent again.
        :param effect: What the request does to :attr:`noun`, for log lines.
        :param hide: Secrets in the body.
        """
        began = self._api.server_time()
        lost: AstroError | None = None
        for attempt in range(1, MAX_CREATES + 1):
            try:
                return self._write(model, path, body, repeat=Repeat.UNSENT, hide=hide)
            except (ApiError, NoResponseError, UnexpectedResponseError) as error:
                # A 400 may be about what an earlier attempt did after all: a name that is taken now.
                if not (is_ambiguous(error) or (lost and isinstance(error, BadRequestError | ConflictError))):
                    raise
                found = find(error, began)
                if found is not None:
                    log.warning("%s; %s was %s all the same: %s", error, self.noun, effect, found.id)
                    return found
                if not is_ambiguous(error):
                    raise
                lost = error
                log.warning("%s; nothing was %s (attempt %d of %d)", error, effect, attempt, MAX_CREATES)
                if attempt < MAX_CREATES:
                    self._api.pause(attempt)
        raise lost or AssertionError("unreachable")

    def _is_own(self, made: Authored, began: datetime) -> bool:
        """Whether this client's token made something since a request began."""
        return is_made_by(made, token_id=self._api.token_id, since=began - CLOCK_TOLERANCE)

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
