"""From a Deployment to a client of its Airflow: one for each Deployment and client of the Astro API."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from astro_provider.airflow_api import AirflowClient
from astro_provider.airflow_api.diagnosis import Diagnosis, hibernating
from astro_provider.airflow_api.dialects import API_PATH, dialect_of
from astro_provider.airflow_api.profile import ASTRO_DOMAIN, airflow_profile
from astro_provider.errors import ConfigurationError
from astro_provider.http.retry import Repeat

if TYPE_CHECKING:
    from astro_provider.client import AstroClient
    from astro_provider.models.deployments import Deployment

#: Seconds after which a Deployment is read again: its Airflow may have been upgraded.
LIFE = 600.0
#: Clients by Deployment id, each with the time until which it may be used.
_known: WeakKeyDictionary[AstroClient, dict[str, tuple[float, AirflowClient]]] = WeakKeyDictionary()


def airflow_client(client: AstroClient, deployment: Deployment) -> AirflowClient:
    """Return a client for a Deployment's Airflow; it sends nothing yet, and shares the other client's connections.

    :param client: The client for the Astro API; its token is sent to the address that the API returned.
    :param deployment: The Deployment, as the Astro API has just returned it.
    :raises HibernatingError: The Deployment hibernates.
    :raises ConfigurationError: The API returned no address, or one to which the token must not be sent.
    """
    if deployment.status == "HIBERNATING":
        raise hibernating(deployment)
    url = deployment.airflow_api_url
    if not url:
        raise ConfigurationError(f"Astro returned no address for the Airflow API of {deployment.label}.")
    profile = airflow_profile(client.airflow_domains)
    if not profile.takes_token(url):
        raise _refused(url, deployment, client)
    dialect = dialect_of(deployment.airflow_version, url)
    api = client.api_at(profile, API_PATH.sub("", url), understand=Diagnosis(client, deployment))
    airflow = AirflowClient(api, dialect, version=deployment.airflow_version)
    _known.setdefault(client, {})[deployment.id] = (time.monotonic() + LIFE, airflow)
    return airflow


def airflow_client_by_id(client: AstroClient, deployment_id: str, *, repeat: Repeat = Repeat.SAFE) -> AirflowClient:
    """Return a client for a Deployment's Airflow; reads the Deployment only if it was not read recently.

    :param client: The client for the Astro API.
    :param deployment_id: Id of the Deployment.
    :param repeat: Which failures of the request for the Deployment are retried.
    :raises NotFoundError: The Deployment does not exist.
    :raises HibernatingError: The Deployment hibernates.
    :raises ConfigurationError: The API returned no address, or one to which the token must not be sent.
    """
    until, airflow = _known.get(client, {}).get(deployment_id, (0.0, None))
    if airflow is not None and time.monotonic() < until:
        return airflow
    return airflow_client(client, client.deployments.get(deployment_id, repeat=repeat))


def _refused(url: str, deployment: Deployment, client: AstroClient) -> ConfigurationError:
    try:
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.hostname or ''}"
    except ValueError:
        host = "something that is not a URL"
    allowed = ", ".join((ASTRO_DOMAIN, *client.airflow_domains))
    return ConfigurationError(
        f"Astro returned {host} as the address of the Airflow of {deployment.label}. The API token is sent only with "
        f"https, and only to hosts below {allowed}. If the address is right, add its domain to airflow_domains in the "
        "connection's extra."
    )
