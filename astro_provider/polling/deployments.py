"""Reading Deployments for waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from astro_provider.http.retry import Repeat

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from astro_provider.client import AstroClient
    from astro_provider.models.deployments import DeploymentState


@dataclass(frozen=True)
class DeploymentReader:
    """Reads Deployments by their ids, all of an Organization with one list call."""

    batch_size: int = 100

    def group(self, key: str) -> Hashable:
        """Return ``None``: the ids of an Organization's Deployments go into one request.

        :param key: A Deployment's id.
        """
        return None

    def read_batch(self, client: AstroClient, keys: Sequence[str]) -> dict[str, DeploymentState]:
        """List Deployments by their ids.

        :param client: The connection's client.
        :param keys: Their ids.
        """
        from astro_provider.models.deployments import DeploymentState

        return client.deployments.states(keys, model=DeploymentState, repeat=Repeat.NEVER)

    def read_one(self, client: AstroClient, key: str) -> DeploymentState:
        """Get one Deployment.

        :param client: The connection's client.
        :param key: Its id.
        :raises NotFoundError: It does not exist.
        """
        return client.deployments.get(key, repeat=Repeat.NEVER)
