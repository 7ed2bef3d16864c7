"""Giving a role to users, Teams and API tokens."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from astro_provider.common.arguments import check_choice, check_flags, is_given
from astro_provider.common.choices import IfOtherRole
from astro_provider.errors import NameLookupError
from astro_provider.tasks.access import SubjectsTask, planned
from astro_provider.tasks.invitations import Invitations, may_be_invited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.lookup.places import KnownPlace


class GrantAccessOperator(SubjectsTask):
    """Grants a role in one place to users, Teams and API tokens; returns the list of changes.

    All other roles stay as they are. The role determines the place: an Organization role needs no further argument, a
    Workspace role applies to ``workspace`` (default: the connection's), and any other role applies to the Deployment
    that you name. A role in a Deployment also grants WORKSPACE_ACCESSOR to anyone who has no role in its Workspace. The
    task logs the plan first and sends only differences.

    :param role: One of Astro's own roles, in any case, or the name of a custom role for Deployments.
    :param invite_missing: Whether to invite email addresses that are not in the Organization yet. These users get the
        role at once and stay PENDING until they accept.
    :param if_other_role: What to do about users, Teams and tokens that have another role in this place: ``replace`` it,
        ``keep_higher`` of the two, or ``fail``.
    """

    template_fields: Sequence[str] = ("role", *SubjectsTask.template_fields)

    def __init__(
        self,
        *,
        role: str,
        users: Sequence[str] = (),
        teams: Sequence[str] = (),
        api_tokens: Sequence[str] = (),
        workspace: str | None = None,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        invite_missing: bool = False,
        if_other_role: IfOtherRole = "replace",
        dry_run: bool | str = False,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            users=users,
            teams=teams,
            api_tokens=api_tokens,
            workspace=workspace,
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            dry_run=dry_run,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        check_choice("if_other_role", if_other_role, IfOtherRole)
        check_flags(invite_missing=invite_missing)
        self.role = role
        self.invite_missing = invite_missing
        self.if_other_role = if_other_role

    def run_task(self, context: Context) -> Any:
        """Give the role to those who do not have it.

        :param context: The task's context.
        """
        from astro_provider.models.access import role_scope
        from astro_provider.rules.roles import ORGANIZATION_MEMBER, checked_role, plan_grant

        role = checked_role(self.role, workspace=is_given(self.workspace), deployment=self.names_deployment)
        asked = self.asked()
        place, role = self._place(role), self._spelled(role)
        plan = partial(
            plan_grant,
            place=place.place,
            role=role,
            workspace_id=place.workspace_id,
            if_other_role=self.if_other_role,
        )
        subjects, missing = self.find(asked)
        unknown = [self.directory.nobody(*each) for each in missing if not self._is_invited(*each)]
        if unknown:
            raise NameLookupError("\n".join(unknown) + self._hint(missing))
        plans = planned(subjects, plan)
        self.check_owners(plans)
        first = role if role_scope(role) == "ORGANIZATION" else ORGANIZATION_MEMBER
        invitations = Invitations([text for _, text in missing], first)
        foreseen = planned(invitations.subjects, plan)
        changes = [change for each in (*plans, *foreseen) for change in each.changes]
        labels = {place.place: place.label}
        self.log_plan([*invitations.in_words(), *(change.in_words(labels) for change in changes)])
        if self.is_dry_run():
            return [*invitations.as_json(), *(change.as_json() for change in changes)]
        done = invitations.send(self.directory, self.hook.client)
        guests = planned((self.directory.read("user", user_id) for user_id in invitations.user_ids), plan)
        return [*done, *self.carry_out([*plans, *guests], plan, check=self.check_owners)]

    def _place(self, role: str) -> KnownPlace:
        from astro_provider.lookup.places import find_place, workspace_place
        from astro_provider.models.access import role_scope

        if role_scope(role) == "WORKSPACE":
            return workspace_place(self.hook.client, self.workspace if is_given(self.workspace) else None)
        return find_place(
            self.hook.client,
            workspace=self.workspace,
            deployment_id=self.deployment_id,
            deployment_name=self.deployment_name,
        )

    def _spelled(self, role: str) -> str:
        """Return a custom role's name as the Organization spells it."""
        from astro_provider.common.suggestions import did_you_mean
        from astro_provider.rules.roles import BELOW

        if role in BELOW:
            return role
        custom = [each.name for each in self.hook.client.roles.list() if each.scope_type in {None, "DEPLOYMENT"}]
        found = next((name for name in custom if name.lower() == role.lower()), None)
        if found is None:
            known = [*custom, *(name for name in BELOW if name.startswith("DEPLOYMENT_"))]
            listed = ", ".join(map(repr, known))
            raise NameLookupError(
                f"There is no role {role!r} for Deployments.{did_you_mean(role, known)} Known: {listed}."
            )
        return found

    def _is_invited(self, kind: str, text: str) -> bool:
        return self.invite_missing and kind == "user" and may_be_invited(text)

    def _hint(self, missing: Sequence[tuple[str, str]]) -> str:
        if self.invite_missing or not any(kind == "user" and may_be_invited(text) for kind, text in missing):
            return ""
        return "\nSet invite_missing=True to invite users who are not in the Organization."
