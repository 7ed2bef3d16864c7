"""What stands beside a registry: a token service, and the storage of a cloud."""

from __future__ import annotations

import base64
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Server:
    """An HTTP server on this machine; ``seen`` has method, path and ``Authorization`` of each request."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str | None]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.seen.append((self.command, self.path, self.headers["Authorization"]))
                status, body = outer.respond(self.command, self.path, self.headers["Authorization"])
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            def do_HEAD(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def respond(self, method: str, path: str, authorization: str | None) -> tuple[int, bytes]:
        raise NotImplementedError

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Storage(Server):
    """A cloud's storage: refuses a login, and, if its addresses are signed for GET, it refuses HEAD."""

    def __init__(self, *, refuses_head: bool = False) -> None:
        super().__init__()
        self.folder = Path()
        self._refuses_head = refuses_head

    def respond(self, method: str, path: str, authorization: str | None) -> tuple[int, bytes]:
        if authorization is not None:
            return 400, b"<Error><Code>InvalidArgument</Code></Error>"
        if method == "HEAD" and self._refuses_head:
            return 403, b""
        return 200, (self.folder / path.partition("?")[0].lstrip("/")).read_bytes()


class TokenService(Server):
    """Gives the registry's users tokens for what they ask for."""

    def __init__(self, folder: Path, users: dict[str, str]) -> None:
        super().__init__()
        self._users = users
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "token service")])
        now = datetime.now(timezone.utc)
        certificate = (
            x509.CertificateBuilder(name, name, self._key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(self._key, hashes.SHA256())
        )
        self._der = certificate.public_bytes(serialization.Encoding.DER)
        self._bundle = folder / "bundle.pem"
        self._bundle.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    @property
    def auth(self) -> dict[str, Any]:
        """What a registry has to know about it."""
        return {
            "token": {
                "realm": f"{self.url}/token",
                "service": "the registry",
                "issuer": "tests",
                "rootcertbundle": str(self._bundle),
            }
        }

    def respond(self, method: str, path: str, authorization: str | None) -> tuple[int, bytes]:
        logins = {base64.b64encode(f"{user}:{password}".encode()).decode() for user, password in self._users.items()}
        if (authorization or "").removeprefix("Basic ") not in logins:
            return 401, f'{{"details": "no such login: {authorization}"}}'.encode()
        asked = parse_qs(urlsplit(path).query)
        access = []
        for scope in asked.get("scope", []):
            kind, name, actions = scope.split(":")
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
        now = int(time.time())
        claims = {
            "iss": "tests",
            "sub": "user",
            "aud": asked["service"][0],
            "nbf": now - 5,
            "iat": now,
            "exp": now + 60,
        }
        chain = {"x5c": [base64.b64encode(self._der).decode()]}
        token = jwt.encode({**claims, "jti": "1", "access": access}, self._key, algorithm="ES256", headers=chain)
        return 200, f'{{"token": "{token}"}}'.encode()
