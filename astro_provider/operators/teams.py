"""The members of a Team."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.common.arguments import check_choice, check_flags, checked_count
from astro_provider.common.choices import Unlisted
from astro_provider.common.import_paths import names_elsewhere
from astro_provider.errors import ForbiddenError, GuardError, LostUpdateError, NameLookupError
from astro_provider.tasks.access import AccessTask, names
from astro_provider.tasks.invitations import Invitations, may_be_invited

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.models.teams import Team
    from astro_provider.rules.memberships import MembershipChange


class SyncTeamMembersOperator(AccessTask):
    """Makes the members of a Team match a list; returns the list of changes.

    The task logs the plan first and sends only differences. It refuses a Team whose members an identity provider
    manages, and a change that would leave the Organization or a Workspace without an Owner.

    :param team: The Team's name, in any case, or its id.
    :param members: Email addresses, in any case, or ids of users. An empty list means no members.
    :param unlisted: What to do about members who are not on the list: ``keep``, ``remove``, or ``fail`` if there are
        any.
    :param invite_missing: Whether to invite email addresses that are not in the Organization yet, as
        ORGANIZATION_MEMBER.
    :param max_removals: Maximum number of members to remove; if there are more, the task fails before it changes
        anything. Required for an empty list with ``unlisted="remove"``.
    """

    template_fields: Sequence[str] = ("team", "members", "max_removals", *AccessTask.template_fields)
    lists_of_text: ClassVar[tuple[str, ...]] = ("members",)
    not_text: ClassVar[tuple[str, ...]] = ("max_removals", *AccessTask.not_text)

    def __init__(
        self,
        *,
        team: str,
        members: Sequence[str],
        unlisted: Unlisted = "keep",
        invite_missing: bool = False,
        max_removals: int | str | None = None,
        dry_run: bool | str = False,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(dry_run=dry_run, astro_conn_id=astro_conn_id, **kwargs)
        check_choice("unlisted", unlisted, Unlisted)
        check_flags(invite_missing=invite_missing)
        self.team = team
        self.members = members
        self.unlisted = unlisted
        self.invite_missing = invite_missing
        self.max_removals = max_removals

    def run_task(self, context: Context) -> Any:
        """Add and remove members until the Team has those of the list.

        :param context: The task's context.
        """
        from astro_provider.rules.roles import ORGANIZATION_MEMBER, check_removals

        limit = checked_count("max_removals", self.max_removals)
        listed = names("members", self.members)
        if not listed and self.unlisted == "remove" and limit is None:
            raise GuardError("members is empty, which would remove everybody. Set max_removals to allow this.")
        subject = self.directory.find("team", self.team)
        if subject is None:
            raise NameLookupError(self.directory.nobody("team", self.team))
        team = self.hook.client.teams.get(subject.id)
        wanted, missing = self._wanted(listed)
        invitations = Invitations(missing, ORGANIZATION_MEMBER)
        changes = self._plan(team, wanted, [each.name for each in invitations.subjects])
        check_removals([change.in_words() for change in changes if not change.joins], limit)
        self._check(team, changes)
        self.log_plan([*invitations.in_words(), *(change.in_words() for change in changes)])
        if self.is_dry_run():
            return [*invitations.as_json(), *(change.as_json() for change in changes)]
        done = invitations.send(self.directory, self.hook.client)
        wanted |= {user_id: self.directory.read("user", user_id).name for user_id in invitations.user_ids}
        return [*done, *self._carry_out(team, wanted, limit)]

    def _wanted(self, listed: Sequence[str]) -> tuple[dict[str, str], list[str]]:
        """Return ids and e-mail addresses of those who should be members, and the addresses of those to invite."""
        wanted: dict[str, str] = {}
        missing: list[str] = []
        for text in listed:
            user = self.directory.user(text)
            if user is None:
                missing.append(text)
            else:
                wanted[user.id] = user.username
        unknown = [text for text in missing if not (self.invite_missing and may_be_invited(text))]
        if unknown:
            hint = "" if self.invite_missing else "\nSet invite_missing=True to invite them."
            raise NameLookupError("\n".join(self.directory.nobody("user", text) for text in unknown) + hint)
        return wanted, missing

    def _plan(self, team: Team, wanted: Mapping[str, str], invited: Sequence[str] = ()) -> list[MembershipChange]:
        """Compare the Team's members, as they are now, with the list."""
        from astro_provider.rules.memberships import MembershipChange, plan_sync

        present = {each.user_id: each.username for each in self.hook.client.teams.members(team.id)}
        changes = plan_sync(team, present, wanted, unlisted=self.unlisted)
        return [*(MembershipChange(team, "", email, joins=True) for email in invited), *changes]

    def _check(self, team: Team, changes: Sequence[MembershipChange]) -> None:
        from astro_provider.rules.memberships import check_team

        joins = any(change.joins for change in changes)
        check_team(team, changes, scim=joins and self._has_scim())
        self.check_owners([], changes)

    def _has_scim(self) -> bool:
        """Whether SCIM is enabled; a token that may not see this learns it from Astro's refusal."""
        client = self.hook.client
        try:
            return bool(client.organizations.get(client.organization_id).is_scim_enabled)
        except ForbiddenError:
            return False

    def _carry_out(self, team: Team, wanted: Mapping[str, str], limit: int | None) -> list[dict[str, Any]]:
        """Send what differs, and look at the members again; what was lost is planned again once."""
        from astro_provider.rules.roles import check_removals

        done: list[dict[str, Any]] = []
        for is_again in (False, True):
            changes = self._plan(team, wanted)
            if not changes:
                return done
            if is_again:
                self.log.warning("The members of %s changed in the meantime; planning again.", team.label)
            check_removals([change.in_words() for change in changes if not change.joins], limit)
            self._check(team, changes)
            done += self._send(team, changes)
        if self._plan(team, wanted):
            raise LostUpdateError(
                f"Twice in a row, the members of {team.label} were not those that this task had sent. Somebody else "
                "may be changing them."
            )
        return done

    def _send(self, team: Team, changes: Sequence[MembershipChange]) -> list[dict[str, Any]]:
        joining = [change for change in changes if change.joins]
        if joining:
            self.hook.client.teams.add_members(team.id, [change.user_id for change in joining])
        left = self.leave_teams_of(change for change in changes if not change.joins)
        return [*(change.as_json() for change in joining), *left]


if not TYPE_CHECKING:
    __getattr__ = names_elsewhere(__name__)
