"""Addresses, responses and lost responses, as tests of deploys need them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
import requests

from tests.builders.addresses import path
from tests.builders.deploys import deploy
from tests.builders.errors import error

DEPLOYMENT_ID = "cldeployment0000000000001"
DEPLOYS = path(f"/deployments/{DEPLOYMENT_ID}/deploys")
OWN = "cldeployown00000000000001"
ONE = f"{DEPLOYS}/{OWN}"
FINALIZE, ROLLBACK = f"{ONE}/finalize", f"{ONE}/rollback"
MARKER = "words [dags sha256:0123] [try 4f1c]"
BODY = {"type": "DAG_ONLY", "description": MARKER}
UPLOAD_URL = "https://store.example.com/dags?sig=c2VjcmV0"
VERSION = "2026-11-26T01:02:03.1234567Z"
#: The response is lost, and whether the request had an effect is not known.
LOST = {
    "timeout": {"exc": requests.exceptions.ReadTimeout},
    "dropped": {"exc": requests.exceptions.ConnectionError},
    "500": {"status_code": 500, "json": error(500, "internal")},
    "502": {"status_code": 502, "text": "<html>"},
    "truncated": {"text": '{"id": "cl'},
}
lost = pytest.mark.parametrize("lost", LOST.values(), ids=LOST)


def now(seconds: float = 0) -> str:
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat()


def own(**fields):
    return deploy(**{"id": OWN, "status": "INITIALIZED", "description": MARKER, "createdAt": now(), **fields})
