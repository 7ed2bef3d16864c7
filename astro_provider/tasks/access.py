"""What tasks share that change who has access: whose, plan first, guards, and no update that is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.common.arguments import is_given
from astro_provider.errors import ConfigurationError, GuardError, LostUpdateError, RefusedError
from astro_provider.tasks.dry_run import DryRunTask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.lookup.subjects import Directory
    from astro_provider.models.access import Place
    from astro_provider.rules.memberships import MembershipChange
    from astro_provider.rules.roles import RoleChange, RolePlan, Subject, SubjectKind

    Plan = Callable[[Subject], RolePlan]


class AccessTask(DryRunTask):
    """A task that changes roles or memberships."""

    operator_extra_links = ()  # links are to Deployments
    _directory: Directory | None = None

    @property
    def directory(self) -> Directory:
        """Who there is in the Organization; its lists are read when they are first needed."""
        if self._directory is None:
            from astro_provider.lookup.subjects import Directory

            self._directory = Directory(self.hook.client)
        return self._directory

    def run_checked(self, context: Context) -> Any:
        """Do the task's work, with lists of this try.

        :param context: The task's context.
        """
        self._directory = None
        return super().run_checked(context)

    def log_plan(self, lines: Sequence[str]) -> None:
        """Log what is going to change.

        :param lines: The plan, in words.
        """
        self.log.info("Plan:\n%s" if lines else "Everything is as it should be; nothing to change.%s", "\n".join(lines))
        if lines and self.is_dry_run():
            self.log.info("dry_run: nothing is changed.")

    def check_owners(self, plans: Sequence[RolePlan], memberships: Sequence[MembershipChange] = ()) -> None:
        """Refuse plans that leave the Organization or a Workspace without an Owner.

        :param plans: All plans of the task.
        :param memberships: Who joins and who leaves Teams.
        :raises GuardError: They would.
        """
        from astro_provider.rules.owners import check_owners, lost_places

        for place in lost_places(plans, memberships):
            check_owners(self.directory.owners(place).after(plans, memberships))

    def carry_out(
        self,
        plans: Sequence[RolePlan],
        plan: Plan,
        *,
        check: Callable[[Sequence[RolePlan]], None],
        memberships: Sequence[MembershipChange] = (),
    ) -> list[dict[str, Any]]:
        """Carry out plans one after the other; returns what changed.

        :param plans: Plans that change something, each for another subject.
        :param plan: Makes a plan from what a subject has by then.
        :param check: The guards of the task, for all plans, one of which was made again.
        :param memberships: Who leaves Teams afterwards.
        """

        def plan_again(fresh: Subject) -> RolePlan:
            self.log.warning("The roles of %s changed in the meantime; planning again.", fresh.label)
            again = plan(fresh)
            self._directory = None
            check([again if each.subject.id == fresh.id else each for each in plans])
            return again

        done: list[dict[str, Any]] = []
        for each in plans:
            current = each
            # Astro replaces all roles and has no locks: the shorter the time since they were read, the better.
            fresh = self.directory.read(each.subject.kind, each.subject.id)
            if not fresh.roles.matches(each.subject.roles):
                current = plan_again(fresh)
            done += [change.as_json() for change in self._write(current, plan_again)]
            self.log.info("Done: %s.", each.subject.label)
        return [*done, *self.leave_teams_of(memberships)]

    def leave_teams_of(self, memberships: Iterable[MembershipChange]) -> list[dict[str, Any]]:
        """Remove users from Teams; returns what changed.

        :param memberships: Who leaves which Team.
        """
        from astro_provider.errors import NotFoundError

        done = []
        for each in memberships:
            try:
                self.hook.client.teams.remove_member(each.team.id, each.user_id)
            except NotFoundError:
                self.log.info("User %s left %r in the meantime.", each.username, each.team.name)
            else:
                done.append(each.as_json())
        return done

    def _write(self, current: RolePlan, plan_again: Plan) -> Sequence[RoleChange]:
        """Send a plan's roles, and compare; an update that was lost is read and planned again once."""
        changes: dict[Place, RoleChange] = {}
        for _ in range(2):
            changes = {each.place: each for each in current.changes} | changes
            if not current.changes:
                return list(changes.values())
            stored = self.directory.set_roles(current.subject, current.roles)
            if stored.matches(current.roles):
                return list(changes.values())
            fresh = self.directory.read(current.subject.kind, current.subject.id)
            if fresh.roles.matches(current.roles):
                return list(changes.values())
            current = plan_again(fresh)
        if not current.changes:
            return list(changes.values())
        who = current.subject.label
        raise LostUpdateError(
            f"Twice in a row, the roles of {who} were not those that this task had sent. Somebody else may be "
            "changing them."
        )


class SubjectsTask(AccessTask):
    """A task that changes roles of users, Teams and API tokens.

    :param users: Email addresses, in any case, or ids of users. An empty list means nobody.
    :param teams: Names or ids of Teams.
    :param api_tokens: Names or ids of API tokens; the connection's own token is always refused.
    :param workspace: Id or name of the Workspace; with ``deployment_name``, the Workspace in which to look up the
        Deployment.
    :param deployment_id: Id of the Deployment.
    :param deployment_name: Exact name of the Deployment.
    """

    template_fields: Sequence[str] = (
        "users",
        "teams",
        "api_tokens",
        "workspace",
        "deployment_id",
        "deployment_name",
        *DryRunTask.template_fields,
    )
    lists_of_text: ClassVar[tuple[str, ...]] = ("users", "teams", "api_tokens")

    def __init__(
        self,
        *,
        users: Sequence[str] = (),
        teams: Sequence[str] = (),
        api_tokens: Sequence[str] = (),
        workspace: str | None = None,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if all(isinstance(each, tuple) and not each for each in (users, teams, api_tokens)):
            raise ValueError("users, teams and api_tokens are all missing; set at least one of them.")
        self.users = users
        self.teams = teams
        self.api_tokens = api_tokens
        self.workspace = workspace
        self.deployment_id = deployment_id
        self.deployment_name = deployment_name

    @property
    def names_deployment(self) -> bool:
        """Whether a Deployment is named."""
        return is_given(self.deployment_id) or is_given(self.deployment_name)

    def asked(self) -> list[tuple[SubjectKind, str]]:
        """Return who the task is about, as they were given.

        :raises ConfigurationError: An entry of a list says nobody.
        """
        lists: tuple[tuple[SubjectKind, str, Sequence[str]], ...] = (
            ("user", "users", self.users),
            ("team", "teams", self.teams),
            ("api_token", "api_tokens", self.api_tokens),
        )
        return [(kind, text) for kind, argument, value in lists for text in names(argument, value)]

    def find(self, asked: Iterable[tuple[SubjectKind, str]]) -> tuple[list[Subject], list[tuple[SubjectKind, str]]]:
        """Return those who were found, each once, and what found nobody.

        :param asked: Who the task is about.
        :raises GuardError: One of them is the connection's own token.
        """
        found: dict[tuple[str, str], Subject] = {}
        missing = []
        for kind, text in asked:
            subject = self.directory.find(kind, text)
            if subject is None:
                missing.append((kind, text))
                continue
            if kind == "api_token" and subject.id == self.hook.client.claims.token_id:
                raise GuardError(f"{subject.label} is the connection's own token. Its roles are not changed.")
            found[kind, subject.id] = subject
        return list(found.values()), missing


def names(argument: str, value: Any) -> list[str]:
    """Return the entries of a list of names.

    :param argument: The argument.
    :param value: A list, or one name.
    :raises ConfigurationError: It is no list, or an entry says nothing.
    """
    if not isinstance(value, str | list | tuple | set | frozenset):
        raise ConfigurationError(f"{argument}={value!r} is not a list. An empty list means nobody.")
    entries = [value] if isinstance(value, str) else list(value)
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, str) or not is_given(entry):
            raise ConfigurationError(
                f"{argument}, entry {number}: {entry!r} is not a name. An empty list means nobody."
            )
    return [entry.strip() for entry in entries]


def planned(subjects: Iterable[Subject], plan: Plan) -> list[RolePlan]:
    """Return the plans that change something, once there is one for everybody.

    :param subjects: Who.
    :param plan: Makes a plan for one of them.
    :raises RefusedError: A plan is not possible; the message has all reasons.
    """
    plans, refused = [], []
    for subject in subjects:
        try:
            plans.append(plan(subject))
        except RefusedError as error:
            refused.append(error)
    if len(refused) > 1:
        raise GuardError("\n".join(["Not possible:", *(f"- {error}" for error in refused)]))
    if refused:
        raise refused[0]
    return [each for each in plans if each.changes]
