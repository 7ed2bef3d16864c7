"""The documents that describe an image in a registry: OCI's, and Docker's, which differ in their media types only.

Source: https://github.com/opencontainers/image-spec, https://distribution.github.io/distribution/spec/manifest-v2-2/
"""

from __future__ import annotations

from pydantic import Field

from astro_provider.models.base import ApiModel

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
MANIFESTS = (OCI_MANIFEST, DOCKER_MANIFEST)
INDEXES = (OCI_INDEX, DOCKER_LIST)
#: Docker's first format, with and without a signature: no digest of its config, and layers in another order.
SCHEMA_1 = (
    "application/vnd.docker.distribution.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
)
#: The media types of an image's config; that of anything else (a Helm chart, a signature) is another.
IMAGE_CONFIGS = ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json")

#: The label by which Astronomer's base images, and all images built on them, say which Astro Runtime they contain.
RUNTIME_LABEL = "io.astronomer.docker.runtime.version"


class Platform(ApiModel):
    """For which machines an image was built."""

    os: str = ""
    architecture: str = ""
    variant: str | None = None

    def __str__(self) -> str:
        return "/".join(filter(None, (self.os, self.architecture, self.variant)))


class Descriptor(ApiModel):
    """A reference to content in the same repository, by its digest."""

    media_type: str
    # It becomes part of a path: nothing else may be in it.
    digest: str = Field(pattern=r"^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$")
    size: int = Field(ge=0)
    platform: Platform | None = None
    annotations: dict[str, str] | None = None
    #: Other places of a layer that no registry may hand on; the layer itself is then not in the registry.
    urls: list[str] | None = None

    @property
    def is_attestation(self) -> bool:
        """Whether BuildKit wrote it about an image: a provenance or a list of contents, not an image."""
        return (self.annotations or {}).get("vnd.docker.reference.type") == "attestation-manifest"


class Manifest(ApiModel):
    """One image: its config and its layers."""

    config: Descriptor
    layers: list[Descriptor]


class Index(ApiModel):
    """The images for several platforms."""

    manifests: list[Descriptor]


class _Container(ApiModel):
    labels: dict[str, str | None] | None = Field(None, alias="Labels")


class ImageConfig(ApiModel):
    """What an image says about itself."""

    os: str = ""
    architecture: str = ""
    config: _Container | None = None

    @property
    def runtime_version(self) -> str | None:
        """The Astro Runtime that its label names; ``None``: it is not built on Astro Runtime."""
        return ((self.config and self.config.labels) or {}).get(RUNTIME_LABEL) or None
