"""Every operation of the API document: emulated, or answered with a 501 that says so."""

from __future__ import annotations

import re

import pytest

from astro_provider.emulator.http.app import is_emulated
from astro_provider.emulator.operations import OPERATIONS
from astro_provider.emulator.resources import RESOURCES
from tests.api_document import document, needs_document, response_problems

MISSING = [operation for operation in OPERATIONS if not is_emulated(operation)]


def path(template: str, organization_id: str) -> str:
    return re.sub(r"\{\w+\}", "clsomething", template.replace("{organizationId}", organization_id))


@needs_document
def test_the_list_is_the_documents():
    documented = {
        (method.upper(), template, "".join(entry["action"] for entry in described.get("x-permission") or []))
        for template, methods in document()["paths"].items()
        for method, described in methods.items()
        if method in {"get", "post", "put", "patch", "delete"}
    }
    assert len(OPERATIONS) == 75
    assert set(OPERATIONS) == documented


def test_every_route_of_a_resource_is_an_operation():
    routes = [(route.method, route.path) for resource in RESOURCES for route in resource.routes]
    assert len(set(routes)) == len(routes)
    assert set(routes) <= {(operation.method, operation.path) for operation in OPERATIONS}


@pytest.mark.parametrize("operation", MISSING, ids=lambda each: f"{each.method} {each.path}")
def test_what_is_not_emulated_says_so(call, astro, operation):
    rest = path(operation.path, astro.organization_id)
    answer = call(operation.method, f"!{rest}")
    assert answer.status_code == 501
    body = answer.json()
    assert body["message"] == f"The emulator does not emulate {operation.method} /v1{rest}"
    assert body["statusCode"] == 501
    assert body.keys() == {"message", "requestId", "statusCode"}
    assert call(operation.method, f"!{rest}", token="").status_code == 401


def test_the_journal_shows_no_body_of_what_is_not_emulated(call, astro):
    call("POST", "/clusters", {"name": "s3cret"})
    assert astro.requests[-1].public()["body"] is None


@needs_document
def test_a_path_that_is_not_in_the_document_is_a_404_in_the_apis_form(call, astro):
    answer = call("GET", f"!/organizations/{astro.organization_id}/planets")
    assert answer.status_code == 404
    assert response_problems("GET", "/organizations/{organizationId}", 404, answer.json()) == []
    other = call("PUT", "/deployments")
    assert (other.status_code, other.json()["statusCode"]) == (405, 405)
