"""Import errors: DAG files that Airflow cannot parse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.emulator.airflow.pages import limit_and_offset, order_of, ordered
from astro_provider.emulator.airflow.parsing import BUNDLE
from astro_provider.emulator.airflow.problems import missing
from astro_provider.emulator.airflow.routing import AirflowCall, Routes

if TYPE_CHECKING:
    from astro_provider.emulator.airflow.metadata import Document

routes = Routes()
_ORDERS = {"import_error_id": "number", "timestamp": "timestamp", "filename": "file", "stack_trace": "stack_trace"}


@routes.on("GET", "/importErrors", "limit offset order_by")
def list_import_errors(call: AirflowCall) -> Document:
    """List import errors."""
    limit, offset = limit_and_offset(call)
    found = call.metadata.all("import_error")
    if call.is_v2 and call.one("bundle_name") not in {None, BUNDLE}:
        found = []
    found = ordered(found, order_of(call), _ORDERS)
    return {
        "import_errors": [_shown(call, each) for each in found[offset : offset + limit]],
        "total_entries": len(found),
    }


@routes.on("GET", "/importErrors/{import_error_id:int}")
def get_import_error(call: AirflowCall) -> Document:
    """Show an import error."""
    error = call.metadata.get("import_error", call.path["import_error_id"])
    if error is None:
        text = f"The ImportError with import_error_id: `{call.path['import_error_id']}` was not found"
        raise missing("Import error", text, text)
    return _shown(call, error)


def _shown(call: AirflowCall, error: Document) -> Document:
    shown = {
        "import_error_id": error["number"],
        "timestamp": call.moment(error["timestamp"]),
        "filename": error["file"] if call.is_v2 else f"/usr/local/airflow/{error['file']}",
        "stack_trace": error["stack_trace"],
    }
    return {**shown, "bundle_name": BUNDLE} if call.is_v2 else shown
