"""The two ways in which models meet JSON: what Astro returns, and what is sent to it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class ResponseModel(BaseModel):
    """Part of a response: immutable, and indifferent to fields that later API versions add."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ApiModel(ResponseModel):
    """Part of a response of the Astro API, whose names are in camel case."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Item(ApiModel):
    """One of a collection."""

    id: str


class RequestModel(BaseModel):
    """Part of a request: knows exactly the API's fields, and leaves out what was not set."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    def body(self) -> dict[str, object]:
        """Return the JSON object to send: API names, unset fields left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)
