"""Deploys of code to a Deployment: listed, newest or oldest first as the API has it, made, uploaded to, rolled back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from astro_provider.client.resource import Nested
from astro_provider.errors import ConflictError, UnexpectedResponseError
from astro_provider.http.retry import Repeat, is_ambiguous
from astro_provider.http.upload import upload
from astro_provider.models.deploys import Deploy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from pydantic import SecretStr

    from astro_provider.errors import AstroError
    from astro_provider.http.upload import Packed

#: The status of a deploy until it is finalized, and that of one that came to nothing.
UNFINISHED, FAILED = "INITIALIZED", "FAILED"
#: What Astro may say about a deploy that is finalized; not "cannot be finalized", and not "already in progress".
SAYS_FINALIZED = re.compile(
    r"already (?:been )?(?:finali[sz]ed|processed|deployed|completed)|\b(?:is|was|been) finali[sz]ed", re.IGNORECASE
)


class Deploys(Nested[Deploy]):
    """The deploys of a Deployment; each call names the Deployment."""

    segment, noun, model = "deploys", "a deploy", Deploy
    parent, parent_noun = "deployments", "a Deployment"

    def create(
        self, deployment_id: str, body: dict[str, object], *, is_own: Callable[[Deploy], bool] | None = None
    ) -> Deploy:
        """Begin a deploy, exactly one, even if a response is lost.

        After an ambiguous failure the deploy is looked for among those of the Deployment, and create is sent again only
        if it is absent. What is found is read once more, since a list need not have its upload URL.

        :param deployment_id: The Deployment.
        :param body: The request body. Its ``description`` should hold something that no other deploy has.
        :param is_own: Whether a deploy is the one that this body makes; default: by its description.
        :raises ApiError: Astro refused it: the Deployment hibernates, for example.
        """
        path = self._below(deployment_id)
        if is_own is not None:
            return self._make(deployment_id, path, body, lambda deploy, _: is_own(deploy))
        description = body.get("description")
        if not description:
            # Nothing would tell it from another one.
            return self._write(Deploy, path, body, repeat=Repeat.UNSENT)
        return self._make(deployment_id, path, body, lambda d, began: self._is_own(d, began) and _says(d, description))

    def update(self, deployment_id: str, deploy_id: str, *, description: str) -> Deploy:
        """Replace the description of a deploy; safe to repeat.

        :param deployment_id: The Deployment.
        :param deploy_id: Its id.
        :param description: The new description, of at most 500 characters.
        """
        path = self._below(deployment_id, deploy_id)
        return self._write(Deploy, path, {"description": description}, repeat=Repeat.SAFE)

    def finalize(
        self,
        deployment_id: str,
        deploy_id: str,
        *,
        dag_tarball_version: str | None = None,
        bundle_tarball_version: str | None = None,
    ) -> Deploy:
        """Have Astro roll a deploy out, only once, even if a response is lost.

        After an ambiguous failure the deploy is read: if it has left INITIALIZED, it is finalized; otherwise it is
        finalized again. What Astro says about a second time is not documented, nor whether a deploy leaves INITIALIZED
        at once. So a refusal, which an earlier try of a task may have caused, counts only if nothing tells that the
        deploy is finalized: its status, its version, a 409, or the refusal's own words.

        :param deployment_id: The Deployment.
        :param deploy_id: Its id.
        :param dag_tarball_version: What the upload of the DAGs returned; empty: none was uploaded, keep those that are
            there (or, with DAG deploys, that there are none).
        :param bundle_tarball_version: The same for a bundle; empty: delete the bundle.
        :raises UnexpectedResponseError: The deploy was finalized with another version in the meantime.
        """
        versions = {"dagTarballVersion": dag_tarball_version, "bundleTarballVersion": bundle_tarball_version}
        body: dict[str, object] = {name: version for name, version in versions.items() if version is not None}
        path = f"{self._below(deployment_id, deploy_id)}/finalize"

        def find(error: AstroError, _: datetime) -> Deploy | None:
            deploy = self.get(deployment_id, deploy_id)
            recorded = _version_of(deploy, body)
            if deploy.status in {UNFINISHED, FAILED} and not is_ambiguous(error):
                # Refused: unless the version, or the refusal itself, tells that it has been finalized before.
                return deploy if recorded or _says_finalized(error) else None
            if deploy.status == UNFINISHED:
                return None
            if recorded is False:
                reason = f"{deploy.label} was finalized with another version in the meantime; it is {deploy.status}"
                raise UnexpectedResponseError("POST", path, 200, reason) from None
            return deploy

        return self._once(Deploy, path, body, find=find, effect="finalized", earlier=True)

    def rollback(self, deployment_id: str, deploy_id: str, *, description: str | None = None) -> Deploy:
        """Make a deploy of what an earlier one deployed; exactly one, even if a response is lost.

        :param deployment_id: The Deployment.
        :param deploy_id: The earlier deploy.
        :param description: Of the new deploy, at most 500 characters; with something in it that no other deploy has, a
            lost response is told from somebody else's rollback to the same deploy.
        """
        body: dict[str, object] = {} if description is None else {"description": description}

        def is_own(deploy: Deploy, began: datetime) -> bool:
            told_apart = description is None or _says(deploy, description)
            return deploy.rollback_from_id == deploy_id and told_apart and self._is_own(deploy, began)

        path = f"{self._below(deployment_id, deploy_id)}/rollback"
        return self._make(deployment_id, path, body, is_own)

    def upload(self, url: SecretStr | str, packed: Packed) -> str:
        """Upload a tarball to the URL that a deploy named; returns the version to finalize the deploy with.

        Each attempt sends the whole file and makes a version of its own; the last one counts.

        :param url: The deploy's ``dags_upload_url`` or ``bundle_upload_url``; errors and logs do not repeat it.
        :param packed: The tarball, its size and its checksum.
        :raises UploadExpiredError: The URL has expired; a new deploy has a new one.
        :raises RefusedError: The URL is not one to send code to: plain http, or the API's own host.
        :raises UnexpectedResponseError: The store took the tarball but named no version.
        """
        return upload(self._api, url if isinstance(url, str) else url.get_secret_value(), packed)

    def _make(
        self,
        deployment_id: str,
        path: str,
        body: dict[str, object],
        is_own: Callable[[Deploy, datetime], bool],
    ) -> Deploy:
        def find(_: AstroError, began: datetime) -> Deploy | None:
            own = [deploy for deploy in self.list(deployment_id) if is_own(deploy, began)]
            # By time, since the API does not say in which order it lists them.
            newest = max(own, key=lambda deploy: deploy.created_at, default=None)
            return newest and self.get(deployment_id, newest.id)

        return self._once(Deploy, path, body, find=find)


def _says(deploy: Deploy, description: object) -> bool:
    """Whether a deploy has a description; spaces and line breaks may have been changed on the way."""
    return (deploy.description or "").split() == str(description).split()


def _says_finalized(error: AstroError) -> bool:
    """Whether a refusal is about the deploy's state, and not about what was sent."""
    return isinstance(error, ConflictError) or SAYS_FINALIZED.search(str(error)) is not None


def _version_of(deploy: Deploy, body: Mapping[str, object]) -> bool | None:
    """Whether a deploy has the version that it was finalized with; ``None`` if it does not say, or there is none."""
    if wanted := body.get("bundleTarballVersion"):
        mounted = [each for each in deploy.bundles or () if each.mount_path == deploy.bundle_mount_path]
        recorded = mounted[0].desired_version if mounted else None
    else:
        wanted, recorded = body.get("dagTarballVersion"), deploy.dag_tarball_version
    return wanted == recorded if wanted and recorded else None
