"""The OpenAPI document in the installed Airflow as a judge of the emulated one: each line judges its own version."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

#: The line of Airflow that is installed: 2 or 3.
MAJOR = int(version("apache-airflow").split(".")[0])
_PLACES = {
    2: "api_connexion/openapi/v1.yaml",
    3: "api_fastapi/core_api/openapi/v2-rest-api-generated.yaml",
}
only_2 = pytest.mark.skipif(MAJOR != 2, reason="only Airflow 2 has the document of /api/v1")
only_3 = pytest.mark.skipif(MAJOR != 3, reason="only Airflow 3 has the document of /api/v2")


@cache
def document() -> dict[str, Any]:
    """Return the document of the installed Airflow."""
    spec = find_spec("airflow")
    folders = list(spec.submodule_search_locations or []) if spec else []
    path = next(path for folder in folders if (path := Path(folder) / _PLACES[MAJOR]).is_file())
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)


def has_operation(method: str, template: str) -> bool:
    """Whether the document has an operation.

    :param method: HTTP method.
    :param template: Path below the API.
    """
    return method.lower() in document()["paths"].get(_full(template), {})


def query_parameters(method: str, template: str) -> set[str]:
    """Return the names of an operation's query parameters.

    :param method: HTTP method.
    :param template: Path below the API.
    """
    path = document()["paths"][_full(template)]
    listed = [*path.get("parameters", []), *path[method.lower()].get("parameters", [])]
    return {each["name"] for each in map(_resolved, listed) if each["in"] == "query"}


def response_problems(method: str, template: str, status: int, body: Any) -> list[str]:
    """Everything in a response that the document does not allow.

    :param method: HTTP method.
    :param template: Path below the API.
    :param status: HTTP status.
    :param body: The response's JSON; ``None``: it has none.
    """
    responses = document()["paths"][_full(template)][method.lower()]["responses"]
    response = responses.get(str(status))
    if response is None and MAJOR == 2 and status == 409:
        # Airflow 2 answers so, and its document leaves it out.
        response = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
    if response is None:
        return [f"the document has no response {status} for {method} {template}"]
    content = _resolved(response).get("content") or {}
    if not content or body is None:
        return [] if body is None or status == 204 else ["the document has no body here"]
    schema = next(iter(content.values())).get("schema", {})
    validator = _validator(json.dumps(schema, sort_keys=True))
    return [f"{'.'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(body)]


def _full(template: str) -> str:
    return template if MAJOR == 2 else f"/api/v2{template}"


def _resolved(entry: dict[str, Any]) -> dict[str, Any]:
    found: Any = entry
    if "$ref" in entry:
        found = document()
        for part in entry["$ref"].removeprefix("#/").split("/"):
            found = found[part]
    return dict(found)


@cache
def _validator(schema: str) -> Draft202012Validator:
    closed = {"$ref": "#/it", "it": _closed(json.loads(schema)), "components": _components()}
    return Draft202012Validator(closed)


@cache
def _components() -> dict[str, Any]:
    return {"schemas": {name: _closed(each) for name, each in document()["components"]["schemas"].items()}}


def _closed(schema: Any) -> Any:
    """OpenAPI as JSON Schema: ``nullable`` spelled out, and Airflow 3's objects without fields they do not name."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items() if key not in {"example", "discriminator"}}
    if MAJOR == 3 and isinstance(closed.get("properties"), dict) and "additionalProperties" not in closed:
        closed["additionalProperties"] = False
    if closed.pop("nullable", False) is True:
        closed.pop("enum", None) if None in (closed.get("enum") or []) else None
        return {"anyOf": [closed, {"type": "null"}]}
    return closed
