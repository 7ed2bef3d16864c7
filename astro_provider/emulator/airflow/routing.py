"""Routes of Airflow's API, and a call that matches one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from astro_provider.emulator.airflow.bodies import read_body
from astro_provider.emulator.airflow.metadata import Metadata
from astro_provider.emulator.airflow.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic import BaseModel

    from astro_provider.emulator.airflow.lines import Line
    from astro_provider.emulator.state import State

    #: Returns what becomes the response's JSON, ``None`` (204), or a ``Reply``.
    Handler = Callable[["AirflowCall"], Any]

#: Airflow's roles: who may only look, who also starts runs, who also writes connections, variables and pools.
VIEWER, USER, OPERATOR = 1, 2, 3
_PATTERNS = {"": "[^/]+", "path": ".+", "int": "[0-9]+", "index": "-?[0-9]+"}


class Reply(NamedTuple):
    """A response that is not simply 200 with JSON.

    :param body: What becomes JSON; a text is sent as it is.
    :param status: HTTP status.
    :param media_type: The media type of a text.
    """

    body: Any
    status: int = 200
    media_type: str = "application/json"


class AirflowRoute(NamedTuple):
    """What answers one operation.

    :param method: HTTP method.
    :param path: Path below ``/api/v1`` or ``/api/v2``, as Airflow's API document writes it.
    :param majors: The lines of Airflow that have it.
    :param role: The least role that may call it.
    :param query: The query parameters that Airflow 2 takes; Airflow 3 ignores those that it does not know.
    :param handler: What answers it.
    :param pattern: The path as a regular expression.
    """

    method: str
    path: str
    majors: tuple[int, ...]
    role: int
    query: frozenset[str]
    handler: Handler
    pattern: re.Pattern[str]


class Routes:
    """The routes of one resource.

    :param secrets: Fields of its request bodies that the journal hides.
    :param read: The least role that may read.
    :param write: The least role that may do anything else.
    """

    def __init__(self, secrets: Iterable[str] = (), read: int = VIEWER, write: int = USER) -> None:
        self.secrets = tuple(secrets)
        self.read = read
        self.write = write
        self.routes: list[AirflowRoute] = []

    def on(
        self, method: str, path: str, query: str = "", *, majors: tuple[int, ...] = (2, 3), role: int | None = None
    ) -> Callable[[Handler], Handler]:
        """Let a function answer an operation. ``{name:path}`` in a path stands for any number of its parts.

        :param method: HTTP method.
        :param path: Path below the API.
        :param query: Airflow 2's query parameters, by spaces.
        :param majors: The lines of Airflow that have it.
        :param role: The least role; default: by whether the method reads.
        """
        least = role or (self.read if method == "GET" else self.write)

        def register(handler: Handler) -> Handler:
            plain = re.sub(r":\w+\}", "}", path)
            allowed = frozenset(query.split())
            self.routes.append(AirflowRoute(method, plain, majors, least, allowed, handler, _compiled(path)))
            return handler

        return register


def _compiled(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+):?(\w*)\}", path)
    text = re.escape(parts[0])
    for name, kind, rest in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        text += f"(?P<{name}>{_PATTERNS[kind]}){re.escape(rest)}"
    return re.compile(text)


@dataclass
class AirflowCall:
    """One call of a Deployment's Airflow that its token may make.

    :param state: The emulator's state.
    :param deployment: The stored Deployment.
    :param line: Its Airflow.
    :param user: Who calls, as Airflow names it.
    :param path: Path parameters.
    :param query: Query parameters; one may be given more than once.
    :param raw: The request's JSON.
    :param accept: The header ``Accept``.
    """

    state: State
    deployment: dict[str, Any]
    line: Line
    user: str
    path: dict[str, str]
    query: list[tuple[str, str]]
    raw: Any = None
    accept: str = ""
    metadata: Metadata = field(init=False)

    def __post_init__(self) -> None:
        self.metadata = Metadata(self.state, self.deployment["id"])

    @property
    def is_v2(self) -> bool:
        """Whether this is Airflow 3."""
        return self.line.major == 3

    def body(self, model: type[BaseModel], title: str | None = None) -> dict[str, Any]:
        """Return the request's body, checked: the fields that were given.

        :param model: What it may have.
        :param title: The title of Airflow 2's error.
        """
        return read_body(self.line, model, self.raw, title)

    def all(self, name: str) -> list[str]:
        """Return the values of a repeated query parameter; Airflow 2 also takes them separated by commas.

        :param name: The parameter.
        """
        found = [value for key, value in self.query if key == name]
        return found if self.is_v2 else [part for value in found[-1:] for part in value.split(",")]

    def one(self, name: str) -> str | None:
        """Return a query parameter that is given at most once.

        :param name: The parameter.
        """
        found = [value for key, value in self.query if key == name]
        return found[-1] if found else None

    def flag(self, name: str) -> bool | None:
        """Return a query parameter that is true or false.

        :param name: The parameter.
        """
        text = self.one(name)
        if text is None:
            return None
        if text.lower() not in {"true", "false", "1", "0"}:
            wrong = f"Wrong type, expected 'boolean' for query parameter '{name}'"
            said = "Input should be a valid boolean, unable to interpret input"
            found = {"type": "bool_parsing", "loc": ["query", name], "msg": said, "input": text}
            raise Refusal(400 if not self.is_v2 else 422, (None, wrong), [found])
        return text.lower() in {"true", "1"}

    def number(self, name: str) -> int | None:
        """Return a query parameter that is an integer.

        :param name: The parameter.
        """
        text = self.one(name)
        if text is None:
            return None
        if not re.fullmatch(r"-?[0-9]+", text):
            wrong = f"Wrong type, expected 'integer' for query parameter '{name}'"
            said = "Input should be a valid integer, unable to parse string as an integer"
            found = {"type": "int_parsing", "loc": ["query", name], "msg": said, "input": text}
            raise Refusal(422 if self.is_v2 else 400, (None, wrong), [found])
        return int(text)

    def moment(self, stored: str | None) -> str | None:
        """Return a date and time as this Airflow writes it.

        :param stored: As it is stored.
        """
        return self.line.moment(stored)
