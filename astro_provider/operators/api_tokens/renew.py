"""Renewing an API token before it expires, without a moment in which none is valid."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from astro_provider.common.arguments import checked_seconds
from astro_provider.errors import AstroError, ConfigurationError, HandOverError, NotFoundError
from astro_provider.tasks.token_store import TokenStoreTask, hide_value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.client import AstroClient
    from astro_provider.lookup.places import KnownPlace
    from astro_provider.models.api_tokens import ApiToken
    from astro_provider.models.environment_objects import EnvironmentObject
    from astro_provider.rules.token_marks import TokenState
    from astro_provider.rules.token_renewal import Ending, Policy, Renewal
    from astro_provider.tasks.token_store import Store

LONGEST_LIFE = timedelta(days=3650)


class RenewApiTokenOperator(TokenStoreTask):
    """Renews an API token before it expires, and stores the new value; returns the id of the token in use.

    Schedule it so that it runs several times within ``renew_before``. Most runs have nothing to do. When the token is
    about to expire, the task creates a new one with all roles of the old one, passes its value to ``store``, checks
    that it works, and renames the old one. A later run deletes the old token when nobody has used it for
    ``retire_after``. If no token has the name yet, the task creates the first one.

    A mark in the token's description identifies the task that created it, and the progress of its renewal. The task
    renames or deletes only tokens with its own mark. If a run does not finish, the next one cleans up after it.

    :param token_name: The token's name.
    :param role: The token's role in its place, such as ``WORKSPACE_OPERATOR`` or the name of a custom role. If the
        token has another role, the task fails.
    :param workspace: Id or name of the Workspace that the token belongs to or, with ``deployment_name``, in which to
        look up the Deployment. Default for Workspace roles: the connection's, else the token's, else the
        Organization's only one.
    :param deployment_id: Id of the Deployment that the token belongs to.
    :param deployment_name: Exact name of that Deployment, if you do not know its id. If you set neither a Workspace nor
        a Deployment, a token with an Organization role belongs to the Organization.
    :param expires_in: Lifetime of a new token: a timedelta of whole days, from 1 to 3650.
    :param renew_before: How long before its expiry a token is renewed, as a timedelta or in seconds.
    :param retire_after: How long an old token must be unused before it is deleted. Choose more than the longest time
        between two uses of the token.
    :param description: The token's description; default: that of the old token.
    """

    template_fields: Sequence[str] = ("token_name", "role", *TokenStoreTask.template_fields, "description")

    def __init__(
        self,
        *,
        token_name: str,
        role: str,
        store: Store | str,
        workspace: str | None = None,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        expires_in: timedelta = timedelta(days=90),
        renew_before: timedelta | float = timedelta(days=14),
        retire_after: timedelta | float = timedelta(days=8),
        description: str | None = None,
        dry_run: bool | str = False,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("max_active_tis_per_dag", 1)
        super().__init__(
            store=store,
            workspace=workspace,
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            dry_run=dry_run,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        self.token_name = token_name
        self.role = role
        self.expires_in = _checked_life(expires_in)
        self.renew_before = timedelta(seconds=checked_seconds("renew_before", renew_before))
        self.retire_after = timedelta(seconds=checked_seconds("retire_after", retire_after))
        if self.renew_before >= self.expires_in:
            raise ValueError(
                f"renew_before={renew_before!r} is not shorter than expires_in={expires_in!r}: each new token would be "
                "renewed at once."
            )
        self.description = description

    def run_task(self, context: Context) -> Any:
        """Look at the tokens, say what is to be done, and do it.

        :param context: The task's context.
        """
        from astro_provider.rules.token_renewal import plan_renewal

        client = self.hook.client
        place = self._place(client)
        policy = self._policy(context, client, place)
        tokens = self._tokens(client, policy)
        now = client.server_time()
        renewal = plan_renewal(tokens, policy, now=now)
        target = self.find_target(client, place.place)
        self._log_plan(renewal)
        in_use = renewal.current
        if self.is_dry_run():
            self.log.info("dry_run: nothing is changed.")
            return in_use.id if in_use else None
        for ending in renewal.discard:
            self._delete(client, policy, ending)
        if renewal.step != "keep":
            in_use = self._renew(client, policy, in_use, target)
        for ending in renewal.retire:
            self._retire(client, policy, ending.token, now)
        for ending in renewal.delete:
            self._delete(client, policy, ending)
        return in_use.id if in_use else None

    def _place(self, client: AstroClient) -> KnownPlace:
        """Return what the token is for.

        :raises ConfigurationError: The role is not one for that.
        """
        from astro_provider.lookup.places import find_place, workspace_place
        from astro_provider.models.access import role_scope

        scope = role_scope(self.role)
        if scope == "WORKSPACE" and not self.names_deployment():
            return workspace_place(client, self.workspace)
        place = find_place(
            client,
            workspace=self.workspace,
            deployment_id=self.deployment_id,
            deployment_name=self.deployment_name,
        )
        if place.place.type != scope:
            allowed = {
                "ORGANIZATION": "an Organization role, such as ORGANIZATION_MEMBER",
                "WORKSPACE": "a Workspace role, such as WORKSPACE_OPERATOR",
                "DEPLOYMENT": "DEPLOYMENT_ADMIN or a custom role",
            }
            place_of_role = (
                "leave out the Workspace and the Deployment"
                if scope == "ORGANIZATION"
                else f"name the {scope.title()} that the token is for"
            )
            raise ConfigurationError(
                f"role={self.role!r} is not a role for {place.label}, which the token is for. Set role "
                f"to {allowed[place.place.type]}, or {place_of_role}."
            )
        return place

    def _policy(self, context: Context, client: AstroClient, place: KnownPlace) -> Policy:
        from astro_provider.rules.token_marks import LONGEST_NAME, room_for_text, task_key
        from astro_provider.rules.token_renewal import Policy
        from astro_provider.tasks.own_deployment import own_deployment_id

        for name, value, longest in (
            ("token_name", self.token_name, LONGEST_NAME),
            ("description", self.description or "", room_for_text()),
        ):
            if len(value) > longest:
                raise ConfigurationError(f"{name} has {len(value)} characters; allowed: at most {longest}.")
        ti = context["ti"]
        return Policy(
            token_name=self.token_name,
            role=self.role,
            place=place.place,
            key=task_key(own_deployment_id() or "", ti.dag_id, ti.task_id, self.token_name, place.place),
            renew_before=self.renew_before,
            retire_after=self.retire_after,
            own_id=client.claims.token_id,
        )

    def _tokens(self, client: AstroClient, policy: Policy) -> list[ApiToken]:
        """Return the tokens of the name, and those with the task's own mark, each with its roles."""
        from astro_provider.rules.token_marks import own_mark

        place = policy.place
        listed = client.api_tokens.list(
            workspace_id=place.id if place.type == "WORKSPACE" else None,
            deployment_id=place.id if place.type == "DEPLOYMENT" else None,
        )
        ours = [t for t in listed if t.name == policy.token_name or own_mark(t.description, policy.key)]
        return [token if token.token_roles is not None else client.api_tokens.get(token.id) for token in ours]

    def _log_plan(self, renewal: Renewal) -> None:
        lines = [renewal.reason]
        lines += [f"To delete: {ending.token.label}; {ending.reason}." for ending in renewal.discard]
        if renewal.step != "keep":
            roles = " with the roles of the old one" if renewal.current else ""
            lines.append(f"To create: API token {self.token_name!r}{roles}, valid for {self.expires_in.days} days.")
        lines += [f"To retire: {ending.token.label}; {ending.reason}." for ending in renewal.retire]
        lines += [f"To delete: {ending.token.label}; {ending.reason}." for ending in renewal.delete]
        self.log.info("%s", "\n".join(lines))
        for note in renewal.notes:
            self.log.warning("%s", note)

    def _renew(
        self, client: AstroClient, policy: Policy, old: ApiToken | None, target: EnvironmentObject | None
    ) -> ApiToken:
        """Create a token, hand it over, and prove that it works, before and after."""
        from astro_provider.rules.token_marks import TokenState

        whole = client.api_tokens.get(old.id) if old else None
        made = client.api_tokens.create(self._body(policy, whole))
        hide_value(made)
        self.log.info("Created %s.", made.label)
        try:
            if whole is not None:
                self._give_roles(client, made, whole)
            client.prove(made)
        except AstroError:
            self._forget(client, made)
            raise
        self._mark(client, policy, made, whole, TokenState.HANDING_OVER)
        unchanged = f" {old.label} is unchanged." if old else ""
        self.hand_over(
            made,
            target,
            client=client,
            otherwise=f"{made.label} may or may not have been stored.{unchanged} The next try creates another token "
            f"and, once that token is in use, retires {made.id}.",
        )
        client.prove(made)
        self._mark(client, policy, made, whole, TokenState.IN_USE)
        self.log.info("The value of %s was stored, and it works.", made.label)
        return made

    def _body(self, policy: Policy, old: ApiToken | None) -> dict[str, object]:
        from astro_provider.rules.token_marks import TokenState

        body: dict[str, object] = {
            "name": policy.token_name,
            "role": policy.role,
            "scope": policy.place.type,
            "description": self._description(policy, old, TokenState.NEW),
            "tokenExpiryPeriodInDays": self.expires_in.days,
        }
        if policy.place.id:
            body["entityId"] = policy.place.id
        if old is not None and old.kind not in (None, "STANDARD"):
            body["kind"] = old.kind
        return body

    def _description(self, policy: Policy, old: ApiToken | None, state: TokenState) -> str:
        from astro_provider.rules.token_marks import TokenMark

        text = self.description if self.description is not None else (old.description if old else None) or ""
        return TokenMark(policy.key, state).written_after(text)

    def _give_roles(self, client: AstroClient, made: ApiToken, old: ApiToken) -> None:
        """Give a new token every role of the old one."""
        if made.roles.includes(old.roles):
            return
        organization_id = client.organization_id
        stored = client.api_tokens.set_roles(made.id, old.roles, organization_id=organization_id)
        if not stored.includes(old.roles) and not client.api_tokens.get(made.id).roles.includes(old.roles):
            raise HandOverError(f"{made.label} did not get every role of {old.label}.")

    def _mark(
        self, client: AstroClient, policy: Policy, token: ApiToken, old: ApiToken | None, state: TokenState
    ) -> None:
        client.api_tokens.update(token.id, name=token.name, description=self._description(policy, old, state))

    def _retire(self, client: AstroClient, policy: Policy, token: ApiToken, now: datetime) -> None:
        from astro_provider.rules.token_marks import TokenMark, TokenState, retired_name

        mark = TokenMark(policy.key, TokenState.RETIRED, now)
        name = retired_name(token.name, now)
        try:
            client.api_tokens.update(token.id, name=name, description=mark.written_after(token.description or ""))
        except NotFoundError:
            self.log.info("%s was deleted in the meantime.", token.label)
            return
        self.log.info("Retired %s: its name is now %r.", token.label, name)

    def _delete(self, client: AstroClient, policy: Policy, ending: Ending) -> None:
        """Delete a token that still is as it was when this was decided."""
        from astro_provider.rules.token_marks import own_mark

        token = ending.token
        try:
            fresh = client.api_tokens.get(token.id)
            is_same = own_mark(fresh.description, policy.key) == own_mark(token.description, policy.key)
            if not is_same or fresh.last_used_at != token.last_used_at:
                self.log.warning("%s was not deleted: it has been changed or used in the meantime.", token.label)
                return
            client.api_tokens.delete(token.id)
        except NotFoundError:
            self.log.info("%s was deleted in the meantime.", token.label)
            return
        self.log.info("Deleted %s: %s.", token.label, ending.reason)

    def _forget(self, client: AstroClient, made: ApiToken) -> None:
        """Delete a token that was never handed over; if that fails, the next run finds it."""
        try:
            client.api_tokens.delete(made.id)
        except AstroError as error:
            self.log.warning(
                "The value of %s was not stored, and the token could not be deleted; the next run deletes it. %s",
                made.label,
                error,
            )


def _checked_life(expires_in: object) -> timedelta:
    is_in_days = isinstance(expires_in, timedelta) and not expires_in % timedelta(days=1)
    if isinstance(expires_in, timedelta) and is_in_days and timedelta(days=1) <= expires_in <= LONGEST_LIFE:
        return expires_in
    raise ValueError(f"expires_in={expires_in!r} is not valid; allowed: a timedelta of whole days, from 1 to 3650.")
