"""Telling a workload identity that a person chose from the one that Astro gives to every Deployment.

The API only shows the one in effect. A platform default that is written into a file, and applied again, would be
pinned there; so what looks like the default of this very Deployment is taken for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from astro_provider.models.deployments import Deployment

LONGEST_SERVICE_ACCOUNT = 30


def set_by_a_person(deployment: Deployment) -> str | None:
    """Return the workload identity that somebody gave to a Deployment; ``None`` where it has Astro's default.

    Astro's defaults, as the Astro CLI knows them: on AWS the role ``astro-<namespace>``, for HYBRID
    ``AirflowS3Logs-<clusterId>``; on GCP the service account ``astro-<namespace>``, cut to 30 characters.

    :param deployment: The live Deployment.
    """
    identity = deployment.effective_workload_identity
    if not identity:
        return None
    if deployment.namespace:
        named = re.escape(f"astro-{deployment.namespace}")
        account = re.escape(f"astro-{deployment.namespace}"[:LONGEST_SERVICE_ACCOUNT])
    else:
        # Every name of that shape counts: losing a choice is mended sooner than pinning a default.
        named = account = "astro-[a-z0-9-]+"
    bucket = f"AirflowS3Logs-{re.escape(deployment.cluster_id or '')}"
    defaults = (
        rf"arn:aws[a-z-]*:iam::[0-9]+:role/({named}|{bucket})",
        rf"{account}@[^@]+\.gserviceaccount\.com",
    )
    return None if any(re.fullmatch(pattern, identity) for pattern in defaults) else identity
