"""Faults on order: what goes wrong, for which calls, how often."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any, Literal

from astro_provider.emulator.core.problems import unknown


@dataclass
class Fault:
    """A fault: something that goes wrong with a request.

    :param method: HTTP method; ``*``: any.
    :param path: Path below ``/v1`` with ``*`` within a segment, such as ``/organizations/*/deployments``. A last
        segment ``deployments*`` matches the list and each of its members. ``*`` alone matches any path.
    :param status: Status of the response; the request has no effect.
    :param headers: Headers of that response.
    :param body: Body of that response: text, or an object that is sent as JSON.
    :param delay: Seconds to wait before the response.
    :param drop: Drop the connection ``before`` or ``after`` the request takes effect.
    :param truncate: Cut off the response after this many bytes of its body, and close the connection.
    :param after_effect: Let the request take effect before responding with ``status``.
    :param times: Number of requests to which the fault happens.
    :param skip: Number of matching requests that succeed first.
    :ivar happened: Number of requests to which the fault has happened.
    """

    method: str = "*"
    path: str = "*"
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    delay: float = 0.0
    drop: Literal["before", "after"] | None = None
    truncate: int | None = None
    after_effect: bool = False
    times: int = 1
    skip: int = 0
    happened: int = field(default=0, init=False)

    @classmethod
    def ordered(cls, **what: Any) -> Fault:
        """Return the fault that somebody asks for by the names of its fields.

        :param what: Values by field.
        :raises TypeError: There is no such field.
        :raises ValueError: A field cannot have its value.
        """
        known = [each.name for each in fields(cls) if each.init]
        for name in what:
            if name not in known:
                raise TypeError(unknown("field of a fault", name, known))
        if what.get("drop") not in {None, "before", "after"}:
            raise ValueError(f"drop={what['drop']!r}; allowed: 'before', 'after'")
        return cls(**what)

    def matches(self, method: str, path: str) -> bool:
        """Whether it happens to a call.

        :param method: HTTP method.
        :param path: Path below ``/v1``.
        """
        if self.method not in {"*", method}:
            return False
        if self.path == "*":
            return True
        pattern, parts = self.path.split("/"), path.split("/")
        if pattern[-1].endswith("s*") and len(parts) == len(pattern) + 1:
            parts = parts[:-1]
        return len(pattern) == len(parts) and all(fnmatchcase(p, q) for p, q in zip(parts, pattern, strict=True))

    def payload(self) -> bytes:
        """Return the bytes of its body."""
        if self.body is None:
            return b""
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


class Faults:
    """The faults that are waiting to happen; the first that matches a call happens to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Order a fault.

        :param fault: The fault.
        """
        with self._lock:
            self._waiting.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that happens to a call, and count it.

        :param method: HTTP method.
        :param path: Path below ``/v1``.
        """
        with self._lock:
            for fault in self._waiting:
                if not fault.matches(method, path):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                fault.happened += 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None

    def waiting(self) -> list[dict[str, Any]]:
        """Return what has still to happen."""
        with self._lock:
            return [asdict(fault) for fault in self._waiting]

    def clear(self) -> None:
        """Cancel all."""
        with self._lock:
            self._waiting.clear()
