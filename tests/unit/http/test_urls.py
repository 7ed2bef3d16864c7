"""Addresses that follow from the API's own."""

from __future__ import annotations

import pytest

from astro_provider.client import AstroClient


@pytest.mark.parametrize(
    ("api", "page"),
    [
        ("https://api.astronomer.io/v1", "https://cloud.astronomer.io/w/deployments/d"),
        ("https://api.example.com/v1", "https://cloud.example.com/w/deployments/d"),
        ("https://proxy.example.com/astro/v1", "https://cloud.astronomer.io/w/deployments/d"),
        ("http://127.0.0.1:8899/v1", "http://127.0.0.1:8899/w/deployments/d"),
        ("http://localhost:8899/v1", "http://localhost:8899/w/deployments/d"),
        ("http://[::1]:8899/v1", "http://[::1]:8899/w/deployments/d"),
    ],
)
def test_the_page_of_a_deployment_is_at_astro_or_at_the_emulator_whose_api_is_used(api, page):
    client = AstroClient("token", url=api, organization_id="o")
    assert client.deployment_url("w", "d") == page
    assert client.deploy_history_url("w", "d") == f"{page}/deploy-history"
