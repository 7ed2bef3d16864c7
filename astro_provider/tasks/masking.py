"""Airflow's own masking of secrets in logs, from wherever this Airflow keeps it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# common-compat has it since after 1.20, which is the newest one for Python 3.10.
PLACES = (
    "airflow.providers.common.compat.sdk",
    "airflow.sdk.log",
    "airflow.sdk.execution_time.secrets_masker",
    "airflow.utils.log.secrets_masker",
)


def _find() -> Callable[..., Any]:
    for place in PLACES:
        try:
            found: Callable[..., Any] = import_module(place).mask_secret
        except (ImportError, AttributeError):
            continue
        return found
    raise ImportError(f"mask_secret is in none of {', '.join(PLACES)}")


mask_secret = _find()
