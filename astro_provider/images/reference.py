"""A reference to an image, as people write it: ``acme/astro``, ``ghcr.io/acme/astro:1.2``, ``…@sha256:…``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from astro_provider.common.masking import MASK
from astro_provider.common.suggestions import nearest
from astro_provider.errors import ConfigurationError

#: The registry of a reference that names none, where its API is, and the other names it goes by.
DOCKER_HUB, DOCKER_HUB_HOST = "docker.io", "registry-1.docker.io"
DOCKER_HUB_NAMES = {"index.docker.io", "registry.hub.docker.com", DOCKER_HUB_HOST}
#: Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
LONGEST_REPOSITORY = 255
#: Algorithm of a digest -> how many hexadecimal digits it has.
DIGESTS = {"sha256": 64, "sha512": 128}
HOST = re.compile(r"(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)(:\d+)?")
EXAMPLE = "ghcr.io/acme/astro:1.2"


@dataclass(frozen=True)
class Reference:
    """Where an image is.

    :param registry: Its registry: host and, if it has one, port, in lower case.
    :param repository: The repository's name in that registry, in full.
    :param tag: The tag; ``latest`` if the reference has neither tag nor digest.
    :param digest: The digest, which takes precedence over a tag.
    """

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.registry}/{self.repository}{tag}{digest}"

    @property
    def host(self) -> str:
        """Host and port of the registry's API."""
        return DOCKER_HUB_HOST if self.registry == DOCKER_HUB else self.registry

    @property
    def version(self) -> str:
        """What to ask for in the repository: the digest, or else the tag."""
        return self.digest or self.tag or "latest"


def parse_reference(text: str) -> Reference:
    """Read a reference in the way Docker does, ``library/`` and ``latest`` included.

    :param text: For example ``acme/astro``, ``ghcr.io/acme/astro:1.2`` or ``localhost:5000/astro@sha256:…``.
    :raises ConfigurationError: It is none; the message says what is wrong, and how to write it.
    """
    text = text.strip()
    _refuse_what_is_something_else(text)
    name, at, digest = text.partition("@")
    if at:
        digest = _checked_digest(text, name, digest)
    registry, repository, tag = _split(name)
    host = _checked_registry(text, registry)
    tag = _checked_tag(text, tag) if tag is not None else None
    repository = _checked_repository(text, repository, name)
    if host == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    return Reference(host, repository, tag or (None if at else "latest"), digest or None)


def parse_repository(text: str) -> Reference:
    """Read the address of a repository, as the API's ``imageRepository`` has it: with or without ``https://``.

    :param text: For example ``images.astronomer.cloud/<organization id>/<deployment id>``.
    :raises ConfigurationError: It is none, or it names no host: Docker's own would be none that Astro named.
    """
    name = re.sub(r"^https?://", "", text.strip()).rstrip("/")
    if not _split(name)[0]:
        raise ConfigurationError(f"Astro's imageRepository {text!r} names no registry; nothing is sent.")
    return replace(parse_reference(name), tag=None, digest=None)


def registry_of(host: str) -> str:
    """Return the registry that the host of an Airflow connection names, as :class:`Reference` spells it.

    :param host: For example ``ghcr.io``, ``https://index.docker.io/v1/`` or ``localhost:5000``.
    """
    name = re.sub(r"^https?://", "", host.strip().lower()).partition("/")[0]
    return DOCKER_HUB if name in DOCKER_HUB_NAMES else name.removesuffix(":443")


def _split(name: str) -> tuple[str, str, str | None]:
    """Return registry, repository and tag of a reference without its digest; nothing is checked."""
    first, slash, rest = name.partition("/")
    # Docker's rule: without a dot, a colon or "localhost", the first part is a name on Docker Hub.
    if not slash or not (first.startswith("[") or "." in first or ":" in first or first.lower() == "localhost"):
        first, rest = "", name
    path, colon, last = rest.rpartition(":")
    return (first, path, last) if colon and "/" not in last else (first, rest, None)


def _refuse_what_is_something_else(text: str) -> None:
    if not text:
        raise ConfigurationError(f"The image is empty. Example: {EXAMPLE}")
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text)
    rest = text[scheme.end() :] if scheme else text
    if (cleaned := _without_credentials(rest)) != rest:
        # Not repeated: what stands before the @ is a password.
        place = "credentials belong in an Airflow connection of type docker"
        raise _bad(f"{MASK}@{cleaned}", place, cleaned)
    if scheme:
        raise _bad(text, "it is a URL", rest)
    if re.search(r"\s", text):
        raise _bad(text, "it contains white space", re.sub(r"\s", "", text))
    if re.fullmatch(r"(?:sha256:)?[0-9a-f]{64}", text):
        digest = text if ":" in text else f"sha256:{text}"
        raise _bad(text, "it is a digest or a local image's id, without a repository", f"acme/astro@{digest}")


def _without_credentials(text: str) -> str:
    before, _, after = text.rpartition("@")
    is_digest = re.match(r"\w+:[0-9a-fA-F]", after) or not after
    # A digest has no slash, and a repository's name no colon before its last slash.
    return after if "/" in after or (":" in before and "/" not in before and not is_digest) else text


def _checked_digest(text: str, name: str, digest: str) -> str:
    algorithm, colon, digits = digest.partition(":")
    if not digest:
        raise _bad(text, "the digest is empty", name)
    if not colon and re.fullmatch(r"[0-9a-fA-F]{64}", digest):
        raise _bad(text, "the digest does not name its algorithm", f"{name}@sha256:{digest.lower()}")
    if not colon:
        raise _bad(text, f"{digest!r} is not a digest; a tag stands after a colon", f"{name}:{digest}")
    if algorithm not in DIGESTS:
        near = nearest(algorithm, DIGESTS)
        known = ", ".join(DIGESTS)
        what = f"{algorithm!r} is not an algorithm of a digest; allowed: {known}"
        raise _bad(text, what, f"{name}@{near}:{digits}" if near else None)
    if digest != digest.lower():
        raise _bad(text, "a digest must be in lower case", f"{name}@{digest.lower()}")
    if not re.fullmatch(r"[0-9a-f]*", digits):
        raise _bad(text, "the digest has characters other than 0-9 and a-f")
    length = DIGESTS[algorithm]
    if len(digits) != length:
        raise _bad(text, f"a {algorithm} digest has {length} hexadecimal digits, but this has {len(digits)}")
    return digest


def _checked_registry(text: str, registry: str) -> str:
    host = registry_of(registry or DOCKER_HUB)
    found = HOST.fullmatch(host)
    if not found:
        raise _bad(text, f"{registry!r} is not a host, with or without a port")
    if found.group(1) and not 0 < int(found.group(1)[1:]) < 65536:
        raise _bad(text, f"{found.group(1)[1:]} is not a valid port; allowed: 1 to 65535")
    return host


def _checked_tag(text: str, tag: str) -> str:
    if not tag:
        raise _bad(text, "the tag is empty", text.replace(":@", "@").removesuffix(":"))
    if len(tag) > 128:
        raise _bad(text, f"the tag has {len(tag)} characters; allowed: 128")
    if not re.fullmatch(TAG, tag):
        near = re.sub(r"[^A-Za-z0-9_.-]", "-", tag).lstrip(".-")
        allowed = "letters, digits, _ . and -, and no . or - at the start"
        raise _bad(text, f"the tag is {tag!r}; allowed: {allowed}", text.replace(f":{tag}", f":{near}", 1))
    return tag


def _checked_repository(text: str, repository: str, name: str) -> str:
    if not repository:
        host = name.partition("/")[0]
        raise _bad(text, "the repository is missing", f"{host}/acme/astro:1.2" if host else None)
    if len(repository) > LONGEST_REPOSITORY:
        raise _bad(text, f"the repository has {len(repository)} characters; allowed: {LONGEST_REPOSITORY}")
    for part in repository.split("/"):
        if not re.fullmatch(PART, part):
            what = f"{part!r} cannot be part of a repository's name" if part else "there is one slash too many"
            allowed = "lower-case letters and digits, with . _ __ or - between them"
            near = _nearest_repository(repository)
            raise _bad(text, f"{what}; allowed: {allowed}", near and text.replace(repository, near, 1))
    return repository


def _nearest_repository(repository: str) -> str | None:
    near = re.sub(r"[^a-z0-9/._-]", "-", re.sub(r"/{2,}", "/", repository.lower()).strip("/"))
    return near if all(re.fullmatch(PART, part) for part in near.split("/")) else None


def _bad(text: str, what: str, near: str | None = None) -> ConfigurationError:
    hint = f"Did you mean {near!r}?" if near else f"Example: {EXAMPLE}"
    return ConfigurationError(f"The image {text!r} is not a valid image reference: {what}. {hint}")
