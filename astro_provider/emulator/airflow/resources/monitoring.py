"""Version and health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.emulator.airflow.routing import AirflowCall, Routes

if TYPE_CHECKING:
    from astro_provider.emulator.airflow.metadata import Document

routes = Routes()
_HEALTHY = {"status": "healthy"}


@routes.on("GET", "/version")
def get_version(call: AirflowCall) -> Document:
    """Show which Airflow this is."""
    return {"version": call.line.version, "git_version": None if call.is_v2 else ""}


@routes.on("GET", "/health", majors=(2,))
@routes.on("GET", "/monitor/health", majors=(3,))
def get_health(call: AirflowCall) -> Document:
    """Show that everything works."""
    now = call.metadata.now()
    parts = {
        name: {**_HEALTHY, f"latest_{name}_heartbeat": now} for name in ("scheduler", "triggerer", "dag_processor")
    }
    return {"metadatabase": _HEALTHY, **parts}
