"""Who logs in to which registry: the API token to Astro's, an Airflow connection to any other. Pure."""

from __future__ import annotations

from astro_provider.errors import ConfigurationError
from astro_provider.http.login import ASTRO_DOMAINS, Login
from astro_provider.images.reference import parse_reference, parse_repository, registry_of

#: The only user that Astro's registry knows. Source: https://github.com/astronomer/astro-cli/issues/1876
ASTRO_USER = "cli"


def astro_login(token: str) -> Login:
    """Return the login for the registry of the API's ``imageRepository``, and for no other.

    It goes to the host that the API named, and to a token service only at that same host or below one of Astro's
    domains; for a registry on this machine, to one on this machine.

    :param token: The API token.
    """
    return Login(ASTRO_USER, token, ASTRO_DOMAINS)


def source_login(
    reference: str,
    *,
    repository: str,
    token: str,
    host: str | None = None,
    login: str | None = None,
    password: str | None = None,
    known_as: str = "The registry's connection",
) -> Login | None:
    """Return the login with which an image is read; ``None``: anonymous.

    :param reference: The image.
    :param repository: The Deployment's ``imageRepository``: an image in the same registry is read with the API token.
    :param token: The API token.
    :param host: The connection's host, with its port; ``None``: there is no connection.
    :param login: The connection's user.
    :param password: The connection's password.
    :param known_as: What errors call the connection.
    :raises ConfigurationError: The connection is for another registry, or half of it is missing.
    """
    image = parse_reference(reference)
    registry = image.registry
    if host is None and not login and not password:
        return astro_login(token) if registry == parse_repository(repository).registry else None
    if not host:
        raise ConfigurationError(f"{known_as} has no host. Set it to {registry!r}, the registry of this image.")
    if registry_of(host) != registry:
        raise ConfigurationError(
            f"{known_as} is for the host {registry_of(host)!r}, but the image {image} "
            f"is in the registry {registry!r}. Its user and password are not sent there."
        )
    if bool(login) != bool(password):
        there, missing = ("a login", "password") if login else ("a password", "login")
        raise ConfigurationError(f"{known_as} for the registry {registry!r} has {there}, but no {missing}.")
    return Login(login, password) if login and password else None
