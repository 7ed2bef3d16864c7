from __future__ import annotations

from collections.abc import Callable

import pytest
import requests


@pytest.fixture
def visit(astro) -> Callable[..., requests.Response]:
    """Open a page as a browser does: without a token."""

    def visit(path: str, **more) -> requests.Response:
        url = path if path.startswith("http") else f"http://{astro.address}{path}"
        headers = {"Accept": "text/html,*/*;q=0.8"}
        return requests.get(url, headers=headers, timeout=10, allow_redirects=False, **more)

    return visit


@pytest.fixture
def page_of(astro) -> Callable[[str], str]:
    """The path of a Deployment's page."""

    def page_of(deployment_id: str) -> str:
        (found,) = [each for each in astro.deployments if each["id"] == deployment_id]
        return f"/{found['workspaceId']}/deployments/{deployment_id}"

    return page_of
