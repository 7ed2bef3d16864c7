"""What tests of tasks share."""

from __future__ import annotations

import logging
from typing import Any

import pytest


@pytest.fixture
def add(astro, caplog):
    """Add a development Deployment that sleeps; with an override if one is given."""
    caplog.set_level(logging.INFO)

    def add(override: dict[str, Any] | None = None, *, status: str = "HIBERNATING", **fields: Any) -> str:
        made = astro.add_deployment("dev", isDevelopmentMode=True, status=status, **fields)
        document = astro.store.get("deployment", made)
        spec = document.setdefault("scalingSpec", {}).setdefault("hibernationSpec", {})
        if override:
            spec["override"] = {"isActive": True, **override}
        astro.store.put("deployment", document)
        return made

    return add
