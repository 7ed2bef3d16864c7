"""Airflow provider for Astro, Astronomer's managed Airflow."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def get_provider_info() -> dict[str, Any]:
    """What Airflow reads at discovery (entry point ``apache_airflow_provider``)."""
    from astro_provider._provider_info import PROVIDER_INFO

    return PROVIDER_INFO
