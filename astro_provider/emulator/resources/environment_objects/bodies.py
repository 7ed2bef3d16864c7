"""What requests about environment objects may have."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from astro_provider.emulator.core.bodies import Body, Text

ObjectType = Literal["CONNECTION", "ENVIRONMENT_VARIABLE", "AIRFLOW_VARIABLE", "METRICS_EXPORT"]
#: The typed part of a body by the type of the object.
PARTS = {
    "CONNECTION": "connection",
    "ENVIRONMENT_VARIABLE": "environmentVariable",
    "AIRFLOW_VARIABLE": "airflowVariable",
    "METRICS_EXPORT": "metricsExport",
}


class ConnectionOverrides(Body):
    """What a link has instead of the connection's own fields."""

    type: str | None = None
    host: str | None = None
    login: str | None = None
    password: str | None = None
    schema_: str | None = Field(None, alias="schema")
    port: int | None = None
    extra: dict[str, Any] | None = None


class Connection(ConnectionOverrides):
    """A connection."""

    type: Text
    auth_type_id: str | None = None


class VariableOverrides(Body):
    """What a link has instead of the variable's own value."""

    value: str | None = None


class Variable(VariableOverrides):
    """A new variable."""

    is_secret: bool | None = None


class MetricsExportOverrides(Body):
    """What a link has instead of the export's own fields."""

    endpoint: str | None = None
    exporter_type: Literal["PROMETHEUS"] | None = None
    auth_type: Literal["BASIC", "AUTH_TOKEN", "SIGV4"] | None = None
    basic_token: str | None = None
    username: str | None = None
    password: str | None = None
    sig_v4_assume_arn: str | None = Field(None, alias="sigV4AssumeArn")
    sig_v4_sts_region: str | None = Field(None, alias="sigV4StsRegion")
    headers: dict[str, str] | None = None
    labels: dict[str, str] | None = None


class MetricsExport(MetricsExportOverrides):
    """A new metrics export."""

    endpoint: Text
    exporter_type: Literal["PROMETHEUS"]


class Overrides(Body):
    """What a Deployment has instead of the object's own fields."""

    connection: ConnectionOverrides | None = None
    environment_variable: VariableOverrides | None = None
    airflow_variable: VariableOverrides | None = None
    metrics_export: MetricsExportOverrides | None = None


class ChangedOverrides(Overrides):
    """The same in an update, which can also take overrides back."""

    unset_fields: Annotated[list[str], Field(max_length=100)] | None = None


class Exclusion(Body):
    """A Deployment that an object is never linked to."""

    scope: Literal["DEPLOYMENT"]
    scope_entity_id: Text


class Link(Exclusion):
    """A Deployment that an object is linked to."""

    overrides: Overrides | None = None


class ChangedLink(Exclusion):
    """The same in an update."""

    overrides: ChangedOverrides | None = None


class Common(Body):
    """What a create and an update share."""

    description: Annotated[str, Field(max_length=500)] | None = None
    auto_link_deployments: bool | None = None
    exclude_links: list[Exclusion] | None = None
    connection: Connection | None = None


class CreateObject(Common):
    """A new environment object."""

    object_key: Text
    object_type: ObjectType
    scope: Literal["WORKSPACE", "DEPLOYMENT"]
    scope_entity_id: Text
    environment_variable: Variable | None = None
    airflow_variable: Variable | None = None
    metrics_export: MetricsExport | None = None
    links: list[Link] | None = None


class UpdateObject(Common):
    """All of an environment object that can be changed; links that are left out are dropped."""

    environment_variable: VariableOverrides | None = None
    airflow_variable: VariableOverrides | None = None
    metrics_export: MetricsExportOverrides | None = None
    links: list[ChangedLink] | None = None
