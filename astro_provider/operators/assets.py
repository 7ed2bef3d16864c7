"""Events of assets in another Deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.common.arguments import is_given
from astro_provider.common.import_paths import names_elsewhere
from astro_provider.errors import AmbiguousNameError, ConfigurationError, NameLookupError, NotParsedError
from astro_provider.tasks.deployment import DeploymentTask
from astro_provider.tasks.retry_state import CLOCK_TOLERANCE, RetryState, task_identity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.airflow_api import AirflowClient
    from astro_provider.models.airflow.assets import Asset, AssetEvent

#: The key of an event's ``extra`` by which a retry finds the event that an earlier try created.
MARK = "astro_event"


class CreateAssetEventOperator(DeploymentTask):
    """Creates an asset event in another Deployment, so that DAGs scheduled on the asset run; returns the asset's URI.

    In Airflow 2, the asset is a dataset. The task creates only one event, even if a response is lost or the task is
    retried: the key ``astro_event`` in the event's ``extra`` identifies the task instance. If somebody clears the task,
    it creates another event.

    :param asset_uri: The asset's URI.
    :param asset_name: The asset's name (Airflow 3 only). If you set both the URI and the name, both must match.
    :param extra: The event's own data: a dict, or text with a JSON object. It is visible in the other Airflow's UI.
    """

    template_fields: Sequence[str] = ("asset_uri", "asset_name", "extra", *DeploymentTask.template_fields)
    template_fields_renderers = {"extra": "json"}
    not_text = ("extra",)

    def __init__(
        self,
        *,
        asset_uri: str | None = None,
        asset_name: str | None = None,
        extra: Mapping[str, Any] | str | None = None,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            workspace=workspace,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        if asset_uri is None and asset_name is None:
            raise ValueError("Set asset_uri or asset_name to say which asset the event is for.")
        self.asset_uri = asset_uri
        self.asset_name = asset_name
        self.extra = extra

    def value_checks(self) -> Mapping[str, Callable[[str, Any], object]]:
        """Return what can be judged when the DAG file is parsed."""
        from astro_provider.tasks.remote_runs import checked_json

        return {**super().value_checks(), "extra": checked_json}

    def run_task(self, context: Context) -> Any:
        """Create the event, unless an earlier try has created it.

        :param context: The task's context.
        """
        from astro_provider.airflow_api.connect import airflow_client
        from astro_provider.tasks.remote_runs import checked_json

        extra, state = checked_json("extra", self.extra), RetryState(context)
        mark = task_identity(context).digest("asset event", str(state.first_of_round))
        deployment = self.get_deployment()
        self.announce(context, deployment)
        airflow = airflow_client(self.hook.client, deployment)
        asset = self._asset(airflow, deployment.label)
        event = None if state.begins_a_round else self._earlier(airflow, asset, mark, context)
        if event is not None:
            self.log.info("An earlier try of this task created the event for %s.", asset.uri)
        else:
            airflow.assets.create_event(asset, extra={**extra, MARK: mark})
            self.log.info("Created an event for %s in %s.", asset.uri, deployment.label)
        return asset.uri

    def _asset(self, airflow: AirflowClient, label: str) -> Asset:
        uri = str(self.asset_uri) if is_given(self.asset_uri) else None
        name = str(self.asset_name) if is_given(self.asset_name) else None
        if name and airflow.major < 3:
            raise ConfigurationError(
                f"{label} runs Airflow 2, whose datasets have no names. Set asset_uri instead of asset_name={name!r}."
            )
        try:
            return airflow.assets.get(uri=uri, name=name)
        except AmbiguousNameError:
            raise
        except NameLookupError as error:
            raise NotParsedError(f"{error} Just after a deploy, its DAGs may not have been parsed yet.") from None

    def _earlier(self, airflow: AirflowClient, asset: Asset, mark: str, context: Context) -> AssetEvent | None:
        started = getattr(context.get("dag_run"), "start_date", None)
        since = started - CLOCK_TOLERANCE if started else None
        events = airflow.assets.events(asset.id, since=since)
        return next((event for event in events if (event.extra or {}).get(MARK) == mark), None)


if not TYPE_CHECKING:
    __getattr__ = names_elsewhere(__name__)
