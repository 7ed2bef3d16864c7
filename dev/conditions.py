"""Waiting until something is true in a program that cannot tell when it is."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable


def wait_until(happened: Callable[[], object], timeout: float, otherwise: Callable[[], str]) -> None:
    """Wait until a condition is true.

    :param happened: Returns whether the condition is true.
    :param timeout: Seconds.
    :param otherwise: Returns the error's message if it does not become true in time.
    """
    deadline = time.monotonic() + timeout
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise())
        time.sleep(0.2)


def is_open(port: int) -> bool:
    """Whether something listens on a local port.

    :param port: The TCP port.
    """
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def comes_up(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until a process listens on a local port; return ``False`` if it exits before that.

    :param process: The process.
    :param port: The TCP port.
    """
    while not is_open(port):
        if process.poll() is not None:
            return False
        time.sleep(0.05)
    return True


def free_port() -> int:
    """Return a free TCP port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
