"""Taking access from users, Teams and API tokens."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.common.arguments import check_choice, check_flags, checked_count, is_given
from astro_provider.common.choices import FailOrIgnore
from astro_provider.errors import ConfigurationError, NameLookupError
from astro_provider.tasks.access import SubjectsTask, planned
from astro_provider.tasks.retry_state import RetryState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.lookup.places import KnownPlace
    from astro_provider.rules.memberships import MembershipChange
    from astro_provider.rules.roles import RoleChange, RolePlan, Subject
    from astro_provider.tasks.access import Plan


class RevokeAccessOperator(SubjectsTask):
    """Revokes the role in one place, or all roles, of users, Teams and API tokens; returns the list of changes.

    All other roles stay as they are. The task refuses to revoke a role that other roles of the same subject depend on,
    or the role of the last Owner of the Organization or of a Workspace. ``everywhere`` revokes all direct roles, and
    sets the role in the Organization to ORGANIZATION_MEMBER; the log names what the API cannot remove. The task logs
    the plan first.

    :param everywhere: Whether to revoke every role. You cannot combine it with a place.
    :param leave_teams: Whether users also leave their Teams, except Teams that an identity provider manages. Only with
        ``everywhere``.
    :param max_removals: Maximum number of roles and memberships to remove; if there are more, the task fails before it
        changes anything.
    :param if_missing: What to do about users, Teams and tokens that do not exist or have no role in the place:
        ``ignore`` or ``fail``. A retry assumes that an earlier try revoked the role.
    """

    template_fields: Sequence[str] = ("max_removals", *SubjectsTask.template_fields)
    not_text: ClassVar[tuple[str, ...]] = ("max_removals", *SubjectsTask.not_text)

    def __init__(
        self,
        *,
        users: Sequence[str] = (),
        teams: Sequence[str] = (),
        api_tokens: Sequence[str] = (),
        workspace: str | None = None,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        everywhere: bool = False,
        leave_teams: bool = False,
        max_removals: int | str | None = None,
        dry_run: bool | str = False,
        if_missing: FailOrIgnore = "ignore",
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
        check_choice("if_missing", if_missing, FailOrIgnore)
        check_flags(everywhere=everywhere, leave_teams=leave_teams)
        places = [name for name in ("workspace", "deployment_id", "deployment_name") if getattr(self, name) is not None]
        if everywhere and places:
            raise ValueError(f"everywhere=True and {places[0]} cannot be combined; set only one of them.")
        if leave_teams and not everywhere:
            raise ValueError("leave_teams=True needs everywhere=True.")
        self.everywhere = everywhere
        self.leave_teams = leave_teams
        self.max_removals = max_removals
        self.if_missing = if_missing

    def run_task(self, context: Context) -> Any:
        """Take the roles of those who have them.

        :param context: The task's context.
        """
        from astro_provider.lookup.own_token import check_sees_everything
        from astro_provider.lookup.workspaces import workspace_problem
        from astro_provider.rules.roles import check_removals, plan_everywhere, plan_revoke

        if not (self.everywhere or self.names_deployment or is_given(self.workspace)):
            raise ConfigurationError(
                "Set workspace, deployment_id or deployment_name to say where to revoke the role, or set "
                "everywhere=True."
            )
        limit = checked_count("max_removals", self.max_removals)
        asked = self.asked()
        place = None if self.everywhere else self._place()
        subjects, missing = self.find(asked)
        if missing and place is None:  # else they might be somewhere that the token does not see
            check_sees_everything(self.hook.client, "Revoking all roles of somebody who was not found")
        self._check_missing(context, [self.directory.nobody(*each) for each in missing])
        plan: Plan
        if place is None:
            plan = plan_everywhere
        else:
            plan = partial(plan_revoke, place=place.place, deployments=self._deployments(place))
            without = [each.label for each in subjects if each.roles.at(place.place) is None]
            if without and (problem := workspace_problem(self.hook.client, place.workspace_id)):
                raise NameLookupError(problem)  # a wrong id, at which nobody has a role
            self._check_missing(context, [f"{label} has no role in {place.label}." for label in without])
        plans = planned(subjects, plan)
        leaving = self._leaving(subjects)
        labels = {place.place: place.label} if place else {}

        def lines(plans: Sequence[RolePlan]) -> list[str]:
            return [*(change.in_words(labels) for change in _removals(plans)), *(each.in_words() for each in leaving)]

        def check(plans: Sequence[RolePlan]) -> None:
            check_removals(lines(plans), limit)
            self.check_owners(plans, leaving)

        check(plans)
        self.log_plan(lines(plans))
        if self.is_dry_run():
            return [*(change.as_json() for change in _removals(plans)), *(change.as_json() for change in leaving)]
        return self.carry_out(plans, plan, check=check, memberships=leaving)

    def _place(self) -> KnownPlace:
        from astro_provider.lookup.places import find_place

        return find_place(
            self.hook.client,
            workspace=self.workspace,
            deployment_id=self.deployment_id,
            deployment_name=self.deployment_name,
        )

    def _deployments(self, place: KnownPlace) -> tuple[str, ...]:
        """Return ids of the Deployments whose roles depend on one in the place."""
        if place.place.type != "WORKSPACE":
            return ()
        return tuple(each.id for each in self.hook.client.deployments.list(workspace_ids=[place.place.id]))

    def _leaving(self, subjects: Sequence[Subject]) -> list[MembershipChange]:
        """Return which Teams users leave; logs what stays of anybody's access."""
        from astro_provider.rules.memberships import plan_leaving
        from astro_provider.rules.roles import left_over, plan_everywhere

        if not self.everywhere:
            return []
        leaving: list[MembershipChange] = []
        stays: list[str] = []
        for each in subjects:
            stays += left_over(plan_everywhere(each))
            if each.kind == "user":
                changes, staying = plan_leaving(
                    each.id, each.name, self.directory.teams_of(each.id), leave=self.leave_teams
                )
                leaving += changes
                stays += staying
        if stays:
            self.log.warning("What remains:\n%s", "\n".join(f"  {line}" for line in stays))
        return leaving

    def _check_missing(self, context: Context, missing: Sequence[str]) -> None:
        """Do what ``if_missing`` says about those from whom nothing can be taken."""
        if missing and self.if_missing == "fail" and not RetryState(context).is_retry:
            raise NameLookupError("\n".join([*missing, "To continue without them, set if_missing to 'ignore'."]))
        for sentence in missing:
            self.log.warning("%s Nothing to revoke.", sentence)


def _removals(plans: Sequence[RolePlan]) -> list[RoleChange]:
    return [change for each in plans for change in each.changes if change.before is not None]
