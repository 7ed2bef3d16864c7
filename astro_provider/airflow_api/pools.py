"""Pools of a Deployment's Airflow."""

from __future__ import annotations

from astro_provider.airflow_api.resource import Objects
from astro_provider.models.airflow.pools import DEFAULT_POOL, Pool


class Pools(Objects[Pool]):
    """The pools of one Deployment."""

    segment, noun, model = "pools", "a pool", Pool
    name_field = "name"

    def create(
        self, name: str, /, *, slots: int, include_deferred: bool = False, description: str | None = None
    ) -> None:
        """Create a pool.

        :param name: Its name.
        :param slots: How many tasks run in it at once; -1: no limit.
        :param include_deferred: Whether deferred tasks take slots.
        :param description: What it is for.
        :raises AlreadyExistsError: There is one of this name.
        """
        body: dict[str, object] = {"slots": slots, "include_deferred": include_deferred, "description": description}
        self._post({"name": name, **body}, ())

    def update(
        self, name: str, /, *, slots: int, include_deferred: bool = False, description: str | None = None
    ) -> None:
        """Change a pool; safe to send again. Of ``default_pool``, Airflow leaves the description as it is.

        :param name: Its name.
        :param slots: How many tasks run in it at once; -1: no limit.
        :param include_deferred: Whether deferred tasks take slots.
        :param description: What it is for.
        :raises NotFoundError: There is none of this name.
        """
        body: dict[str, object] = {"slots": slots, "include_deferred": include_deferred}
        if name == DEFAULT_POOL:
            # Airflow refuses every other field of this pool, unless these are named as the only ones.
            self._patch(name, self._dialect.pool(name, body), (), self._dialect.update_mask(list(body)))
        else:
            self._patch(name, self._dialect.pool(name, {**body, "description": description}), ())
