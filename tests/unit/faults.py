"""What a network and an API can do to a call, ordered for the call that does the work; and a count of all calls."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
import requests
import requests_mock
from urllib3.exceptions import MaxRetryError, NameResolutionError

from astro_provider.client import AstroClient
from astro_provider.emulator.core.faults import Fault
from astro_provider.errors import AstroError
from tests.builders.errors import error

MAX_RETRIES = 2
UNRESOLVED = NameResolutionError("api.astronomer.io", None, OSError(-2, "Name or service not known"))
#: What the emulator does, or what the client meets before the call gets there, or before its answer comes back.
#: The first one is what `make unit` tries; a wait respects Retry-After, and takes as long.
FAULTS: dict[str, dict[str, Any]] = {
    "500": {"status": 500, "body": error(500, "internal")},
    "429 with Retry-After": {"status": 429, "headers": {"Retry-After": "1"}, "body": "slow down"},
    "429": {"status": 429},
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


class KilledError(BaseException):
    """The worker's process has ended."""


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
    :param runner: What runs the tasks.
    """

    astro: Any
    runner: Any = None
    sent: Counter[str] = field(default_factory=Counter)
    strikes: list[tuple[Call, dict[str, Any]]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    kill_at: int | None = None
    kill_after_effect: bool = False

    @contextmanager
    def in_between(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Let every request of the connection meet what was ordered; pauses are noted and not made."""
        connection = {**self.astro.connection(), "extra": {"max_retries": MAX_RETRIES}}
        monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(connection))
        monkeypatch.setitem(AstroClient.__init__.__kwdefaults__, "sleep", self.pauses.append)
        with requests_mock.Mocker(real_http=True) as network:
            network.add_matcher(self.edge)
            yield

    def strike(self, call: Call, fault: str, times: int = 1) -> None:
        """Order a fault for a kind of call."""
        if "error" in FAULTS[fault]:
            self.strikes += [(call, FAULTS[fault])] * times
        else:
            self.astro.fault(call.method, call.path, times=times, **FAULTS[fault])

    def edge(self, request: Any) -> None:
        """Count a request where it leaves the client, and let it meet what waits for it there."""
        if self.kill_at == sum(self.sent.values()):
            self.kill_at = None
            if self.kill_after_effect:
                _arrive(request)
            raise KilledError
        self.sent[request.method] += 1
        if not self.strikes or not self.strikes[0][0].is_meant(request):
            return
        _, what = self.strikes.pop(0)
        if what.get("effect"):
            _arrive(request)
        raise what["error"]

    def calm(self) -> bool:
        """Whether everything that was ordered has happened."""
        return not self.strikes and not self.astro.faults.waiting()

    def fail_for_now(self, call: Call, fault: str, run: Callable[[], Any]) -> None:
        """Let a task meet a fault that lasts, and fail; it ends before Airflow's next try."""
        self.strike(call, fault, times=100)
        with pytest.raises(AstroError) as caught:
            run()
        assert caught.value.retryable
        self.astro.clear_faults()
        self.strikes.clear()
        self.runner.ti.try_number = 2

    def kill(self, number: int, run: Callable[[], Any], *, after_effect: bool) -> None:
        """Kill the worker of a task's first try at a call, before or after the call took effect."""
        self.sent.clear()
        self.kill_at, self.kill_after_effect, self.runner.ti.try_number = number, after_effect, 1
        with pytest.raises(KilledError):
            run()
        self.runner.ti.try_number = 2


def _arrive(request: Any) -> None:
    """Bring a request to the emulator, and lose the response."""
    headers = dict(request.headers.items())
    body = request.body.read() if hasattr(request.body, "read") else request.body
    urlopen(Request(request.url, body, headers, method=request.method)).close()
