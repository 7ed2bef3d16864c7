"""One deploy on its way from create to finalize: the same steps for DAGs, images and dbt projects."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from astro_provider.errors import UnexpectedResponseError, UploadExpiredError
from astro_provider.rules.deploy_markers import read_marker
from astro_provider.rules.running_code import BUNDLE, INITIALIZED, tarball_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import SecretStr

    from astro_provider.archive import Packed
    from astro_provider.client import AstroClient
    from astro_provider.models.deployments import Deployment
    from astro_provider.models.deploys import Deploy, DeployRequest

log = logging.getLogger(__name__)


class NewDeploy:
    """A deploy that is being made, or finished if an earlier try began it.

    :param client: The client.
    :param deployment: The Deployment.
    :param request: The body that creates it. The marker in its description tells it from all others.
    :param earlier: The Deployment's deploys from before.
    :param begun: What an earlier try of the task created.
    """

    def __init__(
        self,
        client: AstroClient,
        deployment: Deployment,
        request: DeployRequest,
        *,
        earlier: Iterable[Deploy],
        begun: Deploy | None = None,
    ) -> None:
        self._client = client
        self._deployment = deployment
        self._body = request.body()
        self._marker = read_marker(request.description)
        self._known = {deploy.id for deploy in earlier}
        self._is_new = begun is None
        # A list need not show the URL for the upload.
        self.deploy = self._created() if begun is None else client.deploys.get(deployment.id, begun.id)

    def _created(self) -> Deploy:
        deploy = self._client.deploys.create(self._deployment.id, self._body, is_own=self._is_own)
        self._known.add(deploy.id)
        log.info("Created deploy %s (%s) of %s.", deploy.id, deploy.type, self._deployment.label)
        return deploy

    def _is_own(self, deploy: Deploy) -> bool:
        """Whether a deploy is what this create made, if its response was lost."""
        return deploy.id not in self._known and read_marker(deploy.description) == self._marker

    def upload(self, packed: Packed) -> str:
        """Upload a tarball; returns its version. Where the URL has expired, a new deploy takes this one's place, once.

        :param packed: The tarball.
        :raises UploadExpiredError: The new deploy's URL is refused, too.
        """
        url = self._upload_url()
        if url is not None:
            try:
                return self._client.deploys.upload(url, packed)
            except UploadExpiredError as error:
                log.warning("Creating a new deploy for the upload; %s stays unfinished. %s", self.deploy.label, error)
        elif self._is_new:
            raise self._no_url()
        self.deploy = self._created()
        url = self._upload_url()
        if url is None:
            raise self._no_url()
        return self._client.deploys.upload(url, packed)

    def finalize(self, uploaded: str | None, **versions: str | None) -> tuple[Deploy, str | None]:
        """Finalize the deploy; returns it, and the version of the tarball that it brings.

        An earlier try, whose worker ended before it was told, may have done so with its own upload of the same files.
        That is the version that Astro rolls out then, whatever was uploaded since.

        :param uploaded: The version of the tarball that this try uploaded.
        :param versions: What the API takes.
        """
        deployment_id, deploy_id = self._deployment.id, self.deploy.id
        try:
            deploy = self._client.deploys.finalize(deployment_id, deploy_id, **versions)
        except UnexpectedResponseError:
            deploy = self._client.deploys.get(deployment_id, deploy_id)
            if deploy.status == INITIALIZED:
                raise
        return deploy, (tarball_version(deploy) or uploaded) if uploaded else uploaded

    def _upload_url(self) -> SecretStr | None:
        return self.deploy.bundle_upload_url if self.deploy.type == BUNDLE else self.deploy.dags_upload_url

    def _no_url(self) -> UnexpectedResponseError:
        path = f"deploys/{self.deploy.id}"
        return UnexpectedResponseError("GET", path, 200, "it names no URL for the upload", retryable=False)
