"""Assets of a Deployment's Airflow (datasets on Airflow 2), and events of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.airflow_api.dialects import FROM_REST_API
from astro_provider.airflow_api.resource import PAGE_SIZE, AirflowResource
from astro_provider.common.suggestions import did_you_mean
from astro_provider.errors import AmbiguousNameError, NameLookupError
from astro_provider.http.pages import items_of, parse
from astro_provider.http.resource import CLOCK_TOLERANCE
from astro_provider.http.retry import Repeat
from astro_provider.models.airflow.assets import Asset, AssetEvent

if TYPE_CHECKING:
    import builtins
    from collections.abc import Mapping
    from datetime import datetime

    from astro_provider.airflow_api.dialects import Dialect
    from astro_provider.errors import AstroError
    from astro_provider.http.api import Api


class Assets(AirflowResource):
    """The assets of one Deployment."""

    segment, noun = "assets", "an event of an asset"

    def __init__(self, api: Api, dialect: Dialect) -> None:
        super().__init__(api, dialect)
        self._path = f"{dialect.prefix}/{dialect.assets}"

    def list(self, *, uri: str | None = None, name: str | None = None, repeat: Repeat = Repeat.SAFE) -> list[Asset]:
        """Return all assets that DAGs of the Deployment use, oldest first.

        :param uri: Only assets with exactly this URI.
        :param name: Only assets with exactly this name; assets of Airflow 2 have none.
        :param repeat: Which failures of a page's request are retried.
        """
        params = [("uri_pattern", uri)] if uri else []
        rows = self._rows(self._path, self._dialect.assets, "id", params, repeat=repeat)
        found = [parse(Asset, row, "GET", self._path) for row in rows]
        # Airflow's own filter finds every URI that contains the text.
        return [a for a in found if uri in (None, a.uri) and name in (None, a.name)]

    def get(self, *, uri: str | None = None, name: str | None = None) -> Asset:
        """Return the asset with a URI or a name.

        :param uri: Its URI.
        :param name: Its name.
        :raises NameLookupError: No asset matches, or several do.
        """
        found = self.list(uri=uri, name=name)
        if len(found) == 1:
            return found[0]
        wanted = uri or name or ""
        if found:
            raise AmbiguousNameError(f"{len(found)} assets match {wanted!r}: give both URI and name.")
        known = [text for asset in self.list() for text in (asset.uri, asset.name) if text]
        raise NameLookupError(f"No DAG of the Deployment uses an asset {wanted!r}.{did_you_mean(wanted, known)}")

    def events(
        self, asset_id: int, /, *, since: datetime | None = None, repeat: Repeat = Repeat.SAFE
    ) -> builtins.list[AssetEvent]:
        """Return the events of an asset, oldest first.

        :param asset_id: The asset's id.
        :param since: Only events at or after this time; older ones are then not read.
        :param repeat: Which failures of a page's request are retried.
        """
        path = f"{self._path}/events"
        key = f"{self._dialect.asset_noun}_events"
        params = [(f"{self._dialect.asset_noun}_id", str(asset_id))]
        if since is None:
            rows = self._rows(path, key, "id", params, repeat=repeat)
            return [parse(AssetEvent, row, "GET", path) for row in rows]
        found: dict[object, AssetEvent] = {}
        offset, is_over = 0, False
        while not is_over:
            paging = [("order_by", "-timestamp"), ("limit", str(PAGE_SIZE)), ("offset", str(offset))]
            rows = items_of(self._api.json("GET", path, params=[*params, *paging], repeat=repeat), key, "GET", path)
            page = [parse(AssetEvent, row, "GET", path) for row in rows]
            # Events that arrive meanwhile push others to the next page, which then come twice, not never.
            found |= {event.id or (event.timestamp, str(event.extra)): event for event in page}
            offset += len(page)
            is_over = not page or (last := page[-1].timestamp) is None or last < since
        return [e for e in reversed(found.values()) if e.timestamp is not None and e.timestamp >= since]

    def create_event(self, asset: Asset, /, *, extra: Mapping[str, Any] | None = None) -> AssetEvent:
        """Create exactly one event of an asset, even if a response is lost.

        After an ambiguous failure, the client looks for an event with the same ``extra`` that was created through the
        API since the request began, and sends the request again only if there is none. Put something into ``extra``
        that distinguishes your event from others.

        :param asset: The asset, from :meth:`get`.
        :param extra: The event's own data.
        """
        path = f"{self._path}/events"
        body = self._dialect.new_asset_event(asset.id, asset.uri, extra or {})

        def find(error: AstroError, began: datetime) -> AssetEvent | None:
            return self._find_event(asset.id, extra or {}, began - CLOCK_TOLERANCE)

        return self._once(AssetEvent, path, body, find=find)

    def _find_event(self, asset_id: int, extra: Mapping[str, Any], since: datetime) -> AssetEvent | None:
        for event in self.events(asset_id, since=since):
            own = {key: value for key, value in (event.extra or {}).items() if key != FROM_REST_API}
            if event.source_dag_id is None and own == dict(extra):
                return event
        return None
