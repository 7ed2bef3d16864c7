"""What the resources of all APIs share: paths whose ids are checked, and verbs that survive a lost response."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from astro_provider.common.ids import checked_id
from astro_provider.errors import (
    ApiError,
    AstroError,
    BadRequestError,
    ConflictError,
    NoResponseError,
    NotFoundError,
    UnexpectedResponseError,
)
from astro_provider.http.pages import parse
from astro_provider.http.retry import Repeat, is_ambiguous

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from astro_provider.http.api import Api
    from astro_provider.models.base import ResponseModel

log = logging.getLogger(__name__)

#: How often a create is sent when each response is lost.
MAX_CREATES = 3
#: How much earlier than our first attempt something may seem to be created and still be ours: the ``Date`` header, by
#: which the two clocks are compared, counts in whole seconds.
CLOCK_TOLERANCE = timedelta(seconds=5)
A = TypeVar("A", bound="ResponseModel")


class Resource:
    """A part of an API. A subclass names its path; methods build every path with :meth:`_at`, which checks the ids.

    :param api: Where to send.
    :param scope: Path of what the resource belongs to, such as ``/organizations/{id}``.
    """

    #: Last part of the resource's own path.
    segment: str
    #: One of it, with its article, for errors.
    noun: str

    def __init__(self, api: Api, scope: str) -> None:
        self._api = api
        self._path = f"{scope}/{self.segment}"

    def _at(self, resource_id: str, *rest: str) -> str:
        """Return the path of one of these, or of a part of it.

        :param resource_id: Its id.
        :param rest: Segments below it, which are literals of the API.
        :raises ConfigurationError: The id could change the path.
        """
        return "/".join([self._path, self._segment(resource_id), *rest])

    def _segment(self, resource_id: str) -> str:
        """Return an id as a part of a path.

        :param resource_id: The id.
        :raises ConfigurationError: It could change the path.
        """
        return checked_id(resource_id, self.noun)

    def _read(
        self, model: type[A], path: str, params: Sequence[tuple[str, str]] = (), *, repeat: Repeat = Repeat.SAFE
    ) -> A:
        return parse(model, self._api.json("GET", path, params=params, repeat=repeat), "GET", path)

    def _write(
        self,
        model: type[A],
        path: str,
        body: dict[str, object] | None,
        *,
        repeat: Repeat,
        method: str = "POST",
        hide: Sequence[str] = (),
    ) -> A:
        return parse(model, self._api.json(method, path, body=body, repeat=repeat, hide=hide), method, path)

    def _once(
        self,
        model: type[A],
        path: str,
        body: dict[str, object] | None,
        *,
        find: Callable[[AstroError, datetime], A | None],
        effect: str = "created",
        earlier: bool = False,
        hide: Sequence[str] = (),
    ) -> A:
        """Send what is not idempotent, with exactly one effect even when a response is lost.

        There is no idempotency key, so nothing is repeated blindly: after an ambiguous failure the effect is looked
        for, and the request is sent again only if it is absent.

        :param model: What the API returns.
        :param path: Where to POST.
        :param body: The request body; ``None``: there is none.
        :param find: Looks for the effect, given what the request ended with and the API's time at its start; raises
            if the request must not be sent again.
        :param effect: What the request does to :attr:`noun`, for log lines.
        :param earlier: Whether an earlier request, of a worker that died, may have had the effect, so that the first
            refusal is looked into, too.
        :param hide: Secrets in the body.
        """
        began = self._api.server_time()
        lost: AstroError | None = None
        for attempt in range(1, MAX_CREATES + 1):
            try:
                return self._write(model, path, body, repeat=Repeat.UNSENT, hide=hide)
            except (ApiError, NoResponseError, UnexpectedResponseError) as error:
                # A 400 may be about what an earlier attempt did after all: a name that is taken now.
                refused = (lost or earlier) and isinstance(error, BadRequestError | ConflictError)
                if not (is_ambiguous(error) or refused):
                    raise
                found = find(error, began)
                if found is not None:
                    log.warning("The request failed, but %s was %s. %s", self.noun, effect, error)
                    return found
                if not is_ambiguous(error):
                    raise
                lost = error
                log.warning("Nothing was %s (attempt %d of %d). %s", effect, attempt, MAX_CREATES, error)
                if attempt < MAX_CREATES:
                    self._api.pause(attempt)
        raise lost or AssertionError("unreachable")

    def _delete(self, path: str, *, repeat: Repeat = Repeat.SAFE) -> None:
        """Delete what is at a path; a 404 after a lost response counts as success.

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
