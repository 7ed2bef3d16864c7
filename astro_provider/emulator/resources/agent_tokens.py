"""Tokens of a Deployment's agents, for Remote Execution. They open nothing in the emulator."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from astro_provider.emulator.core.bodies import Body, Text
from astro_provider.emulator.core.problems import not_found
from astro_provider.emulator.core.routing import Call, Resource
from astro_provider.emulator.resources.api_tokens.bodies import Days  # noqa: TC001  (pydantic reads it at run time)
from astro_provider.emulator.resources.api_tokens.documents import new_token, shown
from astro_provider.emulator.resources.api_tokens.routes import SORTS

resource = Resource("/organizations/{organizationId}/deployments/{deploymentId}/agent-tokens")


class CreateAgentToken(Body):
    """A new agent token."""

    name: Text
    description: Annotated[str, Field(max_length=500)] | None = None
    token_expiry_period_in_days: Days | None = None


@resource.get()
def list_agent_tokens(call: Call) -> dict[str, Any]:
    """List the agent tokens of a Deployment."""
    deployment = call.find("deployment", call.path["deploymentId"])
    found = [each for each in call.state.store.all("agent_token") if each["_entityId"] == deployment["id"]]
    page = call.page("tokens", found, sorts=(*SORTS, "createdById", "updatedById"))
    page["tokens"] = [shown(token) for token in page["tokens"]]
    return page


@resource.get("/{agentTokenId}")
def get_agent_token(call: Call) -> dict[str, Any]:
    """Show an agent token, without its value."""
    return shown(_token(call))


@resource.post()
def create_agent_token(call: Call) -> dict[str, Any]:
    """Make an agent token; its value is shown this once."""
    deployment = call.find("deployment", call.path["deploymentId"])
    body = {**call.body(CreateAgentToken), "scope": "DEPLOYMENT", "entityId": deployment["id"], "role": "AGENT"}
    document, value = new_token(call.state, body, call.grant.subject)
    del document["roles"]
    call.state.store.put("agent_token", document)
    return shown(document, value)


@resource.delete("/{agentTokenId}")
def delete_agent_token(call: Call) -> None:
    """Delete an agent token."""
    call.state.store.delete("agent_token", _token(call)["id"])


def _token(call: Call) -> dict[str, Any]:
    deployment = call.find("deployment", call.path["deploymentId"])
    token = call.find("agent_token", call.path["agentTokenId"], "Agent token")
    if token["_entityId"] != deployment["id"]:
        raise not_found("Agent token", token["id"])
    return token
