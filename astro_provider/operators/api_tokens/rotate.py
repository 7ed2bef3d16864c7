"""Rotating an API token: the old value dies at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.common.arguments import check_flags, is_given
from astro_provider.errors import AmbiguousNameError, ConfigurationError, GuardError, NameLookupError
from astro_provider.tasks.token_store import TokenStoreTask, hide_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.client import AstroClient
    from astro_provider.models.api_tokens import ApiToken
    from astro_provider.tasks.token_store import Store


class RotateApiTokenOperator(TokenStoreTask):
    """Gives an API token a new value; the old one stops working at once. Returns the token's id.

    Use this for a value that has leaked. Nothing that uses the token works until it has read the new value. To renew a
    token on a schedule, use ``RenewApiTokenOperator``. If storing the value fails, the value is lost; the next try
    rotates the token again.

    :param token_id: The token's id. If you set a name as well, it must be the name of this token.
    :param token_name: The token's exact name, if you do not know its id.
    :param workspace: Id or name of the Workspace that the token belongs to or, with ``deployment_name``, in which to
        look up the Deployment. Default: the token is looked up in the whole Organization.
    :param deployment_id: Id of the Deployment that the token belongs to.
    :param deployment_name: Exact name of that Deployment, if you do not know its id.
    :param allow_self: Whether the task may rotate the token of its own connection.
    """

    needs: ClassVar[Mapping[tuple[str, ...], str]] = {("token_id", "token_name"): "which token to rotate"}
    template_fields: Sequence[str] = ("token_id", "token_name", *TokenStoreTask.template_fields)

    def __init__(
        self,
        *,
        store: Store | str,
        token_id: str | None = None,
        token_name: str | None = None,
        workspace: str | None = None,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        allow_self: bool = False,
        dry_run: bool | str = False,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            store=store,
            workspace=workspace,
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            dry_run=dry_run,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        check_flags(allow_self=allow_self)
        self.token_id = token_id
        self.token_name = token_name
        self.allow_self = allow_self

    def run_task(self, context: Context) -> Any:
        """Rotate the token and hand its new value over.

        :param context: The task's context.
        """
        client = self.hook.client
        token = self._token(client)
        is_own = token.id == client.claims.token_id
        if is_own and not self.allow_self:
            raise GuardError(
                f"{token.label} is the token of this task's own connection: after a rotation, the connection "
                "would not work until it had the new value. Set allow_self=True to allow this."
            )
        target = self.find_target(client, token.place)
        if self.is_dry_run():
            self.log.info(
                "dry_run: %s would get a new value, and its old value would stop working at once.", token.label
            )
            return token.id
        rotated = client.api_tokens.rotate(token.id)
        value = hide_value(rotated)
        self.log.info("Rotated %s: its old value no longer works.", token.label)
        again = "Put a new token into the connection by hand." if is_own else "The next try rotates the token again."
        writer = client.with_token(value) if is_own else client
        self.hand_over(
            rotated,
            target,
            client=writer,
            otherwise=f"{token.label} has a new value, which was not stored, and its old value no longer works. "
            f"{again}",
        )
        self.log.info("The new value of %s was stored.", token.label)
        return token.id

    def _token(self, client: AstroClient) -> ApiToken:
        from astro_provider.errors import NotFoundError

        if is_given(self.token_id):
            try:
                token = client.api_tokens.get(str(self.token_id))
            except NotFoundError:
                raise NameLookupError(f"There is no API token {self.token_id}.") from None
            if is_given(self.token_name) and token.name != self.token_name:
                raise AmbiguousNameError(
                    f"The id belongs to {token.label}, but token_name={self.token_name!r}. Nothing was changed. In the "
                    "task, correct or remove the id or the name."
                )
            return token
        if not is_given(self.token_name):
            raise ConfigurationError(
                f"Set token_id or token_name to say which API token to rotate; token_id={self.token_id!r} and "
                f"token_name={self.token_name!r} do not."
            )
        return self._named(client, str(self.token_name))

    def _named(self, client: AstroClient, name: str) -> ApiToken:
        from astro_provider.lookup.names import unknown_name
        from astro_provider.lookup.places import find_place

        place = None
        if is_given(self.workspace) or self.names_deployment():
            place = find_place(
                client,
                workspace=self.workspace,
                deployment_id=self.deployment_id,
                deployment_name=self.deployment_name,
            )
        listed = client.api_tokens.list(
            workspace_id=place.place.id if place and place.place.type == "WORKSPACE" else None,
            deployment_id=place.place.id if place and place.place.type == "DEPLOYMENT" else None,
        )
        there = [token for token in listed if place is None or token.scope == place.place.type]
        found = [token for token in there if token.name == name]
        where = f" in {place.label}" if place else ""
        if not found:
            raise NameLookupError(f"{unknown_name('API token', name, [t.name for t in there])[:-1]}{where}.")
        if len(found) > 1:
            ids = ", ".join(f"{token.id} ({token.scope.title()})" for token in found)
            raise AmbiguousNameError(f"{len(found)} API tokens are named {name!r}{where}: {ids}. Set token_id.")
        return client.api_tokens.get(found[0].id)
