"""Error responses, as the API words them."""

from __future__ import annotations

import uuid
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Complaint(NamedTuple):
    """What is wrong with one field of a request.

    :param field: Its path, such as ``workerQueues[0].name``.
    :param check: The check that it failed, in the API's camel case.
    :param should: What it should be, if that helps.
    """

    field: str
    check: str
    should: str = ""

    @property
    def message(self) -> str:
        """What it should be, or else which check failed."""
        return f"should {self.should}" if self.should else f"failed check on {self.check}"

    def __str__(self) -> str:
        hint = f"; {self.field} should {self.should}" if self.should else ""
        return f"field {self.field} failed check on {self.check}{hint}"


class Problem(Exception):  # noqa: N818  (a response, not a fault of the emulator)
    """An error response.

    :param status: HTTP status code.
    :param message: The API's message.
    :param complaints: What is wrong with fields of the request.
    """

    def __init__(self, status: int, message: str, complaints: Iterable[Complaint] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.complaints = list(complaints)

    def body(self) -> dict[str, Any]:
        """Return the error object of the API document."""
        body: dict[str, Any] = {
            "message": self.message,
            "requestId": str(uuid.uuid4()),
            "statusCode": self.status,
        }
        if self.complaints:
            body["fieldErrors"] = [
                {"field": complaint.field, "code": complaint.check, "message": complaint.message}
                for complaint in self.complaints
            ]
        return body


class UnknownNameError(KeyError):
    """A test's setup names something that does not exist. The message says what exists."""

    def __str__(self) -> str:  # a KeyError would show its message in quotes
        return str(self.args[0])


def invalid(message: str) -> Problem:
    """Return a 400.

    :param message: What is wrong.
    """
    return Problem(400, f"Invalid request: {message}")


def invalid_fields(*complaints: Complaint) -> Problem:
    """Return a 400 that names fields of the request.

    :param complaints: What is wrong with them.
    """
    return Problem(400, f"Invalid field values: {'; '.join(map(str, complaints))}", complaints)


def not_found(kind: str, identifier: str) -> Problem:
    """Return a 404.

    :param kind: What was looked for.
    :param identifier: Its id.
    """
    return Problem(404, f"{kind} {identifier} not found")


def forbidden(permission: str) -> Problem:
    """Return a 403 that names the missing permission.

    :param permission: As the API document names it.
    """
    return Problem(403, f"Forbidden: the token lacks the permission {permission}")


def not_emulated(what: str) -> Problem:
    """Return a 501 for what Astro has and the emulator does not.

    :param what: Method and path.
    """
    return Problem(501, f"The emulator does not emulate {what}")


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Say that there is no such name, and which one is close to it, or which there are.

    :param what: What was named.
    :param name: The name.
    :param known: The names that there are.
    """
    return f"There is no {what} {name!r}. {suggested(name, known)}"


def suggested(name: str, known: Iterable[str]) -> str:
    """Return the name that is close to an unknown one, or all that there are, as a sentence.

    :param name: The unknown name.
    :param known: The names that there are.
    """
    names = sorted(known)
    if not names:
        return "There are none yet."
    near = [each for each in names if _folded(each) == _folded(name)] or get_close_matches(name, names, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(names)}."


def check_fields(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse fields that a test's setup names and that mean nothing.

    :param what: What has the fields, with its article.
    :param given: The names of the fields.
    :param known: The names that they may have.
    :raises TypeError: There is no such field; names the most similar one.
    """
    names = set(known)
    for name in given:
        if name not in names:
            raise TypeError(f"{what[0].upper()}{what[1:]} has no field {name!r}. {suggested(name, names)}")


def _folded(name: str) -> str:
    """Return a name without what tells Python's spelling from the API's."""
    return name.replace("_", "").lower()
