"""Tokens of a Deployment's agents, for Remote Execution: list, get, create, delete; they cannot be rotated."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from astro_provider.client.resource import Nested
from astro_provider.models.agent_tokens import AgentToken

if TYPE_CHECKING:
    from datetime import datetime

    from astro_provider.errors import AstroError

log = logging.getLogger(__name__)


class AgentTokens(Nested[AgentToken]):
    """The agent tokens of one Deployment each."""

    segment, noun, model = "agent-tokens", "an agent token", AgentToken
    parent, parent_noun = "deployments", "a Deployment"
    key = "tokens"

    def create(self, deployment_id: str, body: dict[str, object]) -> AgentToken:
        """Create an agent token; the result has its value.

        A lost response takes the value with it, so what such an attempt created is deleted before another is sent.

        :param deployment_id: The Deployment.
        :param body: The request body.
        """
        name = body.get("name")

        def find(_: AstroError, began: datetime) -> None:
            for token in self.list(deployment_id):
                if token.name == name and self._is_own(token, began):
                    log.warning("The agent token %s was created, but its value is lost: deleting it.", token.id)
                    self.delete(deployment_id, token.id)

        return self._once(AgentToken, self._below(deployment_id), body, find=find)

    def delete(self, deployment_id: str, token_id: str) -> None:
        """Delete an agent token; a 404 after a lost response counts as success.

        :param deployment_id: The Deployment.
        :param token_id: Its id.
        :raises NotFoundError: It did not exist at the first attempt.
        """
        self._delete(self._below(deployment_id, token_id))
