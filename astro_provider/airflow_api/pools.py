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
        :param slots: Number of tasks that can run in it at the same time; -1: no limit.
        :param include_deferred: Whether deferred tasks occupy slots.
        :param description: Its description.
        :raises AlreadyExistsError: A pool with this name already exists.
        """
        self._post({"name": name, **_body(slots, include_deferred, description)}, ())

    def update(
        self, name: str, /, *, slots: int, include_deferred: bool = False, description: str | None = None
    ) -> None:
        """Change a pool; safe to repeat. Airflow does not change the description of ``default_pool``.

        :param name: Its name.
        :param slots: Number of tasks that can run in it at the same time; -1: no limit.
        :param include_deferred: Whether deferred tasks occupy slots.
        :param description: Its description; blank removes it; default: unchanged.
        :raises NotFoundError: There is no pool with this name.
        """
        if name == DEFAULT_POOL:
            # Airflow refuses every other field of this pool, unless these are named as the only ones.
            body = _body(slots, include_deferred, None)
            self._patch(name, body, (), self._dialect.update_mask(list(body)))
        else:
            fields = _body(slots, include_deferred, description)
            # A bulk request names a pool as it is named when it is created.
            body = self._dialect.pool(name, fields) if self._by_url(name) else {"name": name, **fields}
            self._patch(name, body, ())


def _body(slots: int, include_deferred: bool, description: str | None) -> dict[str, object]:
    described = {} if description is None else {"description": description}
    return {"slots": slots, "include_deferred": include_deferred, **described}
