"""What signatures say about arguments, checked while the DAG file is parsed: their names and their types."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Collection, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from airflow.providers.common.compat.sdk import BaseOperator

from astro_provider.common import choices
from astro_provider.common.arguments import check_choice, is_template
from astro_provider.common.suggestions import nearest
from astro_provider.errors import ConfigurationError
from astro_provider.tasks.other_words import OTHER_VALUES, may_be_meant, own_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from airflow.sdk.bases.operator import BaseOperatorMeta

    from astro_provider.tasks.template_guard import TemplateGuard
else:
    BaseOperatorMeta = type(BaseOperator)  # Airflow's two lines have it in different places

PACKAGE = __name__.partition(".")[0]
#: What is no text, and does not become the text that somebody meant.
NOT_TEXT = (bool, float, complex, bytes, Mapping, list, tuple, set, frozenset, date, time, timedelta, BaseOperator)


class DeclaredArguments(BaseOperatorMeta):
    """Checks a task's arguments when it is made in a DAG file; not those that a mapped task gets when it runs."""

    if not TYPE_CHECKING:  # type checkers and editors would take it for the signature of every operator

        def __call__(cls, *args: Any, **kwargs: Any) -> Any:  # noqa: N805  (a metaclass)
            """Make a task.

            :param args: None: every argument has a name.
            :param kwargs: The arguments.
            :raises TypeError: There is no argument of that name.
            :raises ValueError: What an argument holds is not possible.
            """
            if "_airflow_from_mapped" in kwargs:
                return super().__call__(*args, **kwargs)
            check_names(cls, kwargs)
            task = super().__call__(*args, **kwargs)
            task.check_when_parsed()
            return task


def is_final(value: object) -> bool:
    """Whether an argument is what it will be when the task runs: neither it nor a part of it is a template.

    :param value: The argument.
    """
    if isinstance(value, Mapping):
        return all(is_final(part) for part in value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return all(is_final(part) for part in value)
    return not is_template(value)


@contextmanager
def refused_when_parsed() -> Iterator[None]:
    """Raise what a task's own checks find as what a wrong argument is called in Python."""
    try:
        yield
    except ConfigurationError as error:
        raise ValueError(str(error)) from None


def check_names(cls: type, names: Collection[str]) -> None:
    """Reject an argument that there is not, with the word that this package has for it.

    :param cls: The operator or sensor.
    :param names: The arguments that were given.
    :raises TypeError: It has another name here. Of names that are like none of ours, Airflow says so itself.
    """
    known = declared(cls)
    for name in names:
        if name in known or name.startswith("_airflow") or name in _airflow_arguments(cls):
            continue
        candidates = [each for each in (*known, *_airflow_arguments(cls)) if may_be_meant(name, each)]
        ours = own_words(name, known) or [word for word in [nearest(name, candidates, cutoff=0.75)] if word]
        if ours:
            said = " or ".join(map(repr, ours))
            value = f", {OTHER_VALUES[name]}" if name in OTHER_VALUES else ""
            raise TypeError(f"{cls.__name__} has no argument {name!r}; use {said} instead{value}.")


def check_types(cls: type[TemplateGuard], arguments: Mapping[str, Any]) -> None:
    """Reject values of a type that an argument does not take.

    :param cls: The operator or sensor.
    :param arguments: Names and values.
    :raises ValueError: One has a wrong type. Values are not quoted: they may be secrets.
    """
    for name, value in arguments.items():
        types = declared(cls).get(name)
        if types is None or _is_not_set(value):
            continue
        if is_template(value):
            if name in cls.template_fields or any(each.is_text for each in types):
                continue
            raise ValueError(f"{name} cannot be a template: its value must be known when the DAG file is parsed.")
        if any(each.takes(value) for each in types):
            _check_entries(name, value, types)
            if NONE not in types and name not in cls.may_be_blank and isinstance(value, str) and not value.strip():
                raise ValueError(f"{name} is blank; allowed: {TEXT.name} that is not blank.")
            continue
        words = [word for each in types for word in (each.words or ([None] if each is NONE else []))]
        if any(words) and isinstance(value, str):
            check_choice(name, value, Literal[tuple(words)])
        allowed = " or ".join(dict.fromkeys(each.name for each in types if each is not NONE))
        if NONE in types:
            allowed += f", or {NONE.name}"
        hint = _hint(value)
        if name in cls.template_fields and TEXT in types and _is_list(value):
            hint = f" To run a task for each entry, use .partial(...).expand({name}=[...])."
        raise ValueError(f"{name} is {_in_words(value)}; allowed: {allowed}.{hint}")


def _check_entries(name: str, value: Any, types: Sequence[Type]) -> None:
    if not _is_list(value):
        return
    entries = next((each.entries for each in types if each.entries), ())
    for part in value if entries else ():
        if not (is_template(part) or any(each.takes(part) for each in entries)):
            allowed = TEXT.name if TEXT in entries else " or ".join(each.name for each in entries)
            raise ValueError(f"{name} has {_in_words(part)} in its list; allowed: {allowed}.{_hint(part)}")


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple | set | frozenset)


def _in_words(value: object) -> str:
    """Say what a value is, without showing it."""
    if value is None or isinstance(value, bool):
        return repr(value)
    known: tuple[tuple[Any, str], ...] = (
        (str, "text"),
        (int | float, "a number"),
        (Mapping, "a dict"),
        (list | tuple | set | frozenset, "a list"),
        (timedelta, "a negative timedelta" if isinstance(value, timedelta) and value < timedelta() else "a timedelta"),
    )
    for kind, words in known:
        if isinstance(value, kind):
            return words
    if callable(value):
        return "a function or a class"
    name = type(value).__name__
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"


def _hint(value: object) -> str:
    if isinstance(value, BaseOperator):
        return f" This is the task {value.task_id!r} itself; use its .output."
    return " Call it, and pass what it returns." if callable(value) else ""


@dataclass(frozen=True)
class Type:
    """One type that an argument may have.

    :param name: What errors call it.
    :param takes: Whether a value is of this type.
    :param entries: The types of what is in it, if they are checked.
    :param words: The only texts that it takes.
    """

    name: str
    takes: Callable[[Any], bool]
    entries: tuple[Type, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether any text will do."""
        return self.name == TEXT.name


def _is_number(value: object, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool) and value >= 0


TEXT = Type("text", lambda value: value is not None and not callable(value) and not isinstance(value, NOT_TEXT))
NONE = Type("None", lambda value: value is None)
LIST = Type("a list", lambda value: isinstance(value, Collection) and not isinstance(value, Mapping | bytes))
TYPES = {
    "str": TEXT,
    "bool": Type("True or False", lambda value: isinstance(value, bool)),
    "int": Type("a whole number of at least 0", lambda value: _is_number(value, int)),
    "float": Type("a number of at least 0", lambda value: _is_number(value, int | float)),
    "timedelta": Type("a timedelta", lambda value: isinstance(value, timedelta) and value >= timedelta()),
    "datetime": Type("a datetime", lambda value: isinstance(value, datetime)),
    "Mapping": Type("a dict", lambda value: isinstance(value, Mapping)),
    "Sequence": LIST,
    "Collection": LIST,
}


@cache
def declared(cls: type) -> Mapping[str, tuple[Type, ...] | None]:
    """Return the arguments that this package's classes declare, each with its types; ``None``: any.

    :param cls: The operator or sensor.
    """
    found: dict[str, tuple[Type, ...] | None] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.startswith(f"{PACKAGE}.") and "__init__" in vars(base):
            signature = inspect.signature(inspect.unwrap(vars(base)["__init__"]))
            for name, parameter in signature.parameters.items():
                if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                    found[name] = _types(parameter.annotation, vars(sys.modules[base.__module__]))
    return found


@cache
def _airflow_arguments(cls: type) -> frozenset[str]:
    """Return the arguments of Airflow's own bases, and of a user's subclass of one of ours."""
    names: set[str] = set()
    for base in cls.__mro__:
        if "__init__" in vars(base) and not base.__module__.startswith(f"{PACKAGE}."):
            names |= inspect.signature(inspect.unwrap(vars(base)["__init__"])).parameters.keys()
    return frozenset(names)


def _types(annotation: object, names: Mapping[str, Any]) -> tuple[Type, ...] | None:
    """Return the types that an annotation means; ``None``: any, or one that is not checked here."""
    if not isinstance(annotation, str):
        return None
    found = [_type(part, names) for part in _alternatives(ast.parse(annotation, mode="eval").body)]
    return tuple(each for each in found if each) if all(found) else None


def _alternatives(part: ast.expr) -> Iterator[ast.expr]:
    if isinstance(part, ast.BinOp):
        yield from _alternatives(part.left)
        yield from _alternatives(part.right)
    else:
        yield part


def _type(part: ast.expr, names: Mapping[str, Any]) -> Type | None:
    if isinstance(part, ast.Constant) and part.value is None:
        return NONE
    inner = part.slice if isinstance(part, ast.Subscript) else None
    head = part.value if isinstance(part, ast.Subscript) else part
    name = head.id if isinstance(head, ast.Name) else ""
    if name == "Literal" and inner is not None:
        return _one_of(ast.literal_eval(inner))
    alias = names.get(name, getattr(choices, name, None))
    if get_origin(alias) is Literal:
        return _one_of(get_args(alias))
    known = TYPES.get(name)
    if known is LIST and inner is not None:
        return Type(LIST.name, LIST.takes, tuple(each for part in _alternatives(inner) if (each := _type(part, names))))
    return known


def _one_of(words: object) -> Type:
    allowed = words if isinstance(words, tuple) else (words,)
    return Type(", ".join(map(repr, allowed)), lambda value: value in allowed, words=tuple(map(str, allowed)))


def _is_not_set(value: object) -> bool:
    """Whether a value is Airflow's own sign for an argument that was left out."""
    return any(base.__name__ == "ArgNotSet" for base in type(value).__mro__)
