"""A container registry: as much of OCI's distribution protocol as copying an image takes.

Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from astro_provider.common.masking import MASK
from astro_provider.errors import ApiError, NotFoundError, UnauthorizedError, UnexpectedResponseError
from astro_provider.http.guarded import GuardedApi
from astro_provider.http.messages import Pieces, Request, Response
from astro_provider.http.profile import REGISTRY
from astro_provider.http.retry import Backoff, Repeat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from astro_provider.http.login import Login
    from astro_provider.http.messages import Content

#: Longest document that a registry has to keep, and that is read into memory.
LONGEST_DOCUMENT = 4 * 1024 * 1024
#: Seconds that a registry may take for the next piece of a layer, and to store the layer after its last byte.
STALLED, STORING = 30.0, 300.0
ALGORITHMS = ("sha256", "sha512")
AS_IT_IS = {"Accept-Encoding": "identity"}


class RegistryApi(GuardedApi):
    """One repository of one registry; plain http for this machine's own registries alone.

    :param host: The registry's host and port.
    :param repository: The repository's name.
    :param login: User and password; ``None``: anonymous.
    :param push: Whether it is written to.
    :param request_timeout: Seconds to wait for a response.
    :param max_retries: How often a request is sent again after a transient failure.
    :param sleep: How to pause between attempts.
    """

    def __init__(
        self,
        host: str,
        repository: str,
        *,
        login: Login | None = None,
        push: bool = False,
        request_timeout: float = 60.0,
        max_retries: int = 6,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(
            REGISTRY,
            host,
            scope=f"repository:{repository}:{'pull,push' if push else 'pull'}",
            login=login,
            request_timeout=request_timeout,
            backoff=Backoff(max_retries=max_retries),
            sleep=sleep,
        )
        self.path = f"/v2/{repository}"
        self._storing = (max(self._timeout[0], STALLED), max(self._timeout[1], STORING))

    def __enter__(self) -> RegistryApi:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def document(self, path: str, accept: Sequence[str], *, digest: str | None = None) -> Response:
        """Return a manifest or a config as it is, byte for byte.

        :param path: Path below the repository's.
        :param accept: The media types that are understood.
        :param digest: What it has to be; ``None``: what the registry says it is, if it says so.
        :raises UnexpectedResponseError: It is something else, or longer than a registry has to keep.
        :raises ApiError: As for every request.
        """
        path = self.path + path

        def take(response: Response) -> Response:
            whole = bytearray()
            for piece in response.pieces:
                whole += piece
                if len(whole) > LONGEST_DOCUMENT:
                    reason = f"the body has more than {LONGEST_DOCUMENT:,} bytes"
                    raise UnexpectedResponseError("GET", self._named(path), response.status, reason, retryable=False)
            expected = digest or response.header("Docker-Content-Digest") or ""
            if (found := digest_of(whole, expected)) and found != expected:
                reason = f"the body has the digest {found} instead of {expected}"
                raise UnexpectedResponseError("GET", self._named(path), response.status, reason)
            response.content = bytes(whole)
            return response

        return self.download(path, (), take, headers={**AS_IT_IS, "Accept": ", ".join(accept)})

    def read_blob(self, digest: str, size: int, take: Callable[[Content], None]) -> None:
        """Hand over a blob while it arrives, again from its start after a transient failure.

        :param digest: The blob's digest; its last piece is handed over only once all of them are known to be right.
        :param size: Its length in bytes.
        :param take: Gets the blob at each attempt.
        :raises UnexpectedResponseError: It was damaged at every attempt.
        :raises AstroError: As for every request, and what ``take`` raises.
        """
        path = f"{self.path}/blobs/{digest}"

        def checked(response: Response) -> Iterator[bytes]:
            summed, received, held = hashlib.new(digest.partition(":")[0]), 0, b""
            for piece in response.pieces:
                summed.update(piece)
                received += len(piece)
                if received > size:
                    break
                yield held
                held = piece
            found = f"{digest.partition(':')[0]}:{summed.hexdigest()}"
            if received != size or found != digest:
                reason = f"the body has {received:,} bytes and the digest {found} instead of {size:,} and {digest}"
                raise UnexpectedResponseError("GET", self._named(path), response.status, reason)
            yield held

        self.download(path, (), lambda response: take(Pieces(checked(response), size)), headers=AS_IT_IS)

    def has_blob(self, digest: str) -> bool:
        """Whether the repository has a blob.

        Astro's registry redirects ``HEAD`` to a cloud's storage, too, which may refuse it (403) because the address
        is signed for ``GET``: then the first byte is asked for instead.

        :param digest: The blob's digest.
        """
        path = f"{self.path}/blobs/{digest}"
        first_byte = {**AS_IT_IS, "Range": "bytes=0-0"}
        asks: tuple[Callable[[], object], ...] = (
            lambda: self.send("HEAD", path, headers=AS_IT_IS),
            lambda: self.download(path, (), lambda _: None, headers=first_byte),
        )
        for ask in asks:
            try:
                ask()
                return True
            except NotFoundError:
                return False
            except ApiError as error:
                if error.retryable or isinstance(error, UnauthorizedError):
                    raise
        return False

    def mount(self, digest: str, repository: str) -> bool:
        """Take a blob over from another repository of the same registry; returns whether it did.

        :param digest: The blob's digest.
        :param repository: The other repository.
        """
        with suppress(ApiError):  # whatever it has against mounting, an upload will show
            params = [("mount", digest), ("from", repository)]
            return self.send("POST", f"{self.path}/blobs/uploads/", params=params, repeat=Repeat.SAFE).status == 201
        return False

    def upload(self, digest: str, content: Content) -> None:
        """Send a blob, once: as one ``PATCH``, then ``PUT``, which is what Docker does and every registry knows.

        :param digest: The blob's digest.
        :param content: The blob.
        :raises AstroError: Nothing of it is kept; the caller may try again.
        """
        path = f"{self.path}/blobs/uploads/"
        begun = self.send("POST", path, repeat=Repeat.NEVER)
        session = self._leads_to("POST", self._named(path), self.base_url + path, begun)
        sent = self._upload_step("PATCH", session, (), content)
        if sent.header("Location"):
            session = self._leads_to("PATCH", self._named(path), session, sent)
        self._upload_step("PUT", session, (("digest", digest),))

    def store(self, tag: str, content: bytes, media_type: str) -> None:
        """Store a manifest under a tag, byte for byte.

        :param tag: The tag.
        :param content: The manifest; all that it refers to has to be there.
        :param media_type: Its media type.
        :raises UnexpectedResponseError: The registry stored something else.
        """
        path = f"{self.path}/manifests/{tag}"
        response = self.send("PUT", path, content=content, headers={"Content-Type": media_type})
        stored = response.header("Docker-Content-Digest") or ""
        if (sent := digest_of(content, stored)) and sent != stored:
            reason = f"it stored the manifest {stored} instead of {sent}"
            raise UnexpectedResponseError("PUT", self._named(path), response.status, reason, retryable=False)

    def _upload_step(
        self, method: str, url: str, params: Sequence[tuple[str, str]], content: Content | None = None
    ) -> Response:
        headers = {**self._headers, "Content-Type": "application/octet-stream"}
        request = Request(method, url, params, headers, timeout=self._storing, content=content)
        # The session's address is as good as a password for as long as it is open.
        return self._once(request, f"{self.path}/blobs/uploads/{MASK}", ())


def digest_of(content: bytes | bytearray, like: str) -> str | None:
    """Return the digest of some content; ``None`` if the other one has an algorithm that is not known.

    :param content: The content.
    :param like: A digest with the algorithm to use.
    """
    algorithm = like.partition(":")[0]
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}" if algorithm in ALGORITHMS else None
