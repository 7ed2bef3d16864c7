"""What the resources of all APIs share: paths whose ids are checked, and verbs that survive a lost response."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from astro_provider.common.ids import checked_id
from astro_provider.errors import (
    ApiError,
    AstroError,
    BadRequestError,
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
        body: dict[str, object],
        *,
        repeat: Repeat,
        method: str = "POST",
        hide: Sequence[str] = (),
    ) -> A:
        return parse(model, self._api.json(method, path, body=body, repeat=repeat, hide=hide), method, path)

    def _create(
        self,
        model: type[A],
        path: str,
        body: dict[str, object],
        *,
        find: Callable[[], A | None],
        is_own: Callable[[A, datetime], bool],
        hide: Sequence[str] = (),
    ) -> A:
        """Create one, exactly one even when a response is lost.

        A create is not idempotent and has no idempotency key, so it is never repeated blindly: after an ambiguous
        failure what it may have made is looked for, and the create is sent again only if that is absent.

        :param model: What the API returns.
        :param path: Where to create.
        :param body: The request body.
        :param find: Looks for what this create makes.
        :param is_own: Whether what was found was made by this create, given the API's time at its start.
        :param hide: Secrets in the body.
        """
        began = self._api.server_time()
        lost: AstroError | None = None
        for attempt in range(1, MAX_CREATES + 1):
            try:
                return self._write(model, path, body, repeat=Repeat.UNSENT, hide=hide)
            except (ApiError, NoResponseError, UnexpectedResponseError) as error:
                # A 400 may be about the name of what an earlier attempt made after all.
                if not (is_ambiguous(error) or (lost and isinstance(error, BadRequestError))):
                    raise
                made = find()
                if made is not None and is_own(made, began):
                    log.warning("%s; the request created %s all the same", error, self.noun)
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
