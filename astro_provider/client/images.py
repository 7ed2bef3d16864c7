"""Images on their way into a Deployment's own repository; this client's token is the login there, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.images import copy_image, read_image, source_login

if TYPE_CHECKING:
    from collections.abc import Callable

    from astro_provider.images import Image


class Images:
    """Images that come from any registry and go to Astro's.

    :param token: API token, which Astro's registry takes as a password.
    :param request_timeout: Seconds to wait for a response.
    :param max_retries: How often a request is sent again after a transient failure.
    :param sleep: How to pause between attempts.
    """

    def __init__(self, token: str, *, request_timeout: float, max_retries: int, sleep: Callable[[float], None]) -> None:
        self._token = token
        self._request_timeout = request_timeout
        self._max_retries = max_retries
        self._sleep = sleep

    def read(
        self,
        reference: str,
        *,
        repository: str,
        host: str | None = None,
        login: str | None = None,
        password: str | None = None,
        known_as: str = "The registry's connection",
    ) -> Image:
        """Read an image's manifest and config; nothing is copied yet.

        :param reference: For example ``ghcr.io/acme/astro:1.2``.
        :param repository: The Deployment's ``imageRepository``: an image in the same registry is read with the token.
        :param host: Host of the registry that the login is for.
        :param login: User of that registry; ``None``: anonymous.
        :param password: Its password.
        :param known_as: What errors call that login.
        :raises ConfigurationError: The reference is none, or the login is for another registry.
        :raises ImageError: Astro cannot run it.
        :raises ApiError: The registry does not have it, or does not show it.
        """
        user = source_login(
            reference,
            repository=repository,
            token=self._token,
            host=host,
            login=login,
            password=password,
            known_as=known_as,
        )
        return read_image(
            reference,
            login=user,
            request_timeout=self._request_timeout,
            max_retries=self._max_retries,
            sleep=self._sleep,
        )

    def copy(self, image: Image, *, repository: str, tag: str) -> None:
        """Copy an image byte for byte into a Deployment's repository.

        :param image: The image.
        :param repository: The deploy's ``imageRepository``.
        :param tag: The deploy's ``imageTag``.
        :raises ApiError: One of the two registries refused.
        """
        copy_image(
            image,
            repository=repository,
            tag=tag,
            token=self._token,
            request_timeout=self._request_timeout,
            max_retries=self._max_retries,
            sleep=self._sleep,
        )
