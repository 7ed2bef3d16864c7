"""Everything an emulator knows: its documents, its tokens, and how it is to behave."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from astro_provider.emulator.core.faults import Faults
from astro_provider.emulator.core.ids import ORGANIZATION_ID, fixed_id
from astro_provider.emulator.core.limits import RateLimits
from astro_provider.emulator.core.problems import Problem, unknown
from astro_provider.emulator.core.progress import Progress
from astro_provider.emulator.core.store import Store
from astro_provider.emulator.core.tokens import Grant, issue, verify
from astro_provider.emulator.core.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from astro_provider.emulator.airflow.binding import BoundAirflow
    from astro_provider.emulator.core.journal import Request

#: What nobody outside Astro knows, and how the emulator does it if it is asked to do it the other way.
VARIANTS = {
    "deployed-when-live": "a finalized deploy stays INITIALIZED until it is rolled out",
    "finalize-twice": "a second finalize succeeds and changes nothing, instead of a 400",
    "list-oldest-first": "the list of deploys begins with the oldest",
    "rollback-needs-finalize": "a rollback does nothing until it is finalized",
}


class State:
    """What the routes, the control API and the emulator's object work on.

    :param progress: How statuses move on: ``immediately``, ``reads:N`` or ``seconds:S`` for each step.
    :param latency: Seconds before each response.
    :param database: SQLite file that keeps the documents; ``None``: in memory.
    :param token: The owner's token; default: one that is always the same.
    :param rate_limit: Whether to enforce the API's limits for each token.
    :param stale_healthy_reads: For how many reads after an update the old status still shows.
    :param take_unlisted: Whether to take regions and Astro Runtime versions that the emulator does not list.
    :param quiet: Whether to log no line for each call.
    :param registry: Host and port of an image registry for images of deploys; ``None``: images are not looked at.
    :param variants: Names of ``VARIANTS``: what to do in another way.
    :param clock: Epoch seconds, for ``seconds:S``, token ends, rate limits and uploads.
    :raises ValueError: There is no such variant.
    """

    def __init__(
        self,
        progress: str,
        latency: float,
        database: str | Path | None,
        token: str | None,
        *,
        rate_limit: bool,
        stale_healthy_reads: int,
        take_unlisted: bool,
        quiet: bool,
        registry: str | None,
        variants: Iterable[str],
        clock: Callable[[], float],
    ) -> None:
        self.organization_id = ORGANIZATION_ID
        self.owner = Grant("ORGANIZATION_OWNER", token_id=fixed_id("token"))
        self.token = token or issue(self.organization_id, self.owner, self.owner.token_id)
        self.progress = Progress(progress, clock)
        self.latency = latency
        self.store = Store(database)
        self.limits = RateLimits(clock) if rate_limit else None
        self.stale_healthy_reads = stale_healthy_reads
        self.take_unlisted = take_unlisted
        self.quiet = quiet
        self.registry = registry
        self.variants = frozenset(_variant(name) for name in variants)
        self.uploads = Uploads(Path(f"{database}.uploads") if database else None, clock)
        self.clock = clock
        self.faults = Faults()
        self.journal: list[Request] = []
        self.airflows: list[BoundAirflow] = []

    @property
    def port(self) -> int:
        """The TCP port that it listens at."""
        raise NotImplementedError

    @property
    def upload_port(self) -> int:
        """The TCP port of the upload store."""
        raise NotImplementedError

    @property
    def address(self) -> str:
        """Its own host and port: where everything that it tells clients to go to is."""
        return f"127.0.0.1:{self.port}"

    def upload_url(self, blob: str, expires: float) -> str:
        """Return a signed address to which a blob can be uploaded.

        :param blob: The blob's name.
        :param expires: Epoch seconds of its end.
        """
        return f"http://127.0.0.1:{self.upload_port}/uploads/{blob}?{self.uploads.signed_query(blob, expires)}"

    def image_repository(self, deployment_id: str) -> str:
        """Return where the images of a Deployment are.

        :param deployment_id: The Deployment.
        """
        return f"{self.registry or self.address}/{self.organization_id}/{deployment_id}"

    def authenticate(self, header: str) -> Grant:
        """Return what a request's token allows.

        :param header: The header ``Authorization``.
        :raises Problem: There is no valid token.
        """
        kind, _, token = header.partition(" ")
        if kind != "Bearer" or not token:
            raise Problem(401, "Unauthorized: no bearer token")
        grant = self.owner if token == self.token else verify(token, self.organization_id)
        if grant is None:
            raise Problem(401, "Unauthorized: the token is not valid")
        if grant.expires_at is not None and grant.expires_at <= self.clock():
            raise Problem(401, "Unauthorized: the token has expired")
        return grant


def _variant(name: str) -> str:
    if name not in VARIANTS:
        raise ValueError(unknown("variant", name, VARIANTS))
    return name
