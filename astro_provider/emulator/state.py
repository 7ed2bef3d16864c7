"""Everything an emulator knows: its documents, its tokens, and how it is to behave."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.faults import Faults
from astro_provider.emulator.core.grants import grant_of
from astro_provider.emulator.core.ids import ORGANIZATION_ID, fixed_id
from astro_provider.emulator.core.limits import RateLimits
from astro_provider.emulator.core.moments import instant, moment
from astro_provider.emulator.core.problems import Problem, unknown
from astro_provider.emulator.core.progress import Progress
from astro_provider.emulator.core.store import Store
from astro_provider.emulator.core.tokens import Grant, Role, fingerprint, issue, read_token_id
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
    "environment-secrets": "whoever asks for the secrets of environment objects gets them: an Organization's setting",
    "tokens-cannot-read-themselves": "a token that may not read tokens is refused its own, too",
    "rollback-needs-finalize": "a rollback does nothing until it is finalized",
}


class State:
    """What the routes, the control API and the emulator's object work on.

    :param progress: How statuses advance: ``immediately``, ``reads:N`` or ``seconds:S`` for each step.
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
        owner = Role("ORGANIZATION_OWNER", "ORGANIZATION", self.organization_id)
        self.owner = Grant((owner,), fixed_id("token"), "emulator")
        self.token = token or issue(self.organization_id, self.owner.token_id, self.owner.token_name)
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
        token_id = self.owner.token_id if token == self.token else read_token_id(token)
        document = token_id and (self.store.get("api_token", token_id) or self.store.get("user_token", token_id))
        if not document or document["_fingerprint"] != fingerprint(token):
            raise Problem(401, "Unauthorized: the token is not valid")
        now = datetime.fromtimestamp(self.clock(), timezone.utc)
        if "endAt" in document and instant(document["endAt"]) <= now:
            raise Problem(401, "Unauthorized: the token has expired")
        self._note_use(document, moment(now))
        return grant_of(self.store, document)

    def _note_use(self, document: dict[str, Any], now: str) -> None:
        """Move an API token's ``lastUsedAt``, by whole seconds."""
        if "scope" in document and document.get("lastUsedAt", "")[:19] != now[:19]:
            self.store.put("api_token", {**document, "lastUsedAt": now})


def _variant(name: str) -> str:
    if name not in VARIANTS:
        raise ValueError(unknown("variant", name, VARIANTS))
    return name
