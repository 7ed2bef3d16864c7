"""What a network and an API can do to a call, ordered for the call that does the work; and a count of all calls."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import requests
from urllib3.exceptions import MaxRetryError, NameResolutionError

from astro_provider.emulator.core.faults import Fault
from tests.builders.errors import error

MAX_RETRIES = 2
UNRESOLVED = NameResolutionError("api.astronomer.io", None, OSError(-2, "Name or service not known"))
#: What the emulator does, or what the client meets before the call gets there, or before its answer comes back.
FAULTS: dict[str, dict[str, Any]] = {
    "429 with Retry-After": {"status": 429, "headers": {"Retry-After": "1"}, "body": "slow down"},
    "429": {"status": 429},
    "500": {"status": 500, "body": error(500, "internal")},
    "502 with HTML": {"status": 502, "body": "<html>Bad Gateway</html>"},
    "503": {"status": 503},
    "reset before": {"drop": "before"},
    "reset after the effect": {"drop": "after"},
    "truncated JSON": {"truncate": 20},
    "timeout before": {"error": requests.exceptions.ReadTimeout()},
    "timeout after the effect": {"error": requests.exceptions.ReadTimeout(), "effect": True},
    "DNS failure": {"error": requests.exceptions.ConnectionError(MaxRetryError(None, "/v1", UNRESOLVED))},
}
#: After these the call has taken effect all the same; after the others it has not.
EFFECTIVE = {"reset after the effect", "truncated JSON", "timeout after the effect"}
#: After these it is sure that it has not.
REFUSED = {"429 with Retry-After", "429", "DNS failure"}
#: Those of which one is seen often in a row: an outage, as the client tells one kind from another.
LASTING = ("429", "503", "reset before", "DNS failure")


@dataclass(frozen=True)
class Call:
    """A kind of call.

    :param method: Its method.
    :param path: Its path below the API's base URL.
    """

    method: str
    path: str

    def is_meant(self, request: Any) -> bool:
        """Whether a request is one of this kind."""
        path = urlsplit(request.url).path.removeprefix("/v1")
        return bool(request.method == self.method and Fault(self.method, self.path).matches(self.method, path))


@dataclass
class Network:
    """The network between the client and the emulator.

    :param astro: The emulator.
    """

    astro: Any
    sent: Counter[str] = field(default_factory=Counter)
    strikes: list[tuple[Call, dict[str, Any]]] = field(default_factory=list)

    def strike(self, call: Call, fault: str, times: int = 1) -> None:
        """Order a fault for a kind of call."""
        if "error" in FAULTS[fault]:
            self.strikes += [(call, FAULTS[fault])] * times
        else:
            self.astro.fault(call.method, call.path, times=times, **FAULTS[fault])

    def edge(self, request: Any) -> None:
        """Count a request where it leaves the client, and let it meet what waits for it there."""
        self.sent[request.method] += 1
        if not self.strikes or not self.strikes[0][0].is_meant(request):
            return
        _, what = self.strikes.pop(0)
        if what.get("effect"):
            headers = dict(request.headers.items())
            body = request.body.read() if hasattr(request.body, "read") else request.body
            urlopen(Request(request.url, body, headers, method=request.method)).close()
        raise what["error"]

    def calm(self) -> bool:
        """Whether everything that was ordered has happened."""
        return not self.strikes and not self.astro.faults.waiting()
