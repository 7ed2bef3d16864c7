"""One HTTP conversation with the Astro API: session, authentication, timeouts, retry and error mapping.

The only module that uses ``requests``.
"""

from __future__ import annotations

import email.utils
import logging
import platform
import time
from datetime import datetime, timedelta, timezone
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

from astro_provider import __version__
from astro_provider.errors import AstroError, NoResponseError, UnexpectedResponseError
from astro_provider.http.pacing import pacers
from astro_provider.http.responses import api_error, parse_json
from astro_provider.http.retry import Backoff, Repeat
from astro_provider.http.streaming import WireBody, pieces_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)

CLIENT_NAME = "airflow-provider-astro"
#: Minor version of the API that every call pins. Source: https://www.astronomer.io/docs/astro/api/v-1/versioning-and-support
API_VERSION = "1.0"
CONNECT_TIMEOUT = 10.0
MAX_REDIRECTS = 3
#: What a download asks for: the bytes as they are, packed as every server knows to.
DOWNLOAD = {"Accept": "application/octet-stream, application/json", "Accept-Encoding": "gzip"}
T = TypeVar("T")


class BearerAuth(requests.auth.AuthBase):
    """Sends the token; set as the session's own authentication so that a ``.netrc`` entry never replaces it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign one request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Transport:
    """Sends requests to one base URL with one token.

    :param base_url: API base URL, ``/v1`` included.
    :param token: API token; sent to this host only.
    :param request_timeout: Seconds to wait for an answer.
    :param backoff: Pauses between tries.
    :param sleep: How to pause; tests and loops of their own replace it.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        request_timeout: float = 60.0,
        backoff: Backoff | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._timeout = (min(CONNECT_TIMEOUT, request_timeout), request_timeout)
        self._backoff = backoff or Backoff()
        self._sleep = sleep
        self._pacers = pacers()
        self._clock_offset = timedelta()
        self._session = _session(token)
        self._token = token

    def close(self) -> None:
        """Close the connections that are kept open for reuse."""
        self._session.close()

    def server_time(self) -> datetime:
        """The time by the API's own clock, as far as its last answer told it; one second coarse."""
        return datetime.now(timezone.utc) + self._clock_offset

    def pause(self, tries: int) -> None:
        """Wait before a caller's own repetition of a call.

        :param tries: How often the caller has tried.
        """
        self._sleep(self._backoff.exponential(tries - 1))

    def get(self, path: str, params: Sequence[tuple[str, str]] = (), *, repeat: Repeat = Repeat.SAFE) -> Any:
        """Read a resource.

        :param path: Path below the base URL.
        :param params: Query parameters; a key may stand more than once.
        :param repeat: How freely the call may be sent again.
        """
        return parse_json("GET", path, self.send("GET", path, params=params, repeat=repeat))

    def post(self, path: str, body: dict[str, object], *, repeat: Repeat, hide: Sequence[str] = ()) -> Any:
        """Send a body and return the answer.

        :param path: Path below the base URL.
        :param body: The JSON object to send.
        :param repeat: How freely the call may be sent again.
        :param hide: Secrets in the body; an error never repeats them, even where the API's message does.
        """
        return parse_json("POST", path, self.send("POST", path, body=body, repeat=repeat, hide=hide))

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        body: dict[str, object] | None = None,
        repeat: Repeat = Repeat.SAFE,
        hide: Sequence[str] = (),
        on_retry: Callable[[AstroError], None] | None = None,
    ) -> requests.Response:
        """Send a call, again where that is allowed, and return the successful answer.

        :param method: HTTP method.
        :param path: Path below the base URL.
        :param params: Query parameters; a key may stand more than once.
        :param body: JSON object to send.
        :param repeat: How freely the call may be sent again.
        :param hide: Secrets in the body; an error never repeats them.
        :param on_retry: Told of each failed try that is followed by another.
        :raises ApiError: Astro answered with an error status.
        :raises NoResponseError: No complete answer arrived.
        :raises UnexpectedResponseError: A redirect to another place.
        """
        return self._tries(
            lambda: self._once(method, path, params, body, (self._token, *hide)), repeat=repeat, on_retry=on_retry
        )

    def download(self, path: str, params: Sequence[tuple[str, str]], take: Callable[[WireBody], T]) -> T:
        """Hand over a body piece by piece as it arrives; the whole of it again after a transient failure.

        :param path: Path below the base URL.
        :param params: Query parameters.
        :param take: Reads the body to its end, anew for each try, and returns the result of this call.
        :raises ApiError: Astro answered with an error status.
        :raises NoResponseError: No complete answer arrived.
        :raises UnexpectedResponseError: A redirect to another place, or what ``take`` found wrong with the body.
        """

        def once() -> T:
            with self._once("GET", path, params, None, (self._token,), streaming=True) as response:
                return take(WireBody(pieces_of("GET", path, response), response.status_code, response.headers))

        return self._tries(once)

    def _tries(
        self,
        attempt: Callable[[], T],
        *,
        repeat: Repeat = Repeat.SAFE,
        on_retry: Callable[[AstroError], None] | None = None,
    ) -> T:
        retries = 0
        while True:
            try:
                return attempt()
            except AstroError as error:
                pause = self._backoff.pause(error, retries, repeat)
                if pause is None:
                    raise
                retries += 1
                log.warning("%s Trying again in %.1f s (%d of %d).", error, pause, retries, self._backoff.max_retries)
                if on_retry:
                    on_retry(error)
                self._sleep(pause)

    def _once(
        self,
        method: str,
        path: str,
        params: Sequence[tuple[str, str]],
        body: dict[str, object] | None,
        hide: Sequence[str],
        *,
        streaming: bool = False,
    ) -> requests.Response:
        url = self.base_url + path
        for _ in range(MAX_REDIRECTS + 1):
            response = self._exchange(method, path, url, params, body, streaming=streaming)
            self._note_clock(response)
            if response.status_code < 300:
                return response
            if response.status_code >= 400:
                raise api_error(method, path, response, hide)
            url, params = self._redirect(method, path, url, response), ()
        raise UnexpectedResponseError(
            method, path, response.status_code, "it was redirected too often", retryable=False
        )

    def _exchange(
        self,
        method: str,
        path: str,
        url: str,
        params: Sequence[tuple[str, str]],
        body: dict[str, object] | None,
        *,
        streaming: bool,
    ) -> requests.Response:
        if delay := self._pacers[method].delay(time.monotonic()):
            self._sleep(delay)
        try:
            response = self._session.request(
                method,
                url,
                params=list(params),
                json=body,
                timeout=self._timeout,
                allow_redirects=False,
                stream=streaming,
                headers=DOWNLOAD if streaming else None,
            )
            if response.status_code >= 300:
                _ = response.content  # no download; read here, where it is noticed if that fails
            return response
        except requests.RequestException as error:
            # Not chained: the exception holds the request, and with it the token.
            raise _no_answer(method, path, error, self._timeout) from None

    def _redirect(self, method: str, path: str, url: str, response: requests.Response) -> str:
        target = urljoin(url, response.headers.get("Location", ""))
        here, there = urlsplit(url), urlsplit(target)
        if (here.scheme, here.netloc) != (there.scheme, there.netloc):
            reason = f"it redirects to another host ({there.scheme}://{there.netloc}); the token is not sent there"
            raise UnexpectedResponseError(method, path, response.status_code, reason, retryable=False)
        if method != "GET":
            reason = f"a {method} is not sent again to another address ({there.path})"
            raise UnexpectedResponseError(method, path, response.status_code, reason, retryable=False)
        return target

    def _note_clock(self, response: requests.Response) -> None:
        try:
            moment = email.utils.parsedate_to_datetime(response.headers["Date"])
        except (KeyError, ValueError):
            return
        if moment.tzinfo is not None:
            self._clock_offset = moment - datetime.now(timezone.utc)


def _session(token: str) -> requests.Session:
    session = requests.Session()
    session.auth = BearerAuth(token)
    session.headers.update(
        {
            "Accept": "application/json",
            "User-Agent": f"{CLIENT_NAME}/{__version__}",
            "X-API-Version": API_VERSION,
            "X-Astro-Client-Identifier": CLIENT_NAME,
            "X-Astro-Client-Version": __version__,
            "X-Client-OS-Identifier": f"{platform.system().lower()}-{platform.machine()}",
        }
    )
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=2, pool_maxsize=16)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _no_answer(
    method: str, path: str, error: requests.RequestException, timeout: tuple[float, float]
) -> NoResponseError:
    """Say in words what happened, and whether the request can have reached the API."""
    detail = repr(error)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return NoResponseError(method, path, f"no connection within {timeout[0]:g} s", sent=False)
    if isinstance(error, requests.exceptions.ReadTimeout):
        return NoResponseError(method, path, f"nothing arrived for {timeout[1]:g} s")
    if isinstance(error, requests.exceptions.SSLError):
        return NoResponseError(
            method, path, "the TLS connection could not be made; is the certificate right?", sent=False
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return NoResponseError(method, path, "the proxy refused or could not be reached", sent=False)
    if "NameResolution" in detail or "getaddrinfo" in detail or "Name or service not known" in detail:
        return NoResponseError(method, path, "the host name cannot be resolved", sent=False)
    if "NewConnectionError" in detail or "Connection refused" in detail:
        return NoResponseError(method, path, "the connection was refused", sent=False)
    if isinstance(error, (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)):
        return NoResponseError(method, path, "the answer was cut off or damaged on the way")
    if isinstance(error, requests.exceptions.ConnectionError):
        return NoResponseError(method, path, "the connection was dropped before the answer arrived")
    return NoResponseError(method, path, type(error).__name__)
