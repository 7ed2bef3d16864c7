"""An image as its registry describes it, read before anything is made of it."""

from __future__ import annotations

import hashlib
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from astro_provider.errors import ApiError, ForbiddenError, ImageError, NotFoundError, UnauthorizedError
from astro_provider.http.registry import RegistryApi
from astro_provider.images.documents import PLATFORM, UNDERSTOOD, check_is_image, choose, read_config, read_document
from astro_provider.images.reference import parse_reference
from astro_provider.models.images import Index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from astro_provider.http.login import Login
    from astro_provider.images.reference import Reference
    from astro_provider.models.images import Descriptor, Manifest


@dataclass(frozen=True)
class Image:
    """One image for linux/amd64.

    :param reference: Where it was found.
    :param digest: The digest of its manifest, and so of all that is in it.
    :param media_type: The manifest's media type.
    :param content: The manifest, byte for byte.
    :param manifest: The manifest.
    :param runtime_version: The Astro Runtime that it is built on; ``None``: its label is missing.
    :param login: How it was read.
    """

    reference: Reference
    digest: str
    media_type: str
    content: bytes = field(repr=False)
    manifest: Manifest = field(repr=False)
    runtime_version: str | None
    login: Login | None = field(repr=False)

    @property
    def blobs(self) -> list[Descriptor]:
        """Its layers and its config, each once; without those layers that no registry may hand on."""
        found = {each.digest: each for each in (*self.manifest.layers, self.manifest.config) if not each.urls}
        return list(found.values())

    @property
    def size(self) -> int:
        """The bytes of all its blobs."""
        return sum(blob.size for blob in self.blobs)


def read_image(
    reference: str,
    *,
    login: Login | None = None,
    request_timeout: float = 60.0,
    max_retries: int = 6,
    sleep: Callable[[float], None] = time.sleep,
) -> Image:
    """Read an image's manifest and config; of an image for several platforms, the one for linux/amd64.

    :param reference: For example ``ghcr.io/acme/astro:1.2``.
    :param login: User and password for its registry; default: anonymous.
    :param request_timeout: Seconds to wait for a response.
    :param max_retries: How often a request is sent again after a transient failure.
    :param sleep: How to pause between attempts.
    :raises ConfigurationError: The reference is none.
    :raises ImageError: Astro cannot run it.
    :raises ApiError: The registry does not have it, or does not show it.
    :raises UnexpectedResponseError: What it sent does not fit its digest.
    :raises NoResponseError: No complete response arrived.
    """
    place = parse_reference(reference)
    registry = RegistryApi(
        place.host,
        place.repository,
        login=login,
        request_timeout=request_timeout,
        max_retries=max_retries,
        sleep=sleep,
    )
    with registry, _refusals_explained(place, login):
        return _read(registry, place, login)


def _read(registry: RegistryApi, place: Reference, login: Login | None) -> Image:
    name = str(place)
    found = registry.document(f"/manifests/{place.version}", UNDERSTOOD, digest=place.digest)
    manifest, media_type = read_document(name, found.content, found.header("Content-Type"))
    if isinstance(manifest, Index):
        chosen = choose(name, manifest)
        found = registry.document(f"/manifests/{chosen.digest}", (chosen.media_type,), digest=chosen.digest)
        manifest, media_type = read_document(name, found.content, found.header("Content-Type"))
        if isinstance(manifest, Index):
            raise ImageError(f"The image {name} is a list of images in a list of images. Push it for {PLATFORM}.")
    check_is_image(name, manifest)
    config = registry.document(f"/blobs/{manifest.config.digest}", ("*/*",), digest=manifest.config.digest)
    return Image(
        place,
        f"sha256:{hashlib.sha256(found.content).hexdigest()}",
        media_type,
        found.content,
        manifest,
        read_config(name, manifest, config.content).runtime_version,
        login,
    )


@contextmanager
def _refusals_explained(place: Reference, login: Login | None) -> Iterator[None]:
    """Say what a registry's refusal to show an image means.

    :param place: The image.
    :param login: How it is read.
    """
    try:
        yield
    except (NotFoundError, UnauthorizedError, ForbiddenError) as error:
        raise _explained(error, place, login) from None


def _explained(error: ApiError, place: Reference, login: Login | None) -> ApiError:
    if isinstance(error, NotFoundError):
        why = f"the registry {place.registry} does not have the image {place}, or not all of it"
    elif login is None:
        why = (
            f"the registry {place.registry} has no image {place}, or shows it only after a login. If the image is "
            "private, set registry_conn_id"
        )
    elif isinstance(error, UnauthorizedError):
        why = (
            f"the registry {place.registry} refused the login of user {login.user!r}, or has no image {place} that "
            "this user can read"
        )
    else:
        why = f"the registry {place.registry} does not let user {login.user!r} read the image {place}"
    return type(error)(error.method, error.path, error.status, f"{why}. The registry says: {error.message}")
