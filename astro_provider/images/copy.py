"""An image, copied from its registry into Astro's."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from astro_provider.errors import ForbiddenError, UnauthorizedError
from astro_provider.http.registry import RegistryApi
from astro_provider.images.login import astro_login
from astro_provider.images.reference import parse_reference, parse_repository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from astro_provider.http.messages import Content
    from astro_provider.images.image import Image
    from astro_provider.models.images import Descriptor

log = logging.getLogger(__name__)


def copy_image(
    image: Image,
    *,
    repository: str,
    tag: str,
    token: str,
    request_timeout: float = 60.0,
    max_retries: int = 6,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Copy an image byte for byte; the memory it takes does not grow with the image.

    A layer that the repository has is left out; one that another repository of the same registry has is taken over
    there. Each of the others goes from registry to registry while it arrives, and is checked on the way. The manifest
    comes last: until then, nobody can see any of it.

    :param image: The image.
    :param repository: The API's ``imageRepository``. Its host, and no other, gets the token.
    :param tag: The deploy's ``imageTag``.
    :param token: The API token.
    :param request_timeout: Seconds to wait for a response; while a layer is stored, for at least five minutes.
    :param max_retries: How often a request, or a whole layer, is sent again after a transient failure.
    :param sleep: How to pause between attempts.
    :raises ConfigurationError: The repository is none.
    :raises ApiError: One of the two registries refused.
    :raises UnexpectedResponseError: What arrived does not fit its digest, at every attempt.
    :raises NoResponseError: No complete response arrived.
    """
    target = parse_reference(f"{parse_repository(repository)}:{tag}")
    began = time.monotonic()
    with (
        RegistryApi(
            image.reference.host,
            image.reference.repository,
            login=image.login,
            request_timeout=request_timeout,
            max_retries=max_retries,
            sleep=sleep,
        ) as source,
        RegistryApi(
            target.host,
            target.repository,
            login=astro_login(token),
            push=True,
            request_timeout=request_timeout,
            max_retries=max_retries,
            sleep=sleep,
        ) as destination,
    ):
        copy = _Copy(image, source, destination)
        copy.run(tag)
    log.info(
        "Copied %s to %s in %.0f s: %.1f of %.1f MB sent; the rest was already there.",
        image.reference,
        target,
        time.monotonic() - began,
        copy.sent / 1e6,
        image.size / 1e6,
    )


class _Copy:
    """One copy; ``sent`` is the number of bytes that had to be sent."""

    def __init__(self, image: Image, source: RegistryApi, destination: RegistryApi) -> None:
        self._image = image
        self._source = source
        self._destination = destination
        self._is_same_registry = source.base_url == destination.base_url
        self.sent = 0

    def run(self, tag: str) -> None:
        blobs = self._image.blobs
        for number, blob in enumerate(blobs, 1):
            how = self._copied(blob)
            log.info("Blob %d of %d: %s, %.1f MB, %s", number, len(blobs), blob.digest, blob.size / 1e6, how)
        with self._refusals_explained():
            self._destination.store(tag, self._image.content, self._image.media_type)

    def _copied(self, blob: Descriptor) -> str:
        """Copy a blob; returns how."""
        with self._refusals_explained():
            if self._destination.has_blob(blob.digest):
                return "already there"
            if self._is_same_registry and self._destination.mount(blob.digest, self._image.reference.repository):
                return "reused within the registry"
        self._source.read_blob(blob.digest, blob.size, partial(self._upload, blob))
        self.sent += blob.size
        return "sent"

    def _upload(self, blob: Descriptor, content: Content) -> None:
        with self._refusals_explained():
            self._destination.upload(blob.digest, content)

    @contextmanager
    def _refusals_explained(self) -> Iterator[None]:
        try:
            yield
        except (ForbiddenError, UnauthorizedError) as error:
            message = (
                f"the registry {self._destination.host} does not let this API token push an image. "
                f"The token needs the right to deploy to the Deployment. The registry says: {error.message}"
            )
            raise type(error)(error.method, error.path, error.status, message) from None
