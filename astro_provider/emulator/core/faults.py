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
    """One thing that goes wrong.

    :param method: HTTP method; ``*``: any.
    :param path: Path below ``/v1`` with ``*`` within a part, such as ``/organizations/*/deployments``; a last part
        ``deployments*`` means the list and each of its members; ``*`` alone: any path.
    :param status: Status to respond with instead of doing anything.
    :param headers: Headers of that response.
    :param body: Body of that response: text, or an object that becomes JSON.
    :param delay: Seconds to wait before the response.
    :param drop: Close the connection ``before`` or ``after`` the request takes effect.
    :param truncate: Cut the response off after this many bytes of its body, and close the connection.
    :param after_effect: Let the request take effect before responding with ``status``.
    :param times: For how many requests.
    :param skip: How many matching requests succeed first.
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

    @classmethod
    def ordered(cls, **what: Any) -> Fault:
        """Return the fault that somebody asks for by the names of its fields.

        :param what: Values by field.
        :raises TypeError: There is no such field.
        :raises ValueError: A field cannot have its value.
        """
        known = [each.name for each in fields(cls)]
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
