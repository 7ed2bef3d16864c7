"""The OpenAPI documents inside the installed Airflow as judges of what is sent to it, and of what tests let it return.

Only the document of the installed line is there; tests of the other line are skipped.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from jsonschema import Draft202012Validator

#: Where each line of Airflow keeps the document of its API.
PLACES = {2: "api_connexion/openapi/v1.yaml", 3: "api_fastapi/core_api/openapi/v2-rest-api-generated.yaml"}
PREFIXES = {2: "/api/v1", 3: "/api/v2"}
INSTALLED = int(version("apache-airflow").split(".")[0])


def needs(major: int) -> None:
    """Skip the test that asks if another line of Airflow is installed."""
    if major != INSTALLED:
        pytest.skip(f"the document of Airflow {major} comes with Airflow {major}; Airflow {INSTALLED} is installed")


@cache
def document() -> dict[str, Any]:
    """Return the document of the installed line."""
    places = find_spec("airflow").submodule_search_locations or []
    path = next(p for place in places if (p := Path(place) / PLACES[INSTALLED]).exists())
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def request_problems(method: str, url: str, body: Any) -> list[str]:
    """Say what the document does not allow in a request: its path, its query, its body.

    :param method: HTTP method.
    :param url: The address, with everything that comes before the API's path.
    :param body: The JSON body; ``None``: none.
    """
    parts = urlsplit(url)
    path = parts.path[parts.path.index(PREFIXES[INSTALLED]) :]
    found = operation(method, path)
    if found is None:
        return [f"the document has no {method} {path}"]
    parameters = {p["name"]: p for p in map(_resolved, found["parameters"]) if p["in"] == "query"}
    query = parse_qs(parts.query, keep_blank_values=True)
    wrong = [f"the document has no parameter {name} for {method} {path}" for name in query if name not in parameters]
    described = _resolved(found.get("requestBody") or {}).get("content", {}).get("application/json")
    if body is None:
        return wrong if described is None else [*wrong, "it has no body"]
    if described is None:
        return [*wrong, "the document has no body here"]
    return wrong + problems(described["schema"], body)


def operation(method: str, path: str) -> dict[str, Any] | None:
    """Return an operation with the parameters of its path; literal parts of a path win over those in braces."""
    prefix = "" if INSTALLED == 3 else PREFIXES[2]
    for template, item in sorted(document()["paths"].items(), key=lambda entry: entry[0].count("{")):
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(prefix + template))
        if re.fullmatch(pattern, path) and method.lower() in item:
            found = item[method.lower()]
            return {**found, "parameters": [*item.get("parameters", []), *found.get("parameters", [])]}
    return None


def response_problems(method: str, path: str, body: Any, status: int = 200) -> list[str]:
    """Say what the document does not allow in a response."""
    found = operation(method, path)
    assert found is not None, path
    response = _resolved(found["responses"].get(str(status)) or {})
    content = response.get("content", {}).get("application/json")
    if not content:
        return [f"the document has no {status} for {method} {path}"]
    # Airflow 2's leaves out fields that lists really have, such as the value of a variable.
    return problems(content["schema"], body, is_closed=INSTALLED == 3)


def schema_problems(name: str, instance: Any) -> list[str]:
    """Say what a schema of the document, by its name, does not allow."""
    return problems({"$ref": f"#/components/schemas/{name}"}, instance)


def problems(schema: dict[str, Any], instance: Any, *, is_closed: bool = True) -> list[str]:
    """Say what a schema does not allow; fields that it does not know are wrong, too, if it is closed."""
    validator = _validator(json.dumps(schema, sort_keys=True), is_closed)
    return [f"{'.'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(instance)]


def _resolved(item: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in item:
        target: Any = document()
        for part in item["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        item = target
    return item


@cache
def _validator(schema: str, is_closed: bool) -> Draft202012Validator:
    components = {name: _closed(part, is_closed) for name, part in document()["components"]["schemas"].items()}
    it = _closed(json.loads(schema), is_closed)
    return Draft202012Validator({"$ref": "#/it", "it": it, "components": {"schemas": components}})


def _closed(schema: Any, is_closed: bool) -> Any:
    """OpenAPI as JSON Schema: nullable spelled out, and closed objects allow no field beyond those they name."""
    if isinstance(schema, list):
        return [_closed(item, is_closed) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {
        key: _closed(value, is_closed) for key, value in schema.items() if key not in {"example", "discriminator"}
    }
    if is_closed and isinstance(closed.get("properties"), dict) and "additionalProperties" not in closed:
        closed["unevaluatedProperties"] = False
    if "allOf" in closed:
        closed["allOf"] = [_opened(part) for part in closed["allOf"]]
        closed |= {"unevaluatedProperties": False} if is_closed else {}
    if closed.pop("nullable", False) is True:
        return {"anyOf": [closed, {"type": "null"}]}
    return closed


def _opened(schema: dict[str, Any]) -> dict[str, Any]:
    """A part of an ``allOf``: the other parts may have more fields."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        schema = _closed(document()["components"]["schemas"][name], False)
    return {key: value for key, value in schema.items() if key != "unevaluatedProperties"}
