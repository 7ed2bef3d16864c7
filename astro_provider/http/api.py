"""One HTTP API, at one address, with one token or none: authentication, timeouts, retries, pacing and error mapping."""

from __future__ import annotations

import email.utils
import logging
import time
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

from astro_provider.errors import AstroError, ConfigurationError, UnexpectedResponseError
from astro_provider.http.failures import nothing_listens, speaks_no_tls
from astro_provider.http.messages import Request
from astro_provider.http.pacing import pacers
from astro_provider.http.responses import api_error, parse_json, parse_json_list
from astro_provider.http.retry import IDEMPOTENT, Backoff, Repeat
from astro_provider.http.transport import RequestsTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from astro_provider.http.messages import Content, Response
    from astro_provider.http.profile import Profile
    from astro_provider.http.transport import Transport

log = logging.getLogger(__name__)

CONNECT_TIMEOUT = 10.0
#: What the first retry adds if this machine refused the connection; the retries go on, for a server that restarts.
NOT_RUNNING = " Nothing on this machine is listening there; is the emulator running?"
NO_TLS = " The server is on this machine, and may not accept TLS; does its address need http://?"
MAX_REDIRECTS = 3
#: What a download asks for: the bytes as they are, packed as every server knows to.
DOWNLOAD = {"Accept": "application/octet-stream, application/json", "Accept-Encoding": "gzip"}
T = TypeVar("T")


class Api:
    """Sends requests to one API.

    :param profile: What is particular to this API.
    :param base_url: Its base URL; every path is below it.
    :param token: The bearer token; sent to the base URL's host only. ``None``: nothing is sent that authenticates.
    :param token_id: The token's own id, by which the API names it as the creator of something; ``None``: not known.
    :param transport: How requests get onto the network; default: with ``requests``.
    :param request_timeout: Seconds to wait for a response.
    :param connect_timeout: Seconds to wait for a connection, and until a piece of what is sent has been taken.
    :param backoff: Pauses between attempts.
    :param sleep: How to pause; tests and loops of their own replace it.
    :param understand: Says what the failure of an attempt really means, before it is decided whether to send again;
        returns the same error if it knows no more.
    :raises ConfigurationError: The base URL must not be sent a token.
    """

    def __init__(
        self,
        profile: Profile,
        base_url: str,
        token: str | None,
        *,
        token_id: str | None = None,
        transport: Transport | None = None,
        request_timeout: float = 60.0,
        connect_timeout: float = CONNECT_TIMEOUT,
        backoff: Backoff | None = None,
        sleep: Callable[[float], None] = time.sleep,
        understand: Callable[[AstroError], AstroError] | None = None,
    ) -> None:
        if token is not None and not profile.takes_token(base_url):
            raise ConfigurationError(f"The API token is not sent to {urlsplit(base_url).netloc!r}.")
        self.base_url = base_url.rstrip("/")
        self.token_id = token_id
        self._profile = profile
        self._headers = {**profile.headers, **({} if token is None else {"Authorization": f"Bearer {token}"})}
        self._token = token
        self._secrets: tuple[str, ...] = () if token is None else (token,)
        self._transport = transport or RequestsTransport()
        self._request_timeout = request_timeout
        self._timeout = (min(connect_timeout, request_timeout), request_timeout)
        self._backoff = backoff or Backoff()
        self._sleep = sleep
        self._understand = understand
        self._pacers = pacers(profile.limits)
        self._clock_offset = timedelta()

    def at(
        self, profile: Profile, base_url: str, *, understand: Callable[[AstroError], AstroError] | None = None
    ) -> Api:
        """Return another API that takes the same token, over the same connections and with the same patience.

        :param profile: What is particular to the other API; it says whether its address may be sent the token.
        :param base_url: The other API's base URL.
        :param understand: As for a new one.
        :raises ConfigurationError: The base URL must not be sent the token.
        """
        return Api(
            profile,
            base_url,
            self._token,
            token_id=self.token_id,
            transport=self._transport,
            request_timeout=self._request_timeout,
            backoff=self._backoff,
            sleep=self._sleep,
            understand=understand,
        )

    def close(self) -> None:
        """Close the connections that are kept open for reuse."""
        self._transport.close()

    def elsewhere(
        self, profile: Profile, wrap: Callable[[Transport], Transport], *, connect_timeout: float, extra: float = 0.0
    ) -> Api:
        """Return an Api without token and base URL, each path of which is a whole address.

        It keeps this one's timeout and pauses, and uses its connections, so that closing this one closes it, too.

        :param profile: What is particular to it.
        :param wrap: Puts something between it and the network.
        :param connect_timeout: As for the class.
        :param extra: Seconds to wait for a response besides this one's timeout.
        """
        return Api(
            profile,
            "",
            None,
            transport=wrap(self._transport),
            request_timeout=self._timeout[1] + extra,
            connect_timeout=connect_timeout,
            backoff=self._backoff,
            sleep=self._sleep,
        )

    def server_time(self) -> datetime:
        """Return the time by the API's own clock: from the last response's ``Date`` header, accurate to a second."""
        return datetime.now(timezone.utc) + self._clock_offset

    def pause(self, attempts: int) -> None:
        """Wait before a caller's own next attempt.

        :param attempts: How many attempts the caller has made.
        """
        self._sleep(self._backoff.exponential(attempts - 1))

    def json(
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        body: dict[str, object] | None = None,
        repeat: Repeat | None = None,
        hide: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Send a request and return the JSON object of the response; parameters and errors as for :meth:`send`.

        A body that is not JSON counts as a failed attempt: something in front of the API may have responded.
        """
        request = self._request(method, path, params, body)
        return self._attempts(
            lambda: parse_json(method, path, self._once(request, path, hide)), repeat=repeat or IDEMPOTENT[method]
        )

    def json_list(self, path: str, *, params: Sequence[tuple[str, str]] = ()) -> list[Any]:
        """Read and return the JSON array of the response; parameters and errors as for :meth:`json`.

        :param path: Path below the base URL.
        :param params: Query parameters.
        """
        request = self._request("GET", path, params, None)
        return self._attempts(lambda: parse_json_list("GET", path, self._once(request, path, ())), repeat=Repeat.SAFE)

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        body: dict[str, object] | None = None,
        content: Content | None = None,
        headers: Mapping[str, str] | None = None,
        repeat: Repeat | None = None,
        hide: Sequence[str] = (),
        on_retry: Callable[[AstroError], None] | None = None,
    ) -> Response:
        """Send a request, again where that is allowed, and return the successful response.

        :param method: HTTP method.
        :param path: Path below the base URL.
        :param params: Query parameters; a key may stand more than once.
        :param body: JSON object to send.
        :param content: A body to send as it is, instead of ``body``; each attempt sends a file from its start.
        :param headers: Headers of this request, such as the content's type; they win over the profile's.
        :param repeat: How freely the request may be sent again; default: by its method, as HTTP defines it.
        :param hide: Secrets in the body; an error never repeats them, even where the API's message does.
        :param on_retry: Told of each failed attempt that is followed by another.
        :raises ApiError: The API returned an error status.
        :raises NoResponseError: No complete response arrived.
        :raises UnexpectedResponseError: A redirect to another place.
        """
        request = replace(self._request(method, path, params, body), content=content)
        request = replace(request, headers={**request.headers, **(headers or {})})
        return self._attempts(
            lambda: self._once(request, path, hide), repeat=repeat or IDEMPOTENT[method], on_retry=on_retry
        )

    def download(
        self,
        path: str,
        params: Sequence[tuple[str, str]],
        take: Callable[[Response], T],
        *,
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """Hand over a body piece by piece as it arrives; the whole of it again after a transient failure.

        :param path: Path below the base URL.
        :param params: Query parameters.
        :param take: Reads the response's ``pieces`` to their end, from the start at each attempt; what it returns is
            the result of this call.
        :param headers: Headers of this request, such as the types of content to ask for; they win over all others.
        :raises ApiError: The API returned an error status.
        :raises NoResponseError: No complete response arrived.
        :raises UnexpectedResponseError: A redirect to another place, or what ``take`` found wrong with the body.
        """
        request = self._request("GET", path, params, None)
        request = replace(request, headers={**request.headers, **DOWNLOAD, **(headers or {})}, stream=True)

        def once() -> T:
            with closing(self._once(request, path, ())) as response:
                return take(response)

        return self._attempts(once, repeat=Repeat.SAFE)

    def _request(
        self, method: str, path: str, params: Sequence[tuple[str, str]], body: dict[str, object] | None
    ) -> Request:
        return Request(method, self.base_url + path, params, self._headers, body, self._timeout)

    def _attempts(
        self,
        attempt: Callable[[], T],
        *,
        repeat: Repeat,
        on_retry: Callable[[AstroError], None] | None = None,
    ) -> T:
        retries = 0
        while True:
            try:
                return attempt()
            except AstroError as failure:
                error = self._understand(failure) if self._understand else failure
                pause = self._backoff.pause(error, retries, repeat)
                if pause is None and error is failure:
                    raise
                if pause is None:
                    raise error from None
                retries += 1
                limit = self._backoff.max_retries
                hint = _hint(error) if retries == 1 else ""
                log.warning("Trying again in %.1f s (retry %d of %d). %s%s", pause, retries, limit, error, hint)
                if on_retry:
                    on_retry(error)
                self._sleep(pause)

    def _once(self, request: Request, path: str, hide: Sequence[str]) -> Response:
        method = request.method
        for _ in range(MAX_REDIRECTS + 1):
            if (pacer := self._pacers.get(method)) and (delay := pacer.delay(time.monotonic())):
                self._sleep(delay)
            response = self._transport.send(request, path)
            self._note_clock(response)
            if response.status < 300:
                return response
            if response.status >= 400:
                quote = self._profile.may_quote(method, path)
                raise api_error(method, path, response, self._profile.read_error, (*self._secrets, *hide), quote=quote)
            request = replace(request, url=_redirect(method, path, request.url, response), params=())
        raise UnexpectedResponseError(method, path, response.status, "it redirects without end", retryable=False)

    def _note_clock(self, response: Response) -> None:
        try:
            moment = email.utils.parsedate_to_datetime(response.header("Date") or "")
        except ValueError:
            return
        if moment.tzinfo is not None:
            self._clock_offset = moment - datetime.now(timezone.utc)


def _redirect(method: str, path: str, url: str, response: Response) -> str:
    """Return where a redirect leads, if the same request may go there: a read, and on the same host only."""
    try:
        target = urljoin(url, response.header("Location") or "")
        here, there = urlsplit(url), urlsplit(target)
    except ValueError:
        reason = "it redirects to something that is not a URL"
        raise UnexpectedResponseError(method, path, response.status, reason, retryable=False) from None
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        reason = f"it redirects to another host ({there.scheme}://{there.netloc}); nothing is sent there"
        raise UnexpectedResponseError(method, path, response.status, reason, retryable=False)
    if method not in {"GET", "HEAD"}:
        reason = f"a {method} is not sent again to another address ({there.path})"
        raise UnexpectedResponseError(method, path, response.status, reason, retryable=False)
    return target


def _hint(error: AstroError) -> str:
    """Return what to check at once, and not only after the last retry."""
    if nothing_listens(error):
        return NOT_RUNNING
    return NO_TLS if speaks_no_tls(error) else ""
