"""How a registry says that it wants a login."""

from __future__ import annotations

import pytest

from astro_provider.http.login import read_challenges


@pytest.mark.parametrize(
    ("header", "challenges"),
    [
        ("", {}),
        ("Basic", {"basic": {}}),
        ('Basic realm="a registry"', {"basic": {"realm": "a registry"}}),
        (
            'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
            {
                "bearer": {
                    "realm": "https://auth.docker.io/token",
                    "service": "registry.docker.io",
                    "scope": "repository:a/b:pull,push",
                }
            },
        ),
        ('BEARER Realm = "x" , service=y', {"bearer": {"realm": "x", "service": "y"}}),
        ('Basic realm="a, b=\\"c\\"", Bearer realm="d"', {"basic": {"realm": 'a, b="c"'}, "bearer": {"realm": "d"}}),
        ('Negotiate, Basic realm="x"', {"negotiate": {}, "basic": {"realm": "x"}}),
        ("Basic realm=x, Basic realm=y", {"basic": {"realm": "x"}}),
        ('"nonsense', {}),
        ('Bearer realm="unterminated', {"bearer": {}}),
    ],
)
def test_challenges_are_read(header, challenges):
    assert read_challenges(header) == challenges
