"""The types of value in a Deployment file, and every spelling that each of them accepts.

Readers hand over scalars as the text that was typed, so ``1.10`` stays ``1.10`` and ``on`` stays ``on`` until a
field asks for a number or a switch. Null and an absent key mean the same everywhere: the file says nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from astro_provider.common.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

SWITCH = {**dict.fromkeys(("true", "yes", "on", "y"), True), **dict.fromkeys(("false", "no", "off", "n"), False)}
WHOLE = re.compile(r"(?P<number>[+-]?(0|[1-9][0-9]{0,9}))(\.0+)?")
EMAIL = re.compile(r"(?P<name>[^<>\n]*<)?[^@\s<>,;\"]+@[^@\s<>,;\"]+(?(name)>)")
CPU = re.compile(r"[0-9]+(\.[0-9]+)?m?")
MEMORY = re.compile(r"[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti)")
LOOSE_AMOUNT = re.compile(r"(?P<number>[0-9]+(\.[0-9]+)?) *(?P<letter>[A-Za-z])[A-Za-z]?")
#: Any Kubernetes quantity, as the API document says.
STORAGE = re.compile(r"[0-9]+(\.[0-9]+)?([KMGTPE]i|[mkMGTPE]|[eE][+-]?[0-9]+)?")


def wrong(problem: str) -> PydanticCustomError:
    """Make the error that a validator raises; the text is taken literally."""
    return PydanticCustomError("spelling", "{problem}", {"problem": problem})


def type_in_words(value: object) -> str:
    """Name the type of a value without showing the value, which may be a secret."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    return "text" if isinstance(value, str) else f"a Python object of type {type(value).__name__}"


def text(value: object) -> str | None:
    """Accept text and whole numbers; other numbers have no certain text (is ``1.1`` ``1.10``?)."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    hint = " (quote it)" if isinstance(value, bool | float) else ""
    raise wrong(f"must be text, not {type_in_words(value)}{hint}")


def filled(value: object) -> str | None:
    """Accept text; blank text says nothing, as in ``scheduler_size: ""`` of an exported HYBRID file."""
    return (text(value) or "").strip() or None


def named(value: object) -> str | None:
    """Accept text as it is, outer spaces included, since Astro may have stored them; blank text says nothing."""
    return text(value) if filled(value) else None


def whole(value: object) -> int | None:
    """Accept a whole number, also as the text that a rendered template gives, and with a fraction of zero."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and (found := WHOLE.fullmatch(value.strip())):
        return int(found["number"])
    shown = repr(value[:40]) if isinstance(value, str) else type_in_words(value)
    raise wrong(f"must be a whole number, not {shown}")


def switch(value: object) -> bool | None:
    """Accept true and false in YAML's spellings."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in SWITCH:
        return SWITCH[value.strip().lower()]
    shown = repr(value[:40]) if isinstance(value, str) else type_in_words(value)
    raise wrong(f"must be true or false, not {shown}")


def choice(allowed: tuple[str, ...], older: dict[str, str]) -> Callable[[object], str | None]:
    """Build the reader of an enumeration: any case, and the spellings of older documentation.

    :param allowed: Today's names.
    :param older: Older name -> today's name, upper case.
    """

    def read(value: object) -> str | None:
        word = filled(value)
        if word is None:
            return None
        name = older.get(word.upper(), word.upper())
        if name not in allowed:
            near = nearest(word, [*allowed, *older])
            hint = f"; did you mean {older.get(near, near)!r}?" if near else ""
            raise wrong(f"must be one of {', '.join(allowed)}, not {word[:40]!r}{hint}")
        return name

    return read


def amount(pattern: re.Pattern[str], example: str) -> Callable[[object], str | None]:
    """Build the reader of a CPU or memory amount.

    :param pattern: What an amount looks like.
    :param example: One that fits, for the message.
    """

    def read(value: object) -> str | None:
        word = filled(repr(value) if isinstance(value, float) else value)
        if word is not None and not pattern.fullmatch(word):
            raise wrong(f"must be an amount such as {example}, not {word[:40]!r}{_other_unit(word, pattern)}")
        return word

    return read


def _other_unit(word: str, pattern: re.Pattern[str]) -> str:
    """Suggest the unit that begins with the same letter: ``10Gi`` for ``10 GB`` or ``10gi``."""
    found = LOOSE_AMOUNT.fullmatch(word)
    units = [unit for unit in ("Ki", "Mi", "Gi", "Ti", "m") if found and unit[0].lower() == found["letter"].lower()]
    fits = [f"{found['number']}{unit}" for unit in units if found and pattern.fullmatch(f"{found['number']}{unit}")]
    return f"; did you mean {fits[0]!r}?" if fits else ""


def email(value: object) -> str | None:
    """Accept one email address, bare or as ``Name <address>``."""
    word = filled(value)
    if word is None or not EMAIL.fullmatch(word):
        raise wrong(f"must be an email address such as team@example.com, not {(word or '')[:80]!r}")
    return word


def longest(characters: int) -> AfterValidator:
    """Limit the length of text, if there is any.

    :param characters: The API's limit.
    """

    def read(value: str | None) -> str | None:
        if value is not None and len(value) > characters:
            raise wrong(f"must have at most {characters} characters, not {len(value)}")
        return value

    return AfterValidator(read)


def smallest(number: int) -> AfterValidator:
    """Limit a number, if there is one.

    :param number: The API's limit.
    """

    def read(value: int | None) -> int | None:
        if value is not None and value < number:
            raise wrong(f"must be at least {number}, not {value}")
        return value

    return AfterValidator(read)


OLDER_TYPES = {"HOSTED_SHARED": "STANDARD", "HOSTED_STANDARD": "STANDARD", "HOSTED_DEDICATED": "DEDICATED"}
OLDER_EXECUTORS = {f"{name}EXECUTOR": name for name in ("CELERY", "KUBERNETES", "ASTRO")}

Text = Annotated[str | None, BeforeValidator(text)]
Filled = Annotated[str | None, BeforeValidator(filled)]
Name = Annotated[str | None, BeforeValidator(named)]
Whole = Annotated[int | None, BeforeValidator(whole)]
Switch = Annotated[bool | None, BeforeValidator(switch)]
SwitchedOn = Annotated[bool, BeforeValidator(lambda value: switch(value) or False)]
Email = Annotated[str, BeforeValidator(email)]
Cpu = Annotated[str | None, BeforeValidator(amount(CPU, "0.25"))]
Memory = Annotated[str | None, BeforeValidator(amount(MEMORY, "0.5Gi"))]
Storage = Annotated[str | None, BeforeValidator(amount(STORAGE, "10Gi"))]

DeploymentType = Literal["STANDARD", "DEDICATED", "HYBRID"]
Type = Annotated[DeploymentType | None, BeforeValidator(choice(("STANDARD", "DEDICATED", "HYBRID"), OLDER_TYPES))]
Executor = Annotated[
    Literal["CELERY", "KUBERNETES", "ASTRO"] | None,
    BeforeValidator(choice(("CELERY", "KUBERNETES", "ASTRO"), OLDER_EXECUTORS)),
]
SchedulerSize = Annotated[
    Literal["SMALL", "MEDIUM", "LARGE", "EXTRA_LARGE"] | None,
    BeforeValidator(choice(("SMALL", "MEDIUM", "LARGE", "EXTRA_LARGE"), {})),
]
Provider = Annotated[Literal["AWS", "GCP", "AZURE"] | None, BeforeValidator(choice(("AWS", "GCP", "AZURE"), {}))]
