"""Images as registries keep them: layers, config, manifest, and lists for several platforms."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field
from typing import Any

DOCKER, OCI = "application/vnd.docker.", "application/vnd.oci."
#: Format -> media types of manifest, list, config and layer.
TYPES = {
    "docker": (
        f"{DOCKER}distribution.manifest.v2+json",
        f"{DOCKER}distribution.manifest.list.v2+json",
        f"{DOCKER}container.image.v1+json",
        f"{DOCKER}image.rootfs.diff.tar.gzip",
    ),
    "oci": (
        f"{OCI}image.manifest.v1+json",
        f"{OCI}image.index.v1+json",
        f"{OCI}image.config.v1+json",
        f"{OCI}image.layer.v1.tar+gzip",
    ),
}
RUNTIME_LABEL = "io.astronomer.docker.runtime.version"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def descriptor(content: bytes, media_type: str, **more: Any) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content), **more}


def layer(name: str, content: bytes = b"x") -> bytes:
    """A layer with one file."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0)


@dataclass
class BuiltImage:
    """One image: the manifest, and the blobs that it refers to."""

    manifest: bytes
    media_type: str
    blobs: dict[str, bytes] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        return digest_of(self.manifest)


def image(
    *layers: bytes,
    form: str = "oci",
    runtime: str | None = "3.1-5",
    platform: tuple[str, str] = ("linux", "amd64"),
    changes: dict[str, Any] | None = None,
    more_layers: tuple[dict[str, Any], ...] = (),
) -> BuiltImage:
    """An image.

    :param layers: Its layers, packed.
    :param form: ``oci`` or ``docker``.
    :param runtime: What its label says; ``None``: there is no label.
    :param platform: System and architecture that its config names.
    :param changes: Values over those of the manifest.
    :param more_layers: Descriptors of layers that are not in the registry.
    """
    manifest_type, _, config_type, layer_type = TYPES[form]
    system, architecture = platform
    labels = {"maintainer": "acme", **({RUNTIME_LABEL: runtime} if runtime else {})}
    config = {"os": system, "architecture": architecture, "config": {"Labels": labels}, "rootfs": {"type": "layers"}}
    packed = json.dumps(config).encode()
    document = {
        "schemaVersion": 2,
        "mediaType": manifest_type,
        "config": descriptor(packed, config_type),
        "layers": [*(descriptor(each, layer_type) for each in layers), *more_layers],
        **(changes or {}),
    }
    # Spaces and order as no library would write them: the copy has to have the same bytes.
    manifest = json.dumps(document, indent=3).encode() + b"\n"
    return BuiltImage(manifest, manifest_type, {digest_of(each): each for each in (packed, *layers)})


def attestation() -> BuiltImage:
    """What BuildKit adds to a list: where an image comes from."""
    return image(b"{}", platform=("unknown", "unknown"), runtime=None)


def index(
    *entries: tuple[BuiltImage, dict[str, Any] | None], form: str = "oci", annotations: dict[str, str] | None = None
) -> BuiltImage:
    """A list of images for several platforms.

    :param entries: Each image, and the platform under which it is listed; ``None``: without one.
    :param form: ``oci`` or ``docker``.
    :param annotations: Those of entries for ``unknown`` systems.
    """
    listed = []
    for built, platform in entries:
        more: dict[str, Any] = {} if platform is None else {"platform": platform}
        if platform and platform["os"] == "unknown":
            more["annotations"] = annotations or {"vnd.docker.reference.type": "attestation-manifest"}
        listed.append(descriptor(built.manifest, built.media_type, **more))
    media_type = TYPES[form][1]
    document = json.dumps({"schemaVersion": 2, "mediaType": media_type, "manifests": listed}).encode()
    return BuiltImage(document, media_type)
