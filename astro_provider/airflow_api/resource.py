"""What every resource of a Deployment's Airflow shares: lists to their end, and names as parts of a path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from astro_provider.common.ids import quoted_name
from astro_provider.common.masking import masked
from astro_provider.errors import (
    AlreadyExistsError,
    ApiError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    NotFoundError,
)
from astro_provider.http.pages import parse, whole_list
from astro_provider.http.resource import Resource
from astro_provider.http.retry import Repeat
from astro_provider.models.base import ResponseModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from astro_provider.airflow_api.dialects import Dialect
    from astro_provider.http.api import Api

#: Items to ask for at once; Airflow sends no more than its own ``[api] maximum_page_limit``, 100 unless it was changed.
PAGE_SIZE = 100
M = TypeVar("M", bound=ResponseModel)


class AirflowResource(Resource):
    """A part of a Deployment's Airflow API.

    :param api: Where to send.
    :param dialect: What its line of Airflow calls things.
    """

    def __init__(self, api: Api, dialect: Dialect) -> None:
        super().__init__(api, dialect.prefix)
        self._dialect = dialect

    def _segment(self, resource_id: str) -> str:
        return quoted_name(resource_id, self.noun)

    def _rows(
        self,
        path: str,
        key: str,
        identity: str,
        params: Sequence[tuple[str, str]] = (),
        *,
        repeat: Repeat = Repeat.SAFE,
    ) -> list[dict[str, Any]]:
        """Read a list to its end, in its own order, which is that of ids.

        :param path: Path of the list.
        :param key: Name of the array in the response.
        :param identity: The field that tells an item from all others.
        :param params: Filters.
        """

        def page(offset: int) -> dict[str, Any]:
            paging = [("limit", str(PAGE_SIZE)), ("offset", str(offset))]
            return self._api.json("GET", path, params=[*params, *paging], repeat=repeat)

        return whole_list(page, key, path=path, total_key="total_entries", identity=lambda item: item.get(identity))


class Objects(AirflowResource, Generic[M]):
    """What people add to an Airflow by hand: connections, variables, pools. A subclass adds create and update."""

    model: type[M]
    #: The field that names one.
    name_field: str

    def list(self, *, repeat: Repeat = Repeat.SAFE) -> list[M]:
        """Return all items that the token may see, oldest first.

        :param repeat: Which failures of a page's request are retried.
        """
        rows = self._rows(self._path, self.segment, self.name_field, repeat=repeat)
        return [parse(self.model, row, "GET", self._path) for row in rows]

    def get(self, name: str, /, *, repeat: Repeat = Repeat.SAFE) -> M:
        """Return one item.

        :param name: Its name.
        :param repeat: Which failures of the request are retried.
        :raises NotFoundError: It does not exist.
        """
        return self._read(self.model, self._at(name), repeat=repeat)

    def delete(self, name: str, /) -> None:
        """Delete one item; a 404 after a lost response counts as success.

        :param name: Its name.
        :raises NotFoundError: It did not exist at the first attempt.
        """
        if self._by_url(name):
            self._delete(self._at(name))
        else:
            self._bulk("delete", [name], action_on_non_existence="skip")

    def _post(self, body: dict[str, object], hide: Sequence[str]) -> None:
        """Create one of these, unless it exists.

        What a lost response may have created cannot be told from what was there before: it is the caller's to update.

        :raises AlreadyExistsError: It exists.
        """
        try:
            self._api.send("POST", self._path, body=body, repeat=Repeat.UNSENT, hide=hide)
        except ConflictError as error:
            raise exists(error) from None

    def _patch(
        self, name: str, body: dict[str, object], hide: Sequence[str], params: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Change some fields of one of these; the same change again changes nothing, so it may be sent again.

        :raises NotFoundError: It does not exist.
        """
        if self._by_url(name):
            self._api.send("PATCH", self._at(name), params=params, body=body, repeat=Repeat.SAFE, hide=hide)
        else:
            self._bulk("update", [body], action_on_non_existence="fail", hide=hide)

    def reaches(self, name: str, /) -> bool:
        """Whether this Airflow's API can change or delete an object with this name; creating one is always possible.

        :param name: Its name.
        """
        return self._dialect.carries(self.segment, name) or self._dialect.has_bulk

    def _by_url(self, name: str) -> bool:
        """Whether a URL carries the name; else a bulk request has it in its body.

        :raises ConfigurationError: This Airflow has neither.
        """
        if not self.reaches(name):
            raise ConfigurationError(
                f"The API of Airflow {self._dialect.major} cannot change or delete {self.noun} {name!r}: its name "
                "would be read as part of a path."
            )
        return self._dialect.carries(self.segment, name)

    def _bulk(self, action: str, entities: Sequence[object], *, hide: Sequence[str] = (), **more: object) -> None:
        body: dict[str, object] = {"actions": [{"action": action, "entities": list(entities), **more}]}
        response = self._api.json("PATCH", self._path, body=body, repeat=Repeat.SAFE, hide=hide)
        raise_bulk_errors(self._path, response, hide)


def exists(error: ApiError) -> AlreadyExistsError:
    """Return the error about something that was to be created.

    :param error: The API's conflict.
    """
    return AlreadyExistsError(error.method, error.path, error.status, error.message, request_id=error.request_id)


def raise_bulk_errors(path: str, response: dict[str, Any], hide: Sequence[str]) -> None:
    """Raise what a bulk request failed with: its own status is 200 even then.

    :param path: Path of the request.
    :param response: The response's JSON object.
    :param hide: Secrets that were sent.
    """
    for action in ("create", "update", "delete"):
        result = response.get(action)
        errors = result.get("errors") if isinstance(result, dict) else None
        for error in errors if isinstance(errors, list) else ():
            entry = error if isinstance(error, dict) else {}
            status = int(entry.get("status_code") or 400)
            error_class: type[ApiError] = {404: NotFoundError, 409: ConflictError}.get(status, BadRequestError)
            message = masked(str(entry.get("error") or "no reason given"), hide)
            raise error_class("PATCH", path, status, f"{action}: {message}")
