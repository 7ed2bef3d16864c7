"""The published OpenAPI document as a judge of requests and responses."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

VARIABLE = "ASTRO_OPENAPI_SPEC"
needs_document = pytest.mark.skipif(
    not os.environ.get(VARIABLE), reason=f"{VARIABLE} does not name the published API document"
)


@cache
def document() -> dict[str, Any]:
    """Return the document; without it, the test that asks is skipped."""
    path = os.environ.get(VARIABLE)
    if not path:
        pytest.skip(f"{VARIABLE} does not name the published API document")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(Path(path).read_text(encoding="utf-8"), Loader=loader)


def operation(method: str, template: str) -> dict[str, Any]:
    return document()["paths"][template][method.lower()]


def problems(schema: dict[str, Any], instance: Any) -> list[str]:
    """Everything that the document does not allow: wrong types, missing fields, and fields it does not know."""
    validator = _validator(json.dumps(schema, sort_keys=True))
    return [f"{'.'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(instance)]


def schema_problems(name: str, instance: Any) -> list[str]:
    """The same for a schema of the document, by its name."""
    return problems({"$ref": f"#/components/schemas/{name}"}, instance)


def assert_fits(body: dict[str, Any], verb: str) -> None:
    """Check the body of a ``Create`` or an ``Update`` of a Deployment.

    :param body: What is sent.
    :param verb: ``Create`` or ``Update``.
    """
    assert schema_problems(f"{verb}{str(body['type']).capitalize()}DeploymentRequest", body) == []


def request_problems(method: str, template: str, body: Any) -> list[str]:
    schema = operation(method, template)["requestBody"]["content"]["application/json"]["schema"]
    kind = body.get("type") if isinstance(body, dict) else None
    mapping = _resolve(schema).get("discriminator", {}).get("mapping", {})
    return problems({"$ref": mapping[kind]} if kind in mapping else schema, body)


def response_problems(method: str, template: str, status: int, body: Any) -> list[str]:
    responses = operation(method, template)["responses"]
    response = responses.get(str(status)) or responses.get(f"{status // 100}XX")
    if response is None:
        return [f"the document has no response {status} for {method} {template}"]
    content = response.get("content") or {}
    if not content:
        return [] if body is None else ["the document has no body here"]
    media_type, described = next(iter(content.items()))
    if media_type == "application/octet-stream" and status == 200:
        return []  # lines of JSON, compressed: nothing that a schema could describe
    return problems(described.get("schema", {}), body)


def _resolve(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": "#/it", "it": _closed(json.loads(schema)), "components": _components()})


@cache
def _components() -> dict[str, Any]:
    return {"schemas": {name: _closed(schema) for name, schema in document()["components"]["schemas"].items()}}


def _closed(schema: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: nullable spelled out, and objects that allow no field beyond those they name."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items() if key not in {"example", "discriminator"}}
    if isinstance(closed.get("properties"), dict) and "additionalProperties" not in closed:
        closed["additionalProperties"] = False
    if closed.pop("nullable", False) is True:
        return {"anyOf": [closed, {"type": "null"}]}
    return closed
