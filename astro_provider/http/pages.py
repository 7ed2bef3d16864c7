"""Reading every page of a list, while others add and delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from astro_provider.errors import UnexpectedResponseError
from astro_provider.http.retry import Repeat

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from astro_provider.http.api import Api
    from astro_provider.models.base import ResponseModel

M = TypeVar("M", bound="ResponseModel")
PAGE_SIZE = 1000
#: The order of lists that take one.
OLDEST_FIRST = "createdAt:asc"
#: How often a list is read again from the start because it changed while it was read.
MAX_PASSES = 5


class LongList(Exception):  # noqa: N818  (for its caller, who then asks for the items one by one)
    """A list is longer than is worth reading."""


def read_all(
    api: Api,
    path: str,
    key: str,
    params: Sequence[tuple[str, str]] = (),
    *,
    page_size: int = PAGE_SIZE,
    sorts: str | None = OLDEST_FIRST,
    id_key: str = "id",
    repeat: Repeat = Repeat.SAFE,
) -> list[dict[str, Any]]:
    """Return the items of all pages of a list of the Astro API, each once.

    :param api: Where to read.
    :param path: Path of the list.
    :param key: Name of the array in the response.
    :param params: Filters.
    :param page_size: Number of items per request.
    :param sorts: The order to ask for; ``None``: the API's own, for lists that take none.
    :param id_key: The field that tells an item from all others.
    :param repeat: Which failures of a page's request are retried.
    :raises UnexpectedResponseError: A response without the array, or a list that never holds still.
    """
    params = [*params, ("sorts", sorts)] if sorts else params

    def page(offset: int) -> dict[str, Any]:
        paging = [("offset", str(offset)), ("limit", str(page_size))]
        return api.json("GET", path, params=[*params, *paging], repeat=repeat)

    return whole_list(page, key, path=path, identity=lambda item: item.get(id_key))


def whole_list(
    read_page: Callable[[int], dict[str, Any]],
    key: str,
    *,
    path: str,
    method: str = "GET",
    total_key: str = "totalCount",
    identity: Callable[[dict[str, Any]], Hashable] = lambda item: item.get("id"),
    most: int | None = None,
) -> list[dict[str, Any]]:
    """Return the items of all pages of a list whose order is fixed, each once.

    Pages are cut by offset, so a deletion moves later items to an earlier page, where they would be missed. Each page
    therefore begins with the last item of the page before it; where that item is no longer in its place, the list
    has moved and is read again from the start. How many items a page has, the API decides, not the request.

    :param read_page: Reads the page that starts at an offset.
    :param key: Name of the array in the response.
    :param path: Path of the list, for errors.
    :param method: HTTP method of the request, for errors.
    :param total_key: Name of the number of all items in the response.
    :param identity: What tells an item from all others.
    :param most: A list that says it is longer than this is not read further.
    :raises LongList: It is longer.
    :raises UnexpectedResponseError: A response without the array, or a list that never holds still.
    """
    for _ in range(MAX_PASSES):
        items: list[dict[str, Any]] = []
        while True:
            response = read_page(max(0, len(items) - 1))
            page = items_of(response, key, method, path)
            _check_length(response, total_key, most)
            if items:
                if not page or identity(page[0]) != identity(items[-1]):
                    break
                page = page[1:]
            items.extend(page)
            if not page or len(items) >= _total(response, total_key, len(items)):
                return items
    raise _restless(method, path)


def whole_unordered_list(
    read_page: Callable[[int], dict[str, Any]],
    key: str,
    *,
    path: str,
    method: str,
    total_key: str,
    identity: Callable[[dict[str, Any]], Hashable],
    most: int | None = None,
) -> list[dict[str, Any]]:
    """Return the items of all pages of a list whose order may change from page to page, each once, as last seen.

    Parameters and errors are those of :func:`whole_list`. The list is read again until it has shown as many different
    items as it says that there are.
    """
    found: dict[Hashable, dict[str, Any]] = {}
    for _ in range(MAX_PASSES):
        offset = 0
        while True:
            response = read_page(offset)
            page = items_of(response, key, method, path)
            _check_length(response, total_key, most)
            found |= {identity(item): item for item in page}
            offset += len(page)
            total = _total(response, total_key, offset)
            if not page or offset >= total:
                break
        if len(found) >= total:
            return list(found.values())
    raise _restless(method, path)


def items_of(response: dict[str, Any], key: str, method: str, path: str) -> list[dict[str, Any]]:
    """Return the objects on a page.

    :param response: The response's JSON object.
    :param key: Name of the array in it.
    :param method: HTTP method of the request, for the error.
    :param path: Path of the request, for the error.
    :raises UnexpectedResponseError: There is no such array.
    """
    page = response.get(key)
    if not isinstance(page, list) or not all(isinstance(item, dict) for item in page):
        raise UnexpectedResponseError(method, path, 200, f"the body has no list {key!r}")
    return page


def _check_length(response: dict[str, Any], key: str, most: int | None) -> None:
    if most is not None and (total := _total(response, key, 0)) > most:
        raise LongList(f"{total} items, more than {most}")


def _restless(method: str, path: str) -> UnexpectedResponseError:
    return UnexpectedResponseError(method, path, 200, f"the list changed during each of {MAX_PASSES} readings")


def _total(response: dict[str, Any], key: str, otherwise: int) -> int:
    total = response.get(key)
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
    # Raised out here, since pydantic's error repeats values and would stay with it as its context.
    raise UnexpectedResponseError(method, path, 200, f"these fields are missing or malformed: {wrong}")
