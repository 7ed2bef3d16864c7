"""Airflow provider for Astro, Astronomer's managed Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"


def get_provider_info() -> dict[str, Any]:
    """What Airflow reads at discovery (entry point ``apache_airflow_provider``)."""
    from astro_provider._provider_info import PROVIDER_INFO

    return PROVIDER_INFO


if not TYPE_CHECKING:

    def __getattr__(name):
        from astro_provider.common.import_paths import not_here  # here, since Airflow imports this package at its start

        raise not_here(__name__, name)
