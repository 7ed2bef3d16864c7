"""Request bodies as models, and the one translation of what a model refuses into what the API answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from astro_provider.emulator.core.moments import instant
from astro_provider.emulator.core.problems import Complaint, check_fields, invalid, invalid_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from pydantic_core import ErrorDetails


class Body(BaseModel):
    """A request body: the fields it may have, and no other.

    A field that may be left out is ``... | None = None``; ``null`` counts as left out. Fields are written in snake
    case here and in the API's camel case everywhere else.
    """

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)

    @classmethod
    def names(cls) -> set[str]:
        """Return the names of the fields, as the API spells them."""
        return {str(field.alias) for field in cls.model_fields.values()}

    @classmethod
    def check_inner_fields(cls, what: str, given: Mapping[str, Any], more: Collection[object] = ()) -> None:
        """Refuse fields within fields that a test's setup names and that mean nothing; values are not checked.

        :param what: What has the fields, with its article.
        :param given: The fields.
        :param more: Names that are accepted in any place, because responses have them.
        :raises TypeError: There is no such field; names the most similar one.
        """
        details: list[ErrorDetails] = []
        try:
            cls.model_validate(given)
        except ValidationError as error:
            details = error.errors(include_input=False)
        for detail in details:
            *above, name = detail["loc"]
            if detail["type"] == "extra_forbidden" and name not in more:
                place = ".".join(part for part in above if isinstance(part, str))
                check_fields(f"{what}'s {place}", [str(name)], cls._model_at(above).names())

    @classmethod
    def _model_at(cls, path: Iterable[str | int]) -> type[Body]:
        model: type[Body] = cls
        for part in path:
            if isinstance(part, str):
                annotation = next(each.annotation for each in model.model_fields.values() if each.alias == part)
                model = next(_models_in(annotation))
        return model

    @classmethod
    def read(cls, raw: Any, *others: Complaint) -> dict[str, Any]:
        """Check a body, and return the fields that were given.

        :param raw: The request's JSON.
        :param others: What is wrong besides, found by looking at more than one field.
        :raises Problem: Something is wrong.
        """
        if not isinstance(raw, dict):
            raise invalid("the body must be a JSON object")
        try:
            given = cls.model_validate(raw).model_dump(by_alias=True, exclude_unset=True, exclude_none=True)
        except ValidationError as error:
            raise invalid_fields(*(_complaint(detail) for detail in error.errors()), *others) from None
        if others:
            raise invalid_fields(*others)
        return given


def _models_in(annotation: Any) -> Iterator[type[Body]]:
    if isinstance(annotation, type) and issubclass(annotation, Body):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def check(name: str, should: str, is_right: Callable[[Any], object]) -> AfterValidator:
    """Return a check for ``Annotated``.

    :param name: Its name in the API's error, in camel case.
    :param should: What the field should be.
    :param is_right: Whether a value passes.
    """

    def validate(value: Any) -> Any:
        if not is_right(value):
            raise PydanticCustomError(name, "{should}", {"should": should})
        return value

    return AfterValidator(validate)


def matches(pattern: str) -> Callable[[str], object]:
    """Return a test for a whole text.

    :param pattern: A regular expression.
    """
    return re.compile(pattern).fullmatch


def is_moment(text: str) -> bool:
    """Whether a text is a date and time with a time zone.

    :param text: The text.
    """
    try:
        instant(text)
    except ValueError:
        return False
    return True


#: Texts: one that must not be blank, an address, an amount of memory or storage, a date and time.
Text = Annotated[str, check("required", "", str.strip)]
Email = Annotated[str, check("email", "be an email address", matches(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+"))]
Quantity = Annotated[
    str, check("quantity", "be an amount such as 10Gi", matches(r"\d+(\.\d+)?([eE]\d+|[KMGTPE]i|[mkMGTPE])?"))
]
Moment = Annotated[str, check("datetime", "be a date and time in UTC, such as 2026-01-31T18:00:00Z", is_moment)]
Count = Annotated[int, Field(ge=1)]

_TYPES = {"bool": "true or false", "dict": "an object", "model": "an object", "int": "an integer", "list": "a list"}
_RENAMED = {"missing": "required", "extra_forbidden": "unknown", "literal_error": "oneof"}


def _complaint(detail: ErrorDetails) -> Complaint:
    """Translate what pydantic says about one field."""
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"]).lstrip(".")
    kind, context = detail["type"], detail.get("ctx") or {}
    if kind in _RENAMED:
        return Complaint(field, _RENAMED[kind], _should(kind, context))
    if detail["input"] is None:
        return Complaint(field, "required")
    if kind.endswith("_type"):
        name = kind.removesuffix("_type")
        return Complaint(field, "type", f"be {_TYPES.get(name, 'a ' + name)}")
    for bound, least_or_most in (("min_length", "min"), ("max_length", "max")):
        if bound in context:
            return Complaint(field, "length", f"be {least_or_most}: {context[bound]}")
    for bound, least_or_most in (("ge", "min"), ("le", "max")):
        if bound in context:
            return Complaint(field, least_or_most, f"be {least_or_most}: {context[bound]}")
    return Complaint(field, kind, str(context.get("should", "")))


def _should(kind: str, context: dict[str, Any]) -> str:
    return f"be {context['expected']}" if kind == "literal_error" else ""


def chosen(name: str, value: str, allowed: Iterable[str]) -> str:
    """Return a value, or refuse it.

    :param name: The field or query parameter.
    :param value: Its value.
    :param allowed: The values that it may have.
    """
    if value not in allowed:
        raise invalid_fields(Complaint(name, "oneof", f"be one of {', '.join(allowed)}"))
    return value
