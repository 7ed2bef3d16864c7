"""Setting an object of the Environment Manager."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.common.arguments import check_choice, check_flags, is_given, is_template
from astro_provider.common.choices import ObjectType
from astro_provider.common.import_paths import names_elsewhere
from astro_provider.common.masking import MASK, secret_texts
from astro_provider.errors import AstroError, ConfigurationError
from astro_provider.tasks.deployment import DeploymentTask
from astro_provider.tasks.dry_run import DryRunTask
from astro_provider.tasks.template_guard import PlainText, check_something

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import jinja2
    from airflow.providers.common.compat.sdk import Context

    from astro_provider.lookup.places import KnownPlace
    from astro_provider.rules.environment_objects import Wanted

#: Fields of a connection that the "Rendered Template" page must not show.
HIDDEN = ("password", "extra")


class SetEnvironmentObjectOperator(DeploymentTask, DryRunTask):
    """Creates or changes a connection or a variable in the Environment Manager; returns its id.

    Everything that you do not set stays as it is: other fields of a connection, links, their overrides, exclusions. A
    secret's value cannot be compared with the stored one, so it is sent every time you set it.

    :param key: The object's key: the connection's id, or the variable's name.
    :param object_type: ``CONNECTION``, ``AIRFLOW_VARIABLE`` or ``ENVIRONMENT_VARIABLE``.
    :param workspace: Id or name of the Workspace that the object belongs to or, with ``deployment_name``, in which to
        look up the Deployment. Default: the connection's, else the token's, else the Organization's only one.
    :param deployment_id: Id of the Deployment that the object belongs to, if it does not belong to the Workspace.
    :param deployment_name: Exact name of that Deployment, if you do not know its id.
    :param value: A variable's value; blank text empties one that is not a secret.
    :param connection: A connection's fields with Airflow's names: ``conn_type``, ``host``, ``login``, ``password``,
        ``schema``, ``port``, ``extra``. ``None`` clears a field, except ``password`` and ``extra``, which stay as they
        are. The type cannot be changed.
    :param secret: Whether a variable's value is secret. You cannot change this later.
    :param link_to: Ids or names of Deployments of the Workspace to link the object to, in addition to its existing
        links.
    :param auto_link: Whether the object is linked to every Deployment of the Workspace; default: unchanged.
    """

    operator_extra_links = ()
    template_fields: Sequence[str] = (
        "key",
        "object_type",
        *DeploymentTask.template_fields,
        "value",
        "connection",
        "link_to",
        "dry_run",
    )
    #: Without a Deployment the object is for the Workspace.
    needs: ClassVar[Mapping[tuple[str, ...], str]] = {}
    lists_of_text = ("link_to",)
    not_text: ClassVar[tuple[str, ...]] = ("value", "connection", *DryRunTask.not_text)  # never quoted in errors
    _value: str | None = None
    _connection: Mapping[str, Any] | None = None

    def __init__(
        self,
        *,
        key: str,
        object_type: ObjectType | str,
        workspace: str | None = None,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        value: str | None = None,
        connection: Mapping[str, Any] | None = None,
        secret: bool = True,
        link_to: Sequence[str] | str | None = None,
        auto_link: bool | None = None,
        dry_run: bool | str = False,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            workspace=workspace,
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            dry_run=dry_run,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        if not is_template(object_type):
            check_choice("object_type", object_type, ObjectType)
        check_flags(secret=secret, **({} if auto_link is None else {"auto_link": auto_link}))
        self.key = key
        self.object_type = object_type
        self.value = value
        self.connection = connection
        self.secret = secret
        self.link_to = link_to
        self.auto_link = auto_link

    def _do_render_template_fields(
        self,
        parent: Any,
        template_fields: Iterable[str],
        context: Context,
        jinja_env: jinja2.Environment,
        seen_oids: set[int],
    ) -> None:
        value, connection = self.value, self.connection
        super()._do_render_template_fields(parent, template_fields, context, jinja_env, seen_oids)
        if parent is not self:
            return
        try:
            self._take(value, connection, PlainText(context, jinja_env))
        except AstroError as error:
            self._refusals = {**self._refusals, "value": str(error)}

    def _take(self, value: Any, connection: Any, plain: PlainText) -> None:
        """Move what came out of the templates to where the "Rendered Template" page does not look.

        :param value: The argument before it was rendered.
        :param connection: The same.
        :param plain: Makes text of it.
        """
        from astro_provider.tasks.masking import mask_secret

        given, fields = self.value, self.connection
        if is_given(given) and self.secret:
            self.value = MASK
        if is_given(fields):
            self.connection = _shown(fields)
        if isinstance(value, str) and not is_template(value):
            self._value = value  # as it was written: blank text empties a variable
        elif is_given(given):
            self._value = plain.of("value", value, given, secret=True)
        if is_given(self._value) and self.secret:
            mask_secret(self._value)
        if is_given(fields):
            if not isinstance(fields, Mapping):
                raise ConfigurationError(f"connection is not a dict of fields, but of type {type(fields).__name__}.")
            self._connection = _checked("connection", connection, fields, plain)
            for text in secret_texts(*(self._connection.get(name) for name in HIDDEN)):
                mask_secret(text)

    def run_task(self, context: Context) -> Any:
        """Read what exists, say what changes, and send it.

        :param context: The task's context.
        """
        from astro_provider.errors import ConflictError
        from astro_provider.lookup.environment_objects import find_object
        from astro_provider.rules.environment_objects import plan_create, plan_update

        check_choice("object_type", self.object_type, ObjectType)
        place = self._place()
        wanted, only_plan = self._wanted(place), self.is_dry_run()
        client = self.hook.client
        for is_last in (False, True):
            existing = find_object(client, self.key, self.object_type, place.place)
            if existing is None:
                plan = plan_create(self.key, self.object_type, place.place, wanted)
            else:
                plan = plan_update(existing, wanted)
            verbs = ("Would create", "Creating") if existing is None else ("Would change", "Changing")
            self._announce(place, plan.changes, verbs[0] if only_plan else verbs[1])
            if only_plan or not plan.changes:
                return existing.id if existing else None
            try:
                if existing is None:
                    return client.environment_objects.create(plan.body)
                return client.environment_objects.update(existing.id, plan.body).id
            except ConflictError:
                if existing or is_last:
                    raise
                self.log.info("Somebody else has created %r since the task looked for it.", self.key)
        raise AssertionError("unreachable")

    def _place(self) -> KnownPlace:
        from astro_provider.lookup.places import find_place, workspace_place

        if not self.names_deployment():
            return workspace_place(self.hook.client, self.workspace)
        if is_given(self.link_to) or self.auto_link is not None:
            raise ConfigurationError(
                "link_to and auto_link are for objects of a Workspace, but this task names a Deployment, whose objects "
                "are its own."
            )
        return find_place(
            self.hook.client,
            workspace=self.workspace,
            deployment_id=self.deployment_id,
            deployment_name=self.deployment_name,
        )

    def _wanted(self, place: KnownPlace) -> Wanted:
        from astro_provider.lookup.environment_objects import linked_deployments
        from astro_provider.rules.environment_objects import Wanted, connection_fields

        unfit = "value" if self.object_type == "CONNECTION" else "connection"
        if (self._value if unfit == "value" else self._connection) is not None:
            right = "connection" if unfit == "value" else "value"
            raise ConfigurationError(f"object_type={self.object_type!r} does not accept {unfit}; set {right} instead.")
        if self._value == "" and self.secret:
            raise ConfigurationError(
                "value is blank, but Astro cannot empty a secret: a blank value keeps the stored one. Leave value out, "
                "or set a value that is not blank."
            )
        link_to = [self.link_to] if isinstance(self.link_to, str) else list(self.link_to or ())
        return Wanted(
            value=self._value,
            connection=None if self._connection is None else connection_fields(self._connection),
            is_secret=self.secret,
            links=linked_deployments(self.hook.client, link_to, place.place),
            auto_link=self.auto_link,
        )

    def _announce(self, place: KnownPlace, changes: Sequence[str], verb: str) -> None:
        from astro_provider.rules.environment_objects import noun_of

        what = f"{noun_of(self.object_type)} {self.key!r} in {place.label}"
        if not changes:
            self.log.info("Nothing to change in the %s.", what)
            return
        self.log.info("%s the %s:\n%s", verb, what, "\n".join(f"- {change}" for change in changes))


def _shown(connection: Any) -> Any:
    """Return a connection without what the "Rendered Template" page must not show."""
    if not isinstance(connection, Mapping):
        return MASK
    return {name: MASK if name in HIDDEN and is_given(value) else value for name, value in connection.items()}


def _checked(name: str, was: Any, value: Any, plain: PlainText) -> Any:
    """Return fields whose templates all gave something.

    :param name: What errors call it.
    :param was: What it was before it was rendered.
    :param value: What came out.
    :param plain: Makes text of it.
    :raises ConfigurationError: A template gave nothing.
    """
    if isinstance(value, Mapping):
        before = was if isinstance(was, Mapping) else {}
        return {key: _checked(f"{name}, {key}", before.get(key), each, plain) for key, each in value.items()}
    if not is_template(was):
        return value
    if not is_given(value):
        check_something(name, value)
    return plain.of(name, was, value, secret=True)


if not TYPE_CHECKING:
    __getattr__ = names_elsewhere(__name__)
