"""Reading every page of a list, while others add and delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from astro_provider.errors import UnexpectedResponseError
from astro_provider.http.retry import Repeat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from astro_provider.http.api import Api
    from astro_provider.models.base import ApiModel

M = TypeVar("M", bound="ApiModel")
PAGE_SIZE = 1000
#: The order of lists that take one.
OLDEST_FIRST = "createdAt:asc"
#: How often a list is read again from the start because it changed while it was read.
MAX_PASSES = 5


def read_all(
    api: Api,
    path: str,
    key: str,
    params: Sequence[tuple[str, str]] = (),
    *,
    page_size: int = PAGE_SIZE,
    sorts: str | None = OLDEST_FIRST,
    repeat: Repeat = Repeat.SAFE,
) -> list[dict[str, Any]]:
    """Return the items of all pages, each once.

    Pages are cut by offset, so a deletion moves later items to an earlier page, where they would be missed. Each page
    therefore begins with the last item of the page before it; where that item is no longer in its place, the list
    has moved and is read again from the start.

    :param api: Where to read.
    :param path: Path of the list.
    :param key: Name of the array in the response.
    :param params: Filters.
    :param page_size: Items to ask for at once.
    :param sorts: The order to ask for; ``None``: the API's own, for lists that take none.
    :param repeat: How freely a page's request may be sent again.
    :raises UnexpectedResponseError: A response without the array, or a list that never holds still.
    """
    params = [*params, ("sorts", sorts)] if sorts else params
    for _ in range(MAX_PASSES):
        items = _one_pass(api, path, key, params, page_size, repeat)
        if items is not None:
            return items
    raise UnexpectedResponseError("GET", path, 200, f"the list changed during each of {MAX_PASSES} readings")


def _one_pass(
    api: Api, path: str, key: str, params: Sequence[tuple[str, str]], page_size: int, repeat: Repeat
) -> list[dict[str, Any]] | None:
    """Read from the first page to the last; ``None`` when the list moved meanwhile."""
    items: list[dict[str, Any]] = []
    while True:
        offset = max(0, len(items) - 1)
        paging = [("offset", str(offset)), ("limit", str(page_size))]
        response = api.json("GET", path, params=[*params, *paging], repeat=repeat)
        page = response.get(key)
        if not isinstance(page, list) or not all(isinstance(item, dict) for item in page):
            raise UnexpectedResponseError("GET", path, 200, f"the body has no list {key!r}")
        if items:
            if not page or page[0].get("id") != items[-1].get("id"):
                return None
            page = page[1:]
        items.extend(page)
        if not page or len(items) >= _total(response, len(items)):
            return items


def _total(response: dict[str, Any], otherwise: int) -> int:
    total = response.get("totalCount")
    return total if isinstance(total, int) else otherwise


def parse(model: type[M], data: object, method: str, path: str) -> M:
    """Turn a JSON object into a model.

    :param model: The model's class.
    :param data: The JSON object.
    :param method: HTTP method of the request, for the error.
    :param path: Path of the request, for the error.
    :raises UnexpectedResponseError: The object lacks what the API promises; values are not repeated.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        wrong = ", ".join(sorted({".".join(map(str, e["loc"])) or "the object" for e in error.errors()}))
        raise UnexpectedResponseError(method, path, 200, f"these fields are missing or malformed: {wrong}") from None
