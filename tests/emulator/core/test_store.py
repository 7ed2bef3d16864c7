"""What stays over a restart."""

from __future__ import annotations

import requests

from astro_provider.emulator import Emulator
from tests.emulator.calls import Caller, least


def test_a_restart_keeps_state_ids_and_token(tmp_path):
    database = tmp_path / "astro.db"
    with Emulator(database=database) as first, requests.Session() as session:
        made = Caller(first, first.token, session)("POST", "/deployments", least(first)).json()
        token = first.token
    with Emulator(database=database) as second, requests.Session() as session:
        assert Caller(second, token, session)("GET", f"/deployments/{made['id']}").json()["name"] == "n"
