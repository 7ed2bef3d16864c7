"""The connection form in a browser: what it shows, what it keeps, and what the Test button says."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from astro_provider.client import AstroClient
from dev.conditions import free_port

pytestmark = pytest.mark.real_airflow


@pytest.fixture(scope="module", autouse=True)
def tokens_that_go(astro):
    """The emulator is shared, and the access report of an example would find the expired token."""
    with AstroClient(astro.token, url=astro.url, organization_id=astro.organization_id) as client:
        before = {token.id for token in client.api_tokens.list()}
        yield
        for token in client.api_tokens.list():
            if token.id not in before:
                client.api_tokens.delete(token.id)


def test_the_form_shows_what_matters_and_explains_it(form, page, screenshot):
    form.new()
    screenshot(page, "connection-form")
    for placeholder in ("https://api.astronomer.io/v1", "An Organization, Workspace or Deployment API token"):
        expect(page.get_by_placeholder(placeholder)).to_be_visible()
    text = form.text()
    screenshot(page, "connection-form-extra")
    lines = {line.strip(" *") for line in text.splitlines()}
    assert lines >= {"API URL", "API Token", "Organization ID", "Workspace ID", "Request timeout (seconds)", "Retries"}
    assert not {"Schema", "Login", "Port", "Password", "Host", "Extra"} & lines
    assert "Usually empty. Required only for API tokens that do not name their Organization." in text
    assert "Default: 60." in text


def test_what_was_saved_comes_back_but_for_the_token(airflow, form, page, astro):
    token = astro.issue_token()
    form.new()
    form.fill("form_saved", token, astro.url, workspace_id="clworkspace", request_timeout="30")
    assert form.value("password")[0] == "password"
    form.save()
    form.edit("form_saved")
    kind, shown = form.value("password")
    assert kind == "password"
    assert token not in shown + page.content()
    assert "API URL" in form.text()
    assert [form.value(name)[1] for name in ("workspace_id", "request_timeout")] == ["clworkspace", "30"]
    query = "SELECT conn_type, host, port FROM connection WHERE conn_id = 'form_saved'"
    assert airflow.metadata.rows(query) == [("astro", astro.url, None)]


CASES = {
    "good": (lambda astro: {}, "Connected to Organization"),
    "wrong_token": (lambda astro: {"token": f"{astro.issue_token()}x"}, "may have been revoked or rotated"),
    "no_token": (
        lambda astro: {"token": "hunter2", "organization_id": astro.organization_id},
        "not an Astro API token",
    ),
    "expired": (lambda astro: {"token": astro.issue_token(expires_in=-86400)}, "The API token expired on "),
    "wrong_organization": (lambda astro: {"organization_id": "clother"}, "Leave the Organization ID empty"),
    "unreachable": (
        lambda astro: {"host": f"http://127.0.0.1:{free_port()}"},
        "Nothing on this machine is listening at",
    ),
    "plain_http": (lambda astro: {"host": "http://api.example.com"}, "would send the API token unencrypted"),
}


@pytest.fixture(scope="module")
def connections(astro):
    """A connection for each case."""
    good = {"host": astro.url, "token": astro.issue_token()}
    return {f"form_{case}": {**good, **different(astro)} for case, (different, _) in CASES.items()}


@pytest.mark.parametrize("case", CASES)
def test_the_test_button_says_what_to_do(form, page, connections, screenshot, case):
    message = form.test(connections, f"form_{case}")
    assert CASES[case][1] in message
    assert connections[f"form_{case}"]["token"] not in page.locator("body").inner_text()
    if case in {"good", "expired"}:
        screenshot(page, f"connection-test-{case}")
