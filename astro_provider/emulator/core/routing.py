"""What a resource of the emulator is made of: its routes, what it begins with, and the fields that are secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from astro_provider.emulator.core.bodies import chosen
from astro_provider.emulator.core.problems import Complaint, forbidden, invalid_fields, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from astro_provider.emulator.core.bodies import Body
    from astro_provider.emulator.core.tokens import Grant
    from astro_provider.emulator.state import State

    #: Returns an object (200, as JSON), ``None`` (204), ``""`` (200 without a body), or bytes (200, gzipped lines of
    #: JSON).
    Handler = Callable[["Call"], Any]


#: What most lists can be sorted by.
SORTS = ("name", "createdAt", "updatedAt")


class Route(NamedTuple):
    """What answers one operation of the API document.

    :param method: HTTP method.
    :param path: Path below ``/v1``, as the document writes it.
    :param handler: What answers it.
    """

    method: str
    path: str
    handler: Handler


class Resource:
    """One resource of the API.

    :param prefix: What its paths begin with, below ``/v1``.
    :param secrets: Fields of its request bodies that are never shown, such as ``environmentVariables.value``. One
        beside an ``isSecret`` that is false is shown.
    """

    def __init__(self, prefix: str, secrets: Iterable[str] = ()) -> None:
        self.prefix = prefix
        self.secrets = tuple(secrets)
        self.routes: list[Route] = []
        self.seed: Callable[[State], None] = lambda state: None

    def get(self, path: str = "") -> Callable[[Handler], Handler]:
        """Let a function answer GET.

        :param path: The rest of the path.
        """
        return self._route("GET", path)

    def post(self, path: str = "") -> Callable[[Handler], Handler]:
        """Let a function answer POST.

        :param path: The rest of the path.
        """
        return self._route("POST", path)

    def delete(self, path: str = "") -> Callable[[Handler], Handler]:
        """Let a function answer DELETE.

        :param path: The rest of the path.
        """
        return self._route("DELETE", path)

    def seeds(self, seed: Callable[[State], None]) -> Callable[[State], None]:
        """Let a function add what an emulator begins with.

        :param seed: The function.
        """
        self.seed = seed
        return seed

    def _route(self, method: str, path: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.routes.append(Route(method, self.prefix + path, handler))
            return handler

        return register


@dataclass
class Call:
    """One authenticated call whose role has the operation's permission.

    :param state: The emulator's state.
    :param grant: What its token allows.
    :param permission: The operation's permission.
    :param path: Path parameters.
    :param query: Query parameters; one may be given more than once.
    :param raw: The JSON body.
    """

    state: State
    grant: Grant
    permission: str
    path: dict[str, str]
    query: list[tuple[str, str]]
    raw: Any = None

    def body(self, model: type[Body]) -> dict[str, Any]:
        """Return the request's body, checked.

        :param model: What it may have.
        """
        return model.read(self.raw)

    def all(self, name: str) -> list[str]:
        """Return the values of a repeated query parameter; blank ones count as left out.

        :param name: The parameter.
        """
        return [value for key, value in self.query if key == name and value]

    def one(self, name: str, allowed: Iterable[str] = ()) -> str | None:
        """Return a query parameter that is given at most once.

        :param name: The parameter.
        :param allowed: The only values it may have.
        """
        found = self.all(name)
        if found and allowed:
            chosen(name, found[-1], allowed)
        return found[-1] if found else None

    def find(self, kind: str, identifier: str, name: str = "") -> dict[str, Any]:
        """Return a document.

        :param kind: Its kind in the store.
        :param identifier: Its id.
        :param name: What the error calls it; default: the kind, capitalized.
        :raises Problem: There is none (404), or it is in a Workspace that the token does not cover (403).
        """
        document = self.state.store.get(kind, identifier)
        if document is None:
            raise not_found(name or kind.title(), identifier)
        if kind == "workspace":
            self.need_workspace(document["id"])
        elif kind == "deployment":
            self.need_workspace(document["workspaceId"], document["id"])
        return document

    def need_workspace(self, workspace_id: str, deployment_id: str | None = None) -> None:
        """Refuse a token that does not have the permission at a place.

        :param workspace_id: The Workspace.
        :param deployment_id: The Deployment in it, if it is about one.
        """
        if not self.grant.allows_at(self.permission, workspace_id, deployment_id):
            raise forbidden(self.permission)

    def matching(self, documents: list[dict[str, Any]], **filters: str) -> list[dict[str, Any]]:
        """Keep the documents that match the filters that the request has.

        :param documents: The documents.
        :param filters: Names of repeated query parameters by the field that they choose.
        """
        for field, parameter in filters.items():
            if wanted := self.all(parameter):
                documents = [document for document in documents if document[field] in wanted]
        return documents

    def page(
        self, key: str, documents: list[dict[str, Any]], most: int | None = 1000, sorts: Iterable[str] = SORTS
    ) -> dict[str, Any]:
        """Sort and cut a list as the API does.

        :param key: The list's name in the response.
        :param documents: All of them.
        :param most: The largest ``limit``; ``None``: any.
        :param sorts: The fields by which it can be sorted.
        """
        offset, limit = self._count("offset", 0, None), self._count("limit", 20, most)
        for order in reversed(self.all("sorts")):
            field, _, direction = order.partition(":")
            chosen("sorts", order, [f"{by}:{way}" for by in sorts for way in ("asc", "desc")])
            documents = sorted(documents, key=lambda item: str(item.get(field, "")), reverse=direction == "desc")
        chunk = documents[offset : offset + limit]
        return {key: chunk, "offset": offset, "limit": limit, "totalCount": len(documents)}

    def _count(self, name: str, default: int, most: int | None) -> int:
        text = self.one(name)
        if text is None:
            return default
        if not text.isdecimal():
            raise invalid_fields(Complaint(name, "type", "be an integer"))
        if most is not None and int(text) > most:
            raise invalid_fields(Complaint(name, "max", f"be max: {most}"))
        return int(text)
