"""From an Airflow connection of type ``astro`` to a client."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import suppress
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowNotFoundException, BaseHook

from astro_provider._provider_info import CONN_FIELDS, UI_FIELD_BEHAVIOUR
from astro_provider.common.import_paths import names_elsewhere
from astro_provider.common.suggestions import did_you_mean
from astro_provider.common.token_advice import IN_CONNECTION, IN_ENVIRONMENT, token_holder
from astro_provider.errors import AstroError, ConfigurationError

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Connection

    from astro_provider.airflow_api import AirflowClient
    from astro_provider.client import AstroClient
    from astro_provider.common.choices import FileFormat


class AstroHook(BaseHook):
    """The Astro API for an Airflow connection.

    The token is the connection's password, or ``ASTRO_API_TOKEN``. The Organization is the one in ``extra``, else the
    token's, else ``ASTRO_ORGANIZATION_ID``.

    :param astro_conn_id: Id of a connection of type ``astro``.
    """

    conn_name_attr = "astro_conn_id"
    default_conn_name = "astro_default"
    conn_type = "astro"
    hook_name = "Astro"

    def __init__(self, astro_conn_id: str = default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.astro_conn_id = astro_conn_id

    @cached_property
    def client(self) -> AstroClient:
        """The client for this hook's connection.

        :raises ConfigurationError: The connection is incomplete, or contains something that cannot be used.
        """
        return client_from_connection(self._connection(), self.astro_conn_id)

    def get_conn(self) -> AstroClient:
        """Return the client for this hook's connection."""
        return self.client

    def inspect_deployment(
        self,
        *,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        template: bool = False,
        output_format: FileFormat = "yaml",
    ) -> str:
        """Return a Deployment as the text of a Deployment file; secrets are listed without their values.

        :param deployment_id: The Deployment's id. If you set a name as well, it must be the name of this Deployment.
        :param deployment_name: The Deployment's exact name, if you do not know its id.
        :param workspace: Id or name of the Workspace in which to look up the name.
        :param template: Whether to write a template for new Deployments instead.
        :param output_format: ``yaml`` or ``json``.
        :raises NameLookupError: The Deployment does not exist, or the name is ambiguous.
        """
        from astro_provider.lookup.deployments import get_deployment
        from astro_provider.lookup.inspect import write_file

        deployment = get_deployment(
            self.client, deployment_id=deployment_id, deployment_name=deployment_name, workspace=workspace
        )
        return write_file(self.client, deployment, template=template, output_format=output_format)

    def airflow(
        self,
        deployment_id: str | None = None,
        *,
        deployment_name: str | None = None,
        workspace: str | None = None,
    ) -> AirflowClient:
        """Return a client for a Deployment's own Airflow, for your own calls.

        :param deployment_id: The Deployment's id. If you set a name as well, it must be the name of this Deployment.
        :param deployment_name: The Deployment's exact name, if you do not know its id.
        :param workspace: Id or name of the Workspace in which to look up the name.
        :raises NameLookupError: The Deployment does not exist.
        :raises HibernatingError: The Deployment hibernates, so its Airflow does not run.
        :raises ConfigurationError: The token must not be sent to the address of its Airflow.
        """
        from astro_provider.airflow_api.connect import airflow_client
        from astro_provider.lookup.deployments import get_deployment

        deployment = get_deployment(
            self.client, deployment_id=deployment_id, deployment_name=deployment_name, workspace=workspace
        )
        return airflow_client(self.client, deployment)

    async def open_client(self) -> AstroClient:
        """Return a new client of this hook's connection without blocking the event loop; for triggers."""
        from airflow.providers.common.compat.connection import get_async_connection

        # The first import takes a tenth of a second and more, for which the event loop would stand still.
        await asyncio.to_thread(import_module, "astro_provider.client")
        connection = None
        with suppress(AirflowNotFoundException):
            connection = await get_async_connection(self.astro_conn_id)
        if connection is None:
            self._check_environment()
        # The triggerer's own loop is the retry loop; a stuck read must not hold one of its few threads for long.
        return client_from_connection(connection, self.astro_conn_id, longest_timeout=30.0)

    def _connection(self) -> Connection | None:
        if not self.astro_conn_id:
            raise ConfigurationError(
                f"astro_conn_id={self.astro_conn_id!r} does not name a connection. Leave it out to use "
                f"{self.default_conn_name!r}."
            )
        with suppress(AirflowNotFoundException):
            return self.get_connection(self.astro_conn_id)
        self._check_environment()
        return None

    def _check_environment(self) -> None:
        variable = f"AIRFLOW_CONN_{self.astro_conn_id.upper()}"
        if os.environ.get(variable):  # Airflow passes over what it cannot read as if it were not there
            raise ConfigurationError(
                f"The connection {self.astro_conn_id!r} cannot be read: the environment variable {variable} is neither "
                "a JSON object nor a URI that Airflow understands. Write it as "
                '{"conn_type": "astro", "password": "<token>"} or as astro://:<token>@api.astronomer.io/v1.'
            )
        if not os.environ.get("ASTRO_API_TOKEN"):
            raise ConfigurationError(
                f"There is no Airflow connection {self.astro_conn_id!r}. Add one of type Astro with an API token as "
                "its password, or set the environment variable ASTRO_API_TOKEN."
            )

    def test_connection(self) -> tuple[bool, str]:
        """Make one small request and explain what is wrong; used by the Test button of the UI."""
        from astro_provider.hooks._diagnosis import diagnose, to_its_tester

        try:
            # A person is waiting and can press the button again: no retries, and no long silence.
            connection = self._connection()
            return diagnose(
                client_from_connection(connection, self.astro_conn_id, longest_timeout=10.0, most_retries=0)
            )
        except AstroError as error:
            return False, to_its_tester(error, self.astro_conn_id)

    def explain(self, error: AstroError, client: AstroClient | None = None) -> str | None:
        """Explain how this connection may have caused an error; ``None`` if it did not. Sends nothing.

        :param error: The error of a request.
        :param client: The client that sent it; default: this hook's own.
        """
        from astro_provider.hooks._diagnosis import explain

        client = client or vars(self).get("client")
        return explain(client, error, self.astro_conn_id) if client else None

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Return which standard fields Airflow 2.11's connection form shows, and under which names."""
        return {
            "hidden_fields": UI_FIELD_BEHAVIOUR["hidden-fields"],
            "relabeling": UI_FIELD_BEHAVIOUR["relabeling"],
            "placeholders": UI_FIELD_BEHAVIOUR["placeholders"],
        }

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """Return the extra fields of Airflow 2.11's connection form."""
        from flask_appbuilder.fieldwidgets import BS3TextFieldWidget
        from flask_babel import lazy_gettext
        from wtforms import IntegerField, StringField
        from wtforms.validators import NumberRange, Optional

        widgets: dict[str, Any] = {}
        for name, field in CONN_FIELDS.items():
            schema = field["schema"]
            options = {"widget": BS3TextFieldWidget(), "description": field["description"]}
            if "integer" in schema["type"]:
                limits = NumberRange(min=schema["minimum"], max=schema["maximum"])
                widgets[name] = IntegerField(lazy_gettext(field["label"]), validators=[Optional(), limits], **options)
            else:
                widgets[name] = StringField(lazy_gettext(field["label"]), **options)
        return widgets


def client_from_connection(
    connection: Connection | None,
    conn_id: str,
    *,
    longest_timeout: float | None = None,
    most_retries: int | None = None,
) -> AstroClient:
    """Make a client from a connection and, for what it lacks, from the environment.

    :param connection: The connection; ``None``: the environment alone.
    :param conn_id: Its id, for errors.
    :param longest_timeout: Upper limit for the connection's ``request_timeout``, in seconds.
    :param most_retries: Upper limit for the connection's ``max_retries``.
    :raises ConfigurationError: It does not say enough, or says something unusable.
    """
    from astro_provider.client import AstroClient
    from astro_provider.client.token import read_claims

    _check_type(connection, conn_id)
    extra = _extra(connection, conn_id)
    token, place = _token(connection, conn_id)
    timeout = _number(extra, "request_timeout", 60.0, conn_id)
    retries = int(_number(extra, "max_retries", 6, conn_id))
    organization_id = extra.get("organization_id") or read_claims(token.strip()).organization_id
    organization_id = organization_id or os.environ.get("ASTRO_ORGANIZATION_ID")
    url, workspace_id, domains = _url(connection, conn_id), _workspace_id(extra, conn_id), _domains(extra, conn_id)
    try:
        return AstroClient(
            token,
            url=url,
            organization_id=organization_id,
            workspace_id=workspace_id,
            request_timeout=min(timeout, longest_timeout) if longest_timeout else timeout,
            max_retries=retries if most_retries is None else min(retries, most_retries),
            airflow_domains=domains,
            token_place=place,
        )
    except ConfigurationError as error:
        place = "" if str(error).startswith(repr(organization_id)) else place  # not the token, but that id
        raise ConfigurationError(f"{token_holder(conn_id, place)}: {error}") from None


def _check_type(connection: Connection | None, conn_id: str) -> None:
    """Refuse a connection that is for something else: its password is not to be sent to Astro."""
    conn_type = connection.conn_type if connection else None
    if conn_type and conn_type != AstroHook.conn_type:
        raise ConfigurationError(
            f"The connection {conn_id!r} is of type {conn_type!r}, not {AstroHook.conn_type!r}. Change its type to "
            "Astro, or name another connection in astro_conn_id."
        )


def _url(connection: Connection | None, conn_id: str) -> str | None:
    from astro_provider.http.urls import address, base_url

    if connection is None:
        return None
    try:
        return base_url(address(connection.host, connection.port, connection.schema))
    except ConfigurationError as error:
        raise ConfigurationError(f"The connection {conn_id!r} has no usable address: {error}") from None


def _token(connection: Connection | None, conn_id: str) -> tuple[str, str]:
    """Return the token, and where it is kept."""
    from astro_provider.client.token import read_claims

    in_connection = connection.password if connection else None
    token = in_connection or os.environ.get("ASTRO_API_TOKEN", "")
    login = (connection.login if connection else None) or ""
    # Another token must not be used without a word where somebody wrote astro://TOKEN@ instead of astro://:TOKEN@.
    if login and not in_connection and (read_claims(login.strip()).is_jwt or not token.strip()):
        raise ConfigurationError(
            f"The connection {conn_id!r} has a login, but no API token in its password. Put the token into the "
            "password; in a URI it follows a colon, as in astro://:TOKEN@api.astronomer.io."
        )
    if not token.strip():
        raise ConfigurationError(
            f"The connection {conn_id!r} has no API token. Put one into its password field (API Token), or set the "
            "environment variable ASTRO_API_TOKEN."
        )
    return token, IN_CONNECTION if in_connection else IN_ENVIRONMENT


def _extra(connection: Connection | None, conn_id: str) -> dict[str, Any]:
    # Read as text: ``extra_dejson`` asks the supervisor to mask secrets, which blocks in a triggerer's event loop.
    text = connection.extra if connection else None
    if not text:
        return {}
    try:
        extra = json.loads(text)
    except ValueError:
        extra = None
    if not isinstance(extra, dict):
        raise ConfigurationError(f"The extra of the connection {conn_id!r} is not a JSON object.")
    for key in extra.keys() - CONN_FIELDS.keys():
        # Only what is a slip of the pen: others may keep something of their own there, and the form of Airflow 2.11
        # sends each field a second time, with a prefix.
        if not key.startswith("extra__") and (hint := did_you_mean(key, CONN_FIELDS)):
            raise ConfigurationError(
                f"The connection {conn_id!r} has an unknown key {key!r} in its extra.{hint} "
                f"Known: {', '.join(CONN_FIELDS)}."
            )
    return {key: value.strip() if isinstance(value, str) else value for key, value in extra.items()}


def _workspace_id(extra: dict[str, Any], conn_id: str) -> str | None:
    from astro_provider.common.ids import looks_like_id

    workspace_id = str(extra.get("workspace_id") or "")
    if workspace_id and not looks_like_id(workspace_id):
        raise ConfigurationError(
            f"The connection {conn_id!r} has workspace_id = {workspace_id!r} in its extra, which does not look like an "
            "id. Astro shows the id in the Workspace's settings and in its address. (A task's workspace may be a name.)"
        )
    return workspace_id or None


def _domains(extra: dict[str, Any], conn_id: str) -> list[str]:
    from astro_provider.http.urls import checked_domains

    written = extra.get("airflow_domains") or ""
    domains = written if isinstance(written, list) else str(written).split(",")
    try:
        return list(checked_domains([domain for domain in domains if str(domain).strip()]))
    except ConfigurationError as error:
        raise ConfigurationError(f"The extra of the connection {conn_id!r} cannot be used: {error}") from None


def _number(extra: dict[str, Any], key: str, default: float, conn_id: str) -> float:
    value = extra.get(key)
    if value is None or value == "":
        return default
    limits = CONN_FIELDS[key]["schema"]
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not limits["minimum"] <= number <= limits["maximum"]:
        raise ConfigurationError(
            f"The connection {conn_id!r} has {key} = {value!r} in its extra; it must be a number from "
            f"{limits['minimum']} to {limits['maximum']}."
        )
    return number


if not TYPE_CHECKING:
    __getattr__ = names_elsewhere(__name__)
