"""From text to mappings, lists and the text of scalars, with the place of every key and value.

Built from YAML's events rather than with its constructors: nothing is guessed (``on``, ``010`` and ``1.10`` stay as
typed), depth and size are bounded while reading, and every key's line is at hand. JSON is read the same way.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from astro_provider.deployment_file.locate import LARGEST
from astro_provider.deployment_file.positions import Key, Origin, Span, dotted, inside
from astro_provider.deployment_file.python_tree import DEEPEST, plain, unstorable
from astro_provider.deployment_file.syntax_errors import syntax_error
from astro_provider.errors import DeploymentFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_COPIED = 10_000
#: Line breaks to YAML, besides the usual ones; ordinary characters to JSON.
OTHER_LINE_BREAKS = "\x85\u2028\u2029"
NULL = {"", "~", "null", "Null", "NULL"}
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SURROGATES = re.compile(r"\\\\|\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)
PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq")}

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def from_text(text: str, source: str) -> tuple[object, Origin]:
    """Read YAML or JSON.

    :param text: The whole document.
    :param source: What errors call it.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > LARGEST:
        raise DeploymentFileError(f"is too long: {len(text):,} characters, at most {LARGEST:,}", source=source)
    if bad := UNPRINTABLE.search(text):
        raise DeploymentFileError(
            f"is not a text file: character U+{ord(bad[0]):04X} at offset {bad.start()}",
            source=source,
            line=text.count("\n", 0, bad.start()) + 1,
        )
    broken = None
    if text.lstrip().startswith("{"):
        text, broken = _json_as_yaml(text)
    document = _Document(text, source, broken)
    return document.read(), document.origin()


def from_mapping(mapping: Mapping[str, object], source: str) -> tuple[object, Origin]:
    """Copy a dict, checking that it holds what a file could.

    :param mapping: The document.
    :param source: What errors call it.
    """
    return plain(mapping, source), Origin(source)


def root_text(text: str, source: str, key: str) -> tuple[str | None, int | None]:
    """Return the text of one key at the root of somebody else's YAML, and its line, whatever else is written there.

    Tags, merge keys and repeated keys, which :func:`from_text` refuses, are nobody's business then.

    :param text: The whole document.
    :param source: What errors call it.
    :param key: The key.
    """
    events = _Document(text, source, None).events()
    next(events)
    if isinstance(next(events), yaml.StreamEndEvent) or not isinstance(next(events), yaml.MappingStartEvent):
        return None, None
    while not isinstance(name := next(events), yaml.MappingEndEvent):
        is_it = isinstance(name, yaml.ScalarEvent) and name.value == key
        _skip(name, events)
        value = next(events)
        if is_it and isinstance(value, yaml.ScalarEvent):
            is_null = value.implicit[0] and value.value in NULL
            return None if is_null else str(value.value), _line(value)
        _skip(value, events)
    return None, None


def _skip(event: Any, events: Iterator[Any]) -> None:
    """Pass over the rest of a value that has begun."""
    depth = 0
    while True:
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if not depth:
            return
        event = next(events)


def _json_as_yaml(text: str) -> tuple[str, json.JSONDecodeError | None]:
    """Make valid JSON valid YAML: no tabs between tokens, no YAML line breaks in text, no pairs of escapes.

    Text that is not valid JSON is returned as it is, with the reason: YAML mappings can also begin with a brace.
    """
    try:
        json.loads(text, parse_int=str, parse_float=str)
    except json.JSONDecodeError as error:
        return text, error
    except (ValueError, RecursionError):
        return text, None

    def joined(match: re.Match[str]) -> str:
        return bytes.fromhex(match[1] + match[2]).decode("utf-16-be") if match[1] else match[0]

    text = re.sub(f"[{OTHER_LINE_BREAKS}]", lambda found: f"\\u{ord(found[0]):04x}", text)
    return SURROGATES.sub(joined, text.replace("\t", " ")), None


class _Anchored(NamedTuple):
    """What an alias stands for.

    :param value: The value.
    :param size: How many values it has.
    :param spans: Key from there -> where the text has its single values.
    """

    value: object
    size: int
    spans: list[tuple[Key, list[Span]]]


class _Document:
    """One YAML document on its way from events to values."""

    def __init__(self, text: str, source: str, broken_json: json.JSONDecodeError | None) -> None:
        self._text = text
        self._source = source
        self._broken_json = broken_json
        self._lines: dict[Key, int] = {}
        self._repeats: dict[Key, int] = {}
        self._spans: dict[Key, list[Span]] = {}
        self._singles: list[Key] = []
        self._anchors: dict[str, _Anchored] = {}
        self._size = 0
        self._copied = 0

    def read(self) -> object:
        """Return the only document of the text; empty ones after it, such as after a final ``---``, do not count."""
        events = self.events()
        next(events)
        if isinstance(next(events), yaml.StreamEndEvent):
            raise self._error("is empty", None)
        tree = self._value(next(events), events, ())
        next(events)
        while not isinstance(after := next(events), yaml.StreamEndEvent):
            content = next(events)
            if not (isinstance(content, yaml.ScalarEvent) and content.implicit[0] and content.value == ""):
                raise self._error("contains more than one document; keep only one", after)
            next(events)
        return tree

    def origin(self) -> Origin:
        """Return where everything stands that was read."""
        return Origin(self._source, self._lines, self._repeats, self._spans, self._text)

    def events(self) -> Iterator[Any]:
        """Yield the events of the text; what is wrong with it becomes an error of ours."""
        last = None
        try:
            for last in yaml.parse(self._text, Loader=Loader):
                yield last
        except yaml.MarkedYAMLError as error:
            line, problem = syntax_error(error, self._text, last)
            if "nesting depth" in str(error.problem):  # PyYAML 6.0.4 and later look far enough ahead to notice first
                problem = f"is nested deeper than {DEEPEST} levels"
            if self._broken_json:
                line, problem = self._broken_json.lineno, f"is not valid JSON: {self._broken_json.msg}"
            raise DeploymentFileError(problem, source=self._source, line=line) from None
        except (yaml.YAMLError, ValueError, UnicodeError) as error:
            raise DeploymentFileError(f"is not YAML: {type(error).__name__}", source=self._source) from None

    def _value(self, event: Any, events: Iterator[Any], key: Key) -> object:
        self._size += 1
        if isinstance(event, yaml.AliasEvent):
            return self._copy(event, key)
        if event.tag not in (None, "!") and event.tag not in PLAIN_TAGS:
            raise self._error("tags such as '!name' are not supported; write plain values", event, key)
        if len(key) > DEEPEST:
            raise self._error(f"is nested deeper than {DEEPEST} levels", event, key[:4])
        size, singles = self._size, len(self._singles)
        value: object
        if isinstance(event, yaml.MappingStartEvent):
            value = self._mapping(events, key)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(events, key)
        else:
            value = None if event.implicit[0] and event.value in NULL else self._scalar(event, key)
            self._note_spans(key, [(event.start_mark.index, event.end_mark.index)])
        if event.anchor:
            spans = [(single[len(key) :], self._spans[single]) for single in self._singles[singles:]]
            self._anchors[event.anchor] = _Anchored(value, self._size - size + 1, spans)
        return value

    def _note_spans(self, key: Key, spans: list[Span]) -> None:
        self._singles.append(key)
        self._spans.setdefault(key, []).extend(spans)

    def _copy(self, event: Any, key: Key) -> object:
        if event.anchor not in self._anchors:
            raise self._error("the alias ('*name') has no anchor ('&name') before it", event, key)
        anchored = self._anchors[event.anchor]
        self._size += anchored.size
        self._copied += anchored.size
        if self._copied > MOST_COPIED:
            raise self._error(f"aliases ('*name') repeat more than {MOST_COPIED:,} values", event, key)
        for below, spans in anchored.spans:
            self._note_spans(inside(key, *below), spans)
        return anchored.value

    def _mapping(self, events: Iterator[Any], key: Key) -> dict[str, object]:
        mapping: dict[str, object] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                jinja = self._text.startswith("{{", max(0, event.start_mark.index - 1))
                problem = "a value that begins with '{{' must be quoted" if jinja else "a key must be plain text"
                raise self._error(problem, event, key)
            name = self._scalar(event, key)
            if name == "<<" and event.implicit[0]:
                raise self._error("merge keys ('<<') are not supported; write the keys out", event, key)
            here = inside(key, name)
            first = self._lines.setdefault(here, _line(event))
            value = self._value(next(events), events, here)
            if name in mapping:
                self._repeats.setdefault(here, _line(event))
                if mapping[name] != value:
                    raise self._error(
                        f"is given twice with different values, first on line {first}; keep only one", event, here
                    )
            mapping[name] = value
        return mapping

    def _sequence(self, events: Iterator[Any], key: Key) -> list[object]:
        values: list[object] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            here = (*key, len(values))
            self._lines.setdefault(here, _line(event))
            values.append(self._value(event, events, here))
        return values

    def _scalar(self, event: Any, key: Key) -> str:
        if problem := unstorable(event.value):
            raise self._error(problem, event, key)
        return str(event.value)

    def _error(self, problem: str, event: Any, key: Key = ()) -> DeploymentFileError:
        line = None if event is None else _line(event)
        return DeploymentFileError(problem, source=self._source, line=line, key=dotted(key) or None)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
