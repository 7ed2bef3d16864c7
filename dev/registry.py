"""Runs a real container registry, Debian's docker-registry, in its own folder, on its own port. Standard library."""

from __future__ import annotations

import ctypes
import json
import re
import secrets
import subprocess
import time
from typing import TYPE_CHECKING, Any

from dev.images import ImageRegistry
from dev.programs import REGISTRY, executable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

START_UP = 20.0


class LocalRegistry(ImageRegistry):
    """Starts, observes and stops a registry; ``with LocalRegistry(folder) as registry: registry.address``.

    :param home: Folder for everything it writes.
    :param users: User -> password, for those who may use it (HTTP's Basic); ``None``: everybody.
    :param auth: Another way to log in, as its configuration has it.
    :param storage_url: Where it redirects those who read blobs; ``None``: it sends them itself.
    """

    def __init__(
        self,
        home: Path,
        *,
        users: Mapping[str, str] | None = None,
        auth: Mapping[str, Any] | None = None,
        storage_url: str | None = None,
    ) -> None:
        self.home = home
        self.storage = home / "storage"
        self.address = ""
        self._process: subprocess.Popen[bytes] | None = None
        home.mkdir(parents=True, exist_ok=True)
        config: dict[str, Any] = {
            "version": "0.1",
            "log": {"level": "info"},
            "storage": {"filesystem": {"rootdirectory": str(self.storage)}, "delete": {"enabled": True}},
            "http": {"addr": "127.0.0.1:0", "secret": secrets.token_hex(16)},
        }
        if users is not None:
            lines = [f"{user}:{bcrypt(password)}\n" for user, password in users.items()]
            (home / "users").write_text("".join(lines))
            config["auth"] = {"htpasswd": {"realm": "registry", "path": str(home / "users")}}
        if auth is not None:
            config["auth"] = dict(auth)
        if storage_url is not None:
            config["middleware"] = {"storage": [{"name": "redirect", "options": {"baseurl": storage_url}}]}
        # JSON is YAML, too.
        (home / "config.yml").write_text(json.dumps(config))

    def __enter__(self) -> LocalRegistry:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        program = executable(REGISTRY)
        if program is None:
            raise RuntimeError("docker-registry was not found; as root on Debian, dev/programs.py gets it")
        with (self.home / "log").open("wb") as log, (self.home / "requests").open("wb") as requests:
            command = [program, "serve", str(self.home / "config.yml")]
            self._process = subprocess.Popen(command, stdout=requests, stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + START_UP
        while not (found := re.search(r"listening on (127\.0\.0\.1:\d+)", self.log())):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"docker-registry did not start:\n{self.log()}")
            time.sleep(0.02)
        self.address = found.group(1)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=10)

    def log(self) -> str:
        return (self.home / "log").read_text(errors="replace")

    def requests(self) -> list[tuple[str, str, int]]:
        """The requests that it got so far: method, path with query, and the status of its response."""
        lines = (self.home / "requests").read_text(errors="replace")
        return [(m, path, int(status)) for m, path, status in re.findall(r'"(\w+) (\S+) HTTP/[\d.]+" (\d+)', lines)]


def bcrypt(password: str) -> str:
    """Hash a password in the only way that docker-registry knows; Python itself has none, but its C library does."""
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    salt = "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") for _ in range(22))
    hashed: bytes = library.crypt(password.encode(), f"$2y$04${salt}".encode())
    return hashed.decode()
