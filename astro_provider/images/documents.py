"""What a registry says about an image: which document it is, and which of several images Astro runs. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from astro_provider.errors import ImageError
from astro_provider.models.images import (
    DOCKER_LIST,
    DOCKER_MANIFEST,
    IMAGE_CONFIGS,
    INDEXES,
    MANIFESTS,
    OCI_INDEX,
    OCI_MANIFEST,
    SCHEMA_1,
    ImageConfig,
    Index,
    Manifest,
)

if TYPE_CHECKING:
    from typing import TypeVar

    from astro_provider.models.base import ApiModel
    from astro_provider.models.images import Descriptor

    M = TypeVar("M", bound=ApiModel)

#: What Astro runs. Source: https://www.astronomer.io/docs/astro/deploy-project-image
OS, ARCHITECTURE = "linux", "amd64"
PLATFORM = f"{OS}/{ARCHITECTURE}"
UNDERSTOOD = (OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST)


def read_document(image: str, content: bytes, content_type: str | None) -> tuple[Manifest | Index, str]:
    """Return a manifest or an index, and its media type.

    :param image: The image, for errors.
    :param content: The document.
    :param content_type: What the registry says about it.
    :raises ImageError: It is neither, or Docker's schema 1, or could be read in two ways.
    """
    document = _json_object(image, content)
    media_type = _media_type(image, document, (content_type or "").partition(";")[0].strip())
    model: type[Manifest | Index] = Index if media_type in INDEXES else Manifest
    return _checked(image, document, model), media_type


def read_config(image: str, manifest: Manifest, content: bytes) -> ImageConfig:
    """Return what an image says about itself.

    :param image: The image, for errors.
    :param manifest: Its manifest.
    :param content: Its config.
    :raises ImageError: Astro cannot run it.
    """
    config = _checked(image, _json_object(image, content), ImageConfig)
    if (config.os, config.architecture) != (OS, ARCHITECTURE):
        found = f"{config.os or 'an unnamed system'}/{config.architecture or 'an unnamed architecture'}"
        raise ImageError(f"The image {image} is for {found}. {_build_it()}")
    return config


def check_is_image(image: str, manifest: Manifest) -> None:
    """Refuse what a registry keeps beside images: charts, signatures, lists of contents.

    :param image: The image, for the error.
    :param manifest: Its manifest.
    :raises ImageError: It is something else.
    """
    if manifest.config.media_type not in IMAGE_CONFIGS:
        raise ImageError(
            f"{image} is not a container image: its config is {manifest.config.media_type!r}; "
            f"allowed: {', '.join(IMAGE_CONFIGS)}."
        )


def choose(image: str, index: Index) -> Descriptor:
    """Return the image that Astro runs, of those for several platforms.

    :param image: The image, for the error.
    :param index: Where they are listed.
    :raises ImageError: None of them is for linux/amd64.
    """
    images = [each for each in index.manifests if each.media_type in MANIFESTS and not each.is_attestation]
    fitting = [e for e in images if e.platform and (e.platform.os, e.platform.architecture) == (OS, ARCHITECTURE)]
    # A variant such as v3 asks for a newer processor.
    fitting.sort(key=lambda each: (each.platform and each.platform.variant) or "")
    unnamed = [each for each in images if each.platform is None]
    if fitting or len(unnamed) == 1:
        return (fitting or unnamed)[0]
    there = ", ".join(str(each.platform) for each in images if each.platform) or "none"
    raise ImageError(f"The image {image} is not available for {PLATFORM}; available: {there}. {_build_it()}")


def _build_it() -> str:
    return f"Astro runs {PLATFORM}: build it with --platform {PLATFORM}."


def _media_type(image: str, document: dict[str, Any], content_type: str) -> str:
    own = document.get("mediaType")
    if document.get("schemaVersion") == 1 or own in SCHEMA_1 or content_type in SCHEMA_1:
        raise ImageError(
            f"The image {image} is in Docker's schema 1, which was replaced in 2016 and cannot be copied with its "
            "digests. Push it again with a current Docker."
        )
    if "manifests" in document and ("layers" in document or "config" in document):
        raise ImageError(f"The image {image} describes both one image and several. It is not deployed.")
    if own is not None and content_type in UNDERSTOOD and own != content_type:
        raise ImageError(f"The image {image} calls itself {own!r}, but its registry says it is {content_type!r}.")
    found = own or (content_type if content_type in UNDERSTOOD else None)
    found = found or (OCI_INDEX if "manifests" in document else OCI_MANIFEST)
    if found not in UNDERSTOOD:
        raise ImageError(f"The image {image} is {found!r}; allowed: {', '.join(UNDERSTOOD)}.")
    return str(found)


def _json_object(image: str, content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ImageError(f"The registry describes the image {image} with something that is not a JSON object.")
    return document


def _checked(image: str, document: dict[str, Any], model: type[M]) -> M:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise ImageError(f"The image {image} has a broken {model.__name__.lower()}: {key}: {first['msg']}") from None
