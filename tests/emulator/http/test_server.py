"""Starting and stopping, seen from outside."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from types import SimpleNamespace

import pytest
import requests

from astro_provider.emulator import Emulator
from astro_provider.emulator.http.server import Server


def ask(astro: Emulator, session: requests.Session) -> requests.Response:
    return session.get(f"{astro.url}/organizations", headers={"Authorization": f"Bearer {astro.token}"}, timeout=10)


def waits_for_its_answer(astro: Emulator) -> bool:
    return bool(astro.requests) and astro.requests[-1].status is None


@pytest.fixture
def busy():
    """A server whose event loop does nothing else until it is told to go on."""
    reached, go_on = threading.Event(), threading.Event()

    async def answers_late(scope, receive, send):
        reached.set()
        go_on.wait(20)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Server(answers_late)
        server.start(listening)
        yield SimpleNamespace(server=server, address=listening.getsockname(), reached=reached, go_on=go_on)


def test_a_connection_that_comes_as_it_stops_is_closed(busy):
    with ThreadPoolExecutor(1) as pool, socket.create_connection(busy.address, timeout=20) as first:
        first.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert busy.reached.wait(20)
        with socket.create_connection(busy.address, timeout=20) as second:  # as yet, only the system knows it
            stopped = pool.submit(busy.server.stop)
            while not stopped.running():
                pass
            busy.go_on.set()
            stopped.result()
            assert second.recv(1) == b""
        assert b"204" in first.recv(1000)


def test_its_port_is_free_once_it_has_stopped():
    with Emulator() as astro, requests.Session() as session:
        assert ask(astro, session).status_code == 200
        port = astro.port
    with Emulator(port) as again, requests.Session() as session:
        assert ask(again, session).status_code == 200


def test_a_request_in_flight_is_answered_before_it_stops():
    with requests.Session() as session, ThreadPoolExecutor(1) as pool:
        astro = Emulator(latency=0.2)
        astro.start()
        answer = pool.submit(ask, astro, session)
        while not waits_for_its_answer(astro):
            pass
        astro.stop()
        assert answer.result().status_code == 200


def test_a_request_that_never_ends_does_not_keep_it_from_stopping(monkeypatch):
    monkeypatch.setattr("astro_provider.emulator.http.server.GRACE", 0.01)
    with requests.Session() as session, ThreadPoolExecutor(1) as pool:
        astro = Emulator(latency=3600)
        astro.start()
        answer = pool.submit(ask, astro, session)
        while not waits_for_its_answer(astro):
            pass
        astro.stop()
        with pytest.raises(requests.ConnectionError):
            answer.result()


def test_nothing_is_left_of_it():
    before = set(threading.enumerate())
    with Emulator() as astro, requests.Session() as session:
        ask(astro, session)
        assert set(threading.enumerate()) > before
    assert set(threading.enumerate()) <= before


def test_every_answer_has_the_time():
    with Emulator() as astro, requests.Session() as session:
        assert abs(parsedate_to_datetime(ask(astro, session).headers["Date"]).timestamp() - time.time()) < 60


def test_a_port_that_is_taken_is_an_error_and_stopping_is_harmless():
    with Emulator() as first:
        second = Emulator(first.port)
        with pytest.raises(OSError, match="in use"):
            second.start()
        second.stop()
