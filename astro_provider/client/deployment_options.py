"""What a Deployment may be made of."""

from __future__ import annotations

from astro_provider.http.resource import Resource, pairs
from astro_provider.models.deployment_options import DeploymentOptions as Options


class DeploymentOptions(Resource):
    """Machines, limits and defaults for the Deployments of one Organization."""

    segment, noun = "deployment-options", "deployment options"

    def get(
        self, *, deployment_type: str | None = None, executor: str | None = None, cloud_provider: str | None = None
    ) -> Options:
        """Return the machines, limits and defaults for a type, an executor and a provider.

        :param deployment_type: STANDARD, DEDICATED or HYBRID.
        :param executor: CELERY, KUBERNETES or ASTRO.
        :param cloud_provider: AWS, AZURE or GCP.
        """
        filters = {"deploymentType": deployment_type, "executor": executor, "cloudProvider": cloud_provider}
        return self._read(Options, self._path, pairs(filters))
