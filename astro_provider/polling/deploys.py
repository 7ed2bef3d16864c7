"""Reading what a wait for a deploy needs: the Deployments of all waits together, the rest one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from astro_provider.http.retry import Repeat

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from astro_provider.client import AstroClient
    from astro_provider.models.deployments import DeploymentCode
    from astro_provider.models.deploys import Deploy
    from astro_provider.rules.liveness import AirflowView

KeyT = TypeVar("KeyT")
ThingT = TypeVar("ThingT")


@dataclass(frozen=True)
class DeploymentCodeReader:
    """Reads which code Deployments run, all of an Organization with one list call."""

    batch_size: int = 100

    def group(self, key: str) -> Hashable:
        """Return ``None``: the ids of an Organization's Deployments go into one request.

        :param key: A Deployment's id.
        """
        return None

    def read_batch(self, client: AstroClient, keys: Sequence[str]) -> dict[str, DeploymentCode]:
        """List Deployments by their ids.

        :param client: The connection's client.
        :param keys: Their ids.
        """
        from astro_provider.models.deployments import DeploymentCode

        return client.deployments.states(keys, model=DeploymentCode, repeat=Repeat.NEVER)

    def read_one(self, client: AstroClient, key: str) -> DeploymentCode:
        """Get one Deployment.

        :param client: The connection's client.
        :param key: Its id.
        :raises NotFoundError: It does not exist.
        """
        return client.deployments.get(key, repeat=Repeat.NEVER)


class _OneByOne(Generic[KeyT, ThingT]):
    """Reads what no list call of the API has for several Deployments; waits that ask for the same thing share it."""

    batch_size = 1

    def group(self, key: KeyT) -> KeyT:
        return key

    def read_batch(self, client: AstroClient, keys: Sequence[KeyT]) -> dict[KeyT, ThingT]:
        return {key: self.read_one(client, key) for key in keys}

    def read_one(self, client: AstroClient, key: KeyT) -> ThingT:
        raise NotImplementedError

    def __eq__(self, other: Any) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


class DeployReader(_OneByOne[tuple[str, str], "Deploy"]):
    """Reads a deploy by its Deployment's id and its own."""

    def read_one(self, client: AstroClient, key: tuple[str, str]) -> Deploy:
        """Get one deploy.

        :param client: The connection's client.
        :param key: The Deployment's id and the deploy's.
        :raises NotFoundError: It does not exist.
        """
        return client.deploys.get(*key, repeat=Repeat.NEVER)


class DeployHistoryReader(_OneByOne[str, "list[Deploy]"]):
    """Reads all deploys of a Deployment."""

    def read_one(self, client: AstroClient, key: str) -> list[Deploy]:
        """List the deploys.

        :param client: The connection's client.
        :param key: The Deployment's id.
        :raises NotFoundError: It does not exist.
        """
        return client.deploys.list(key, repeat=Repeat.NEVER)


class AirflowViewReader(_OneByOne[str, "AirflowView"]):
    """Reads what a Deployment's own Airflow says about its DAGs."""

    def read_one(self, client: AstroClient, key: str) -> AirflowView:
        """List the DAGs that have a file, and the import errors.

        :param client: The connection's client.
        :param key: The Deployment's id.
        :raises NotFoundError: The Deployment does not exist.
        """
        from astro_provider.airflow_api.connect import airflow_client_by_id
        from astro_provider.rules.liveness import AirflowView

        airflow = airflow_client_by_id(client, key, repeat=Repeat.NEVER)
        dags = airflow.dags.list(repeat=Repeat.NEVER)
        return AirflowView(dags, airflow.import_errors.list(repeat=Repeat.NEVER), airflow.server_time())


DEPLOYMENTS, DEPLOYS = DeploymentCodeReader(), DeployReader()
HISTORIES, AIRFLOWS = DeployHistoryReader(), AirflowViewReader()
