"""An API that asks for a login by itself (401 with ``WWW-Authenticate``), and that leads to other hosts."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from astro_provider.errors import NoResponseError, UnexpectedResponseError
from astro_provider.http.api import MAX_REDIRECTS, Api
from astro_provider.http.login import read_challenges, why_not_log_in
from astro_provider.http.messages import Pieces, Request, Response
from astro_provider.http.responses import api_error
from astro_provider.http.secrecy import unlogged
from astro_provider.http.urls import is_loopback, is_safe_for_token, is_well_formed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from astro_provider.http.login import Login
    from astro_provider.http.profile import Profile


log = logging.getLogger(__name__)


class GuardedApi(Api):
    """Sends requests to one host, over https, or over http if it is this machine.

    The login goes to that host and to its token service, if :func:`why_not_log_in` has nothing against it. Whatever
    else the host leads to, a cloud's storage for example, is asked without ``Authorization``.

    :param profile: What is particular to this API.
    :param host: Host and port.
    :param scope: What to ask the token service for if the API does not say it.
    :param login: User and password; ``None``: anonymous.
    :param how: As for :class:`Api`.
    """

    def __init__(self, profile: Profile, host: str, *, scope: str, login: Login | None, **how: Any) -> None:
        self._is_local = is_loopback(urlsplit(f"//{host}").hostname or "")
        super().__init__(profile, f"{'http' if self._is_local else 'https'}://{host}", None, **how)
        self.host = host
        self._scope = scope
        self._login = login
        self._authorization: str | None = None

    def _once(self, request: Request, path: str, hide: Sequence[str]) -> Response:
        method, logged_in = request.method, False
        path = self._named(path)
        for _ in range(MAX_REDIRECTS + 2):
            response = self._response(request, path)
            if response.status < 300:
                return response
            if response.status == 401 and not logged_in and self._is_own(request.url):
                self._log_in(method, path, response)
                logged_in = True
                if isinstance(request.content, Pieces):
                    reason = "the login has expired; part of the blob was already sent"
                    raise UnexpectedResponseError(method, path, response.status, reason)
                continue
            if response.status >= 400:
                raise api_error(method, path, response, self._profile.read_error, (*self._secrets, *hide))
            if method not in {"GET", "HEAD"}:
                reason = f"a {method} is not sent again to another address"
                raise UnexpectedResponseError(method, path, response.status, reason, retryable=False)
            request = replace(request, url=self._leads_to(method, path, request.url, response), params=())
        raise UnexpectedResponseError(method, path, response.status, "it redirects without end", retryable=False)

    def _response(self, request: Request, path: str) -> Response:
        """Send a request as it may be sent to its host."""
        is_own = self._is_own(request.url)
        if is_own and self._authorization:
            request = replace(request, headers={**request.headers, "Authorization": self._authorization})
        host = urlsplit(request.url).netloc
        try:
            with unlogged():  # it may be a signed URL
                response = self._transport.send(request, path)
        except NoResponseError as error:
            if is_own or error.path != path:  # or it is about the other API, whose content is being sent
                raise
            reason = f"{error.reason} (at {host}, which the registry redirects to)"
            raise NoResponseError(error.method, error.path, reason, sent=error.sent) from None
        log.debug("%s %s returned %d", request.method, path, response.status)
        if is_own or response.status < 400:
            return response
        # Its body is not shown: a cloud's storage repeats what was signed in it.
        retry_after = response.header("Retry-After")
        headers = {"Retry-After": retry_after} if retry_after else {}
        return Response(response.status, headers, reason=f"{host}, which the registry redirects to: {response.reason}")

    def _named(self, path: str) -> str:
        """Return how errors call a path: two registries take part in a copy, and both have the same paths."""
        return f"{self.host}{path}"

    def _is_own(self, url: str) -> bool:
        return _origin(url) == _origin(self.base_url)

    def _leads_to(self, method: str, path: str, url: str, response: Response) -> str:
        """Return the address that a response names, if anything may be sent there."""
        location = response.header("Location")
        target = urljoin(url, location or "") if not location or is_well_formed(location, relative=True) else ""
        host = urlsplit(target).hostname or ""
        if not location:
            reason = "it redirects without a Location header"
        elif not is_well_formed(target):
            reason = "its Location is not a URL"
        elif not self._is_own(target) and not is_safe_for_token(target):
            reason = f"it redirects to {urlsplit(target).scheme}://{host}, which is not https"
        elif is_loopback(host) and not self._is_local:
            reason = f"it redirects to {host}, an address of this machine"
        else:
            return target
        raise UnexpectedResponseError(method, path, response.status, reason, retryable=False)

    def _log_in(self, method: str, path: str, response: Response) -> None:
        """Get what the registry asks for with 401."""
        self._authorization = None
        challenges = read_challenges(response.header("WWW-Authenticate") or "")
        if "bearer" in challenges:
            realm = challenges["bearer"].get("realm", "")
            if reason := why_not_log_in(realm, self.base_url, self._login):
                refusal = f"{reason}; nothing is sent there"
                raise UnexpectedResponseError(method, path, response.status, refusal, retryable=False)
            parameters = challenges["bearer"]
            params = [("service", parameters["service"])] if parameters.get("service") else []
            params += [("scope", scope) for scope in (parameters.get("scope") or self._scope).split()]
            self._authorization = f"Bearer {self._new_token(realm, params)}"
        elif "basic" in challenges and self._login:
            self._authorization = self._login.basic
        else:
            raise api_error(method, path, response, self._profile.read_error, self._secrets)
        self._secrets = (self._authorization.partition(" ")[2], *(self._login.secrets if self._login else ()))

    def _new_token(self, realm: str, params: Sequence[tuple[str, str]]) -> str:
        headers = {**self._headers, **({"Authorization": self._login.basic} if self._login else {})}
        path = realm.partition("?")[0].partition("#")[0]
        response = self._transport.send(Request("GET", realm, params, headers, timeout=self._timeout), path)
        hide = self._login.secrets if self._login else ()
        if response.status >= 400:
            raise api_error("GET", path, response, self._profile.read_error, hide)
        if response.status >= 300:
            reason = "it redirects; the login is not sent anywhere else"
            raise UnexpectedResponseError("GET", path, response.status, reason, retryable=False)
        try:
            body = json.loads(response.content)
            token = body.get("token") or body.get("access_token")
        except (ValueError, AttributeError):
            token = None  # nothing of the body is shown: it may be a token all the same
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or " " in token:
            raise UnexpectedResponseError("GET", path, response.status, "it names no token", retryable=False)
        return token


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname or "", parts.port or default
