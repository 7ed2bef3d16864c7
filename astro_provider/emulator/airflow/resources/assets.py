"""Assets, which Airflow 2 calls datasets, and their events, which start the DAGs that wait for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.airflow import progress
from astro_provider.emulator.airflow.bodies import AirflowBody
from astro_provider.emulator.airflow.pages import limit_and_offset, matches_pattern, order_of, ordered
from astro_provider.emulator.airflow.problems import missing
from astro_provider.emulator.airflow.routing import AirflowCall, Routes

if TYPE_CHECKING:
    from astro_provider.emulator.airflow.metadata import Document

routes = Routes()
_ORDERS = {name: name for name in ("uri", "created_at", "updated_at")}
_EVENT_ORDERS = {"timestamp": "timestamp", "dataset_id": "asset", "asset_id": "asset"}
_EVENTS_2 = "limit offset order_by dataset_id source_dag_id source_task_id source_run_id source_map_index"


class Event2(AirflowBody):
    """An event of a dataset."""

    dataset_uri: str
    extra: dict[str, Any] = {}


class Event3(AirflowBody):
    """An event of an asset."""

    asset_id: int
    partition_key: str | None = None
    extra: dict[str, Any] = {}


@routes.on("GET", "/datasets", "limit offset order_by uri_pattern dag_ids", majors=(2,))
@routes.on("GET", "/assets", majors=(3,))
def list_assets(call: AirflowCall) -> Document:
    """List assets."""
    limit, offset = limit_and_offset(call)
    uri, name, dag_ids = call.one("uri_pattern"), call.one("name_pattern"), set(call.all("dag_ids"))
    found = [
        asset
        for asset in call.metadata.all("asset")
        if (uri is None or matches_pattern(uri, asset["uri"]))
        and (name is None or matches_pattern(name, asset["name"]))
        and (not dag_ids or dag_ids & {dag["dag_id"] for dag, _ in _uses(call, asset)})
    ]
    page = ordered(found, order_of(call), _ORDERS)[offset : offset + limit]
    key = "assets" if call.is_v2 else "datasets"
    return {key: [_shown(call, asset) for asset in page], "total_entries": len(found)}


@routes.on("GET", "/datasets/events", _EVENTS_2, majors=(2,))
@routes.on("GET", "/assets/events", majors=(3,))
def list_events(call: AirflowCall) -> Document:
    """List events of assets."""
    limit, offset = limit_and_offset(call)
    number = call.number("asset_id" if call.is_v2 else "dataset_id")
    found = [event for event in call.metadata.all("event") if number in {None, event["asset"]}]
    page = ordered(found, order_of(call), _EVENT_ORDERS)[offset : offset + limit]
    key = "asset_events" if call.is_v2 else "dataset_events"
    return {key: [_shown_event(call, event) for event in page], "total_entries": len(found)}


@routes.on("POST", "/datasets/events", majors=(2,))
def create_event_2(call: AirflowCall) -> Document:
    """Create an event of a dataset."""
    body = call.body(Event2)
    for asset in call.metadata.all("asset"):
        if asset["uri"] == body["dataset_uri"]:
            return _create(call, asset, body)
    raise missing("Dataset", f"Dataset with uri: '{body['dataset_uri']}' not found", "")


@routes.on("POST", "/assets/events", majors=(3,))
def create_event_3(call: AirflowCall) -> Document:
    """Create an event of an asset."""
    body = call.body(Event3)
    asset = call.metadata.get("asset", str(body["asset_id"]))
    if asset is None:
        raise missing("Asset", None, f"Asset with ID: `{body['asset_id']}` was not found")
    return _create(call, asset, body)


@routes.on("GET", "/datasets/{uri:path}", majors=(2,))
def get_dataset(call: AirflowCall) -> Document:
    """Show a dataset."""
    for asset in call.metadata.all("asset"):
        if asset["uri"] == call.path["uri"]:
            return _shown(call, asset)
    raise missing("Dataset", f"The Dataset with uri: `{call.path['uri']}` was not found", "")


@routes.on("GET", "/assets/{asset_id:int}", majors=(3,))
def get_asset(call: AirflowCall) -> Document:
    """Show an asset."""
    asset = call.metadata.get("asset", call.path["asset_id"])
    if asset is None:
        raise missing("Asset", None, f"The Asset with ID: `{call.path['asset_id']}` was not found")
    return _shown(call, asset)


def _create(call: AirflowCall, asset: Document, body: Document) -> Document:
    number = call.metadata.number("event")
    extra = {**body.get("extra", {}), "from_rest_api": True}
    event = {"number": number, "asset": asset["number"], "extra": extra, "timestamp": call.metadata.now()}
    call.metadata.put("event", str(number), event)
    _start_waiting(call, asset)
    return _shown_event(call, event)


def _start_waiting(call: AirflowCall, asset: Document) -> None:
    """Start the DAGs that have waited for an asset, once each of their assets has an event that they have not seen."""
    numbers = {each["uri"]: each["number"] for each in call.metadata.all("asset")}
    newest = {event["asset"]: event["number"] for event in call.metadata.all("event")}
    for dag in call.metadata.all("dag"):
        if asset["uri"] not in dag["assets"] or dag["is_stale"] or dag["is_paused"]:
            continue
        seen = call.metadata.get("seen", dag["dag_id"]) or {"events": {}}
        having = {uri: newest.get(numbers[uri], 0) for uri in dag["assets"]}
        if all(number > seen["events"].get(uri, 0) for uri, number in having.items()):
            call.metadata.put("seen", dag["dag_id"], {"events": having})
            kind = "asset_triggered" if call.is_v2 else "dataset_triggered"
            run = progress.new_run(call.metadata, dag, f"{kind}__{call.metadata.now()}", "")
            run |= {"run_type": kind, "user": None, "logical_date": None if call.is_v2 else run["run_after"]}
            progress.begin(call.metadata, dag, run)
            progress.store_run(call.metadata, run)


def _uses(call: AirflowCall, asset: Document) -> list[tuple[Document, str | None]]:
    """Return the DAGs that wait for an asset, and those with a task that updates it, with the task's id."""
    found: list[tuple[Document, str | None]] = []
    for dag in call.metadata.all("dag"):
        if asset["uri"] in dag["assets"]:
            found.append((dag, None))
        found += [(dag, task["task_id"]) for task in dag["tasks"] if asset["uri"] in task["outlets"]]
    return found


def _shown(call: AirflowCall, asset: Document) -> Document:
    dates = {name: call.moment(asset[name]) for name in ("created_at", "updated_at")}
    uses = _uses(call, asset)
    waiting = [{"dag_id": dag["dag_id"], **dates} for dag, task in uses if task is None]
    producing = [{"dag_id": dag["dag_id"], "task_id": task, **dates} for dag, task in uses if task is not None]
    shown: Document = {"id": asset["number"], "uri": asset["uri"], "extra": {}, "aliases": [], **dates}
    shown["producing_tasks"] = producing
    if not call.is_v2:
        return {**shown, "consuming_dags": waiting}
    events = [event for event in call.metadata.all("event") if event["asset"] == asset["number"]]
    last: Document = {"id": None, "timestamp": None}
    if events:
        last = {"id": events[-1]["number"], "timestamp": call.moment(events[-1]["timestamp"])}
    three = {"name": asset["name"], "group": "asset", "scheduled_dags": waiting, "consuming_tasks": [], "watchers": []}
    return {**shown, **three, "last_asset_event": last}


def _shown_event(call: AirflowCall, event: Document) -> Document:
    asset = call.metadata.get("asset", str(event["asset"])) or {"uri": "", "name": ""}
    sources: Document = dict.fromkeys(("source_task_id", "source_dag_id", "source_run_id"))
    shown = {
        "id": event["number"],
        "extra": event["extra"],
        **sources,
        "source_map_index": -1,
        "created_dagruns": [],
        "timestamp": call.moment(event["timestamp"]),
    }
    if not call.is_v2:
        return {**shown, "dataset_id": event["asset"], "dataset_uri": asset["uri"]}
    three = {"asset_id": event["asset"], "uri": asset["uri"], "name": asset["name"], "group": "asset"}
    return {**shown, **three, "partition_key": None}
