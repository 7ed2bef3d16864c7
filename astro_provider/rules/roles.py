"""From the roles that somebody has, and one change that is wanted, to all roles they should have. Pure.

The API replaces roles as a whole, so each plan is a complete set: what is not to change is in it as it was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from astro_provider.common.suggestions import did_you_mean
from astro_provider.errors import ConfigurationError, GuardError, PlanError
from astro_provider.models.access import ORGANIZATION, HeldRole, Place, PlaceType, Roles, role_scope

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SubjectKind = Literal["user", "team", "api_token"]
ORGANIZATION_OWNER, ORGANIZATION_MEMBER = "ORGANIZATION_OWNER", "ORGANIZATION_MEMBER"
WORKSPACE_OWNER, WORKSPACE_ACCESSOR = "WORKSPACE_OWNER", "WORKSPACE_ACCESSOR"
#: What Astro's own roles include, by scope: each role with those that it is above.
BELOW: Mapping[str, tuple[str, ...]] = {
    ORGANIZATION_OWNER: (
        "ORGANIZATION_OBSERVE_ADMIN",
        "ORGANIZATION_OBSERVE_MEMBER",
        "ORGANIZATION_BILLING_ADMIN",
        ORGANIZATION_MEMBER,
    ),
    "ORGANIZATION_OBSERVE_ADMIN": ("ORGANIZATION_OBSERVE_MEMBER", ORGANIZATION_MEMBER),
    "ORGANIZATION_OBSERVE_MEMBER": (ORGANIZATION_MEMBER,),
    "ORGANIZATION_BILLING_ADMIN": (ORGANIZATION_MEMBER,),
    ORGANIZATION_MEMBER: (),
    WORKSPACE_OWNER: ("WORKSPACE_OPERATOR", "WORKSPACE_AUTHOR", "WORKSPACE_MEMBER", WORKSPACE_ACCESSOR),
    "WORKSPACE_OPERATOR": ("WORKSPACE_AUTHOR", "WORKSPACE_MEMBER", WORKSPACE_ACCESSOR),
    "WORKSPACE_AUTHOR": ("WORKSPACE_MEMBER", WORKSPACE_ACCESSOR),
    "WORKSPACE_MEMBER": (WORKSPACE_ACCESSOR,),
    WORKSPACE_ACCESSOR: (),
    "DEPLOYMENT_ADMIN": ("DEPLOYMENT_ACCESSOR",),
    "DEPLOYMENT_ACCESSOR": (),
}


@dataclass(frozen=True)
class Subject:
    """Who has roles.

    :param kind: A user, a Team or an API token.
    :param id: Its id.
    :param name: The e-mail address, or the name.
    :param label: What messages call it.
    :param roles: All roles of its own.
    :param scope: What an API token belongs to: it keeps a role there.
    :param status: A user's status.
    """

    kind: SubjectKind
    id: str
    name: str
    label: str
    roles: Roles
    scope: PlaceType | None = None
    status: str | None = None


@dataclass(frozen=True)
class RoleChange:
    """One role that is given, replaced or taken away.

    :param subject: Whose.
    :param place: Where.
    :param before: The role until now; ``None``: none.
    :param after: The role from now on; ``None``: none.
    """

    subject: Subject
    place: Place
    before: str | None
    after: str | None

    def in_words(self, labels: Mapping[Place, str]) -> str:
        """Return a line of a plan.

        :param labels: What messages call places whose names are known.
        """
        where = "the Organization" if self.place == ORGANIZATION else labels.get(self.place, self.place.label)
        mark = "+" if self.before is None else "-" if self.after is None else "~"
        what = " -> ".join(role for role in (self.before, self.after) if role)
        return f"  {mark} {self.subject.label}: {what} in {where}"

    def as_json(self) -> dict[str, str | None]:
        """Return what a task returns about it."""
        action = "grant" if self.before is None else "revoke" if self.after is None else "replace"
        return {
            "action": action,
            "subject_type": self.subject.kind,
            "subject_id": self.subject.id,
            "subject": self.subject.name,
            "place_type": self.place.type,
            "place_id": self.place.id or None,
            "role_before": self.before,
            "role_after": self.after,
        }


@dataclass(frozen=True)
class RolePlan:
    """All roles that somebody should have.

    :param subject: Who, with the roles that were read.
    :param roles: The roles to send.
    """

    subject: Subject
    roles: Roles

    @property
    def changes(self) -> tuple[RoleChange, ...]:
        """What differs from the roles that were read; case does not count."""
        before, after = self.subject.roles, self.roles
        places = sorted({each.place for each in (*before.held, *after.held)})
        found = [RoleChange(self.subject, place, before.at(place), after.at(place)) for place in places]
        return tuple(each for each in found if not is_same(each.before, each.after))


def is_same(one: str | None, other: str | None) -> bool:
    """Whether two roles are one; the API ignores case.

    :param one: A role, or none.
    :param other: A role, or none.
    """
    return (one or "").lower() == (other or "").lower()


def is_above(role: str, other: str) -> bool | None:
    """Whether a role allows all that another does, and more; ``None``: neither includes the other.

    :param role: A role.
    :param other: Another one for the same place. Custom roles are between Astro's own two for Deployments.
    """
    role, other = role.upper(), other.upper()
    if role_scope(role) == "DEPLOYMENT" and (role not in BELOW or other not in BELOW):
        if "DEPLOYMENT_ADMIN" in (role, other):
            return role == "DEPLOYMENT_ADMIN"
        return other == "DEPLOYMENT_ACCESSOR" if "DEPLOYMENT_ACCESSOR" in (role, other) else None
    if other in BELOW.get(role, ()):
        return True
    return False if role in BELOW.get(other, ()) else None


def checked_role(role: str, *, workspace: bool, deployment: bool) -> str:
    """Return a role in Astro's own spelling, if it fits the place that is named.

    :param role: Astro's own role, or the name of a custom role for Deployments.
    :param workspace: Whether a Workspace is named.
    :param deployment: Whether a Deployment is named.
    :raises ConfigurationError: There is no such role, or it is for another kind of place.
    """
    known = role.upper() if role.upper() in BELOW else None
    scope = role_scope(role)
    hint = did_you_mean(role, BELOW)
    if role.upper().startswith("DAG_"):
        raise ConfigurationError(f"role={role!r} is for single DAGs; allowed: a role for a Deployment or above.{hint}")
    if known is None and (scope != "DEPLOYMENT" or role.upper().startswith("DEPLOYMENT_") or not deployment):
        allowed = ", ".join(map(repr, BELOW))
        raise ConfigurationError(
            f"role={role!r} is not valid; allowed: {allowed}, or, for a Deployment, the name of a custom role.{hint}"
        )
    if scope == "DEPLOYMENT" and not deployment:
        raise ConfigurationError(f"role={role!r} is for a Deployment: set deployment_id or deployment_name.")
    if scope == "WORKSPACE" and deployment:
        raise ConfigurationError(
            f"role={role!r} is for a Workspace, but a Deployment is named. Leave out the Deployment, or give a role "
            "for Deployments."
        )
    if scope == "ORGANIZATION" and (workspace or deployment):
        named = "Deployment" if deployment else "Workspace"
        raise ConfigurationError(
            f"role={role!r} is for the Organization, but a {named} is named. Leave out the {named}, or give a "
            f"role for {named}s."
        )
    return known or role


def plan_grant(
    subject: Subject, place: Place, role: str, *, workspace_id: str | None = None, if_other_role: str = "replace"
) -> RolePlan:
    """Return the roles of somebody who is given one more, or another one.

    :param subject: Who.
    :param place: Where.
    :param role: The role, in Astro's spelling.
    :param workspace_id: The Workspace that a Deployment is in: Astro wants a role there, too.
    :param if_other_role: ``replace`` another role at the place, ``keep_higher`` of the two, or ``fail``.
    :raises GuardError: There is another role at the place, and it must not be replaced.
    :raises PlanError: An API token of this scope cannot have the role.
    """
    present = subject.roles.at(place)
    if is_same(present, role):
        return RolePlan(subject, subject.roles)
    if present is not None and not _replaces(subject, present, role, if_other_role):
        return RolePlan(subject, subject.roles)
    roles = subject.roles.having(place, role)
    if place.type == "DEPLOYMENT" and workspace_id and subject.scope != "DEPLOYMENT":
        workspace = Place("WORKSPACE", workspace_id)
        if roles.at(workspace) is None:
            roles = roles.having(workspace, WORKSPACE_ACCESSOR)
    _check_token(subject, roles)
    return RolePlan(subject, roles)


def _replaces(subject: Subject, present: str, role: str, if_other_role: str) -> bool:
    """Whether a role takes the place of the present one."""
    if if_other_role == "replace":
        return True
    if if_other_role == "keep_higher":
        is_higher = is_above(role, present)
        if is_higher is not None:
            return is_higher
        raise GuardError(
            f"{subject.label} already has the role {present}. Neither it nor {role} is the higher one. To replace "
            f"{present}, set if_other_role to 'replace'."
        )
    raise GuardError(
        f"{subject.label} already has the role {present}, not {role}. To replace it, set if_other_role to 'replace'; "
        "to keep the higher of the two, set it to 'keep_higher'."
    )


def _check_token(subject: Subject, roles: Roles) -> None:
    """Refuse roles that a token of its scope cannot have. Source: the Terraform provider's checks, and the CLI's."""
    scope = subject.scope
    if scope is None:
        return
    own = [each for each in roles.held if each.place.type == scope]
    above = [each for each in roles.held if each.place.type in _ABOVE[scope]]
    for each in above:
        raise PlanError([f"{subject.label} belongs to a {scope.title()}, so it cannot have the role {each.role}."])
    if len(own) > 1:
        raise PlanError([f"{subject.label} belongs to another {scope.title()}, and can have a role only there."])


_ABOVE: Mapping[str, tuple[str, ...]] = {
    "ORGANIZATION": (),
    "WORKSPACE": ("ORGANIZATION",),
    "DEPLOYMENT": ("ORGANIZATION", "WORKSPACE"),
}


def plan_revoke(subject: Subject, place: Place, *, deployments: Collection[str] = ()) -> RolePlan:
    """Return the roles of somebody without the one at a place.

    :param subject: Who.
    :param place: A Workspace or a Deployment.
    :param deployments: Ids of the Deployments in the Workspace.
    :raises GuardError: Other roles of the subject depend on this one, or a token would have none left in its scope.
    """
    role = subject.roles.at(place)
    if role is None:
        return RolePlan(subject, subject.roles)
    if dependent := [each for each in subject.roles.held if _depends(each, place, deployments)]:
        listed = ", ".join(f"{each.role} in {each.place.label}" for each in dependent)
        raise GuardError(
            f"{subject.label} keeps the role {role}, because other roles depend on it: {listed}. Revoke them first."
        )
    roles = subject.roles.without(place)
    if place.type == subject.scope and not any(each.place.type == subject.scope for each in roles.held):
        raise GuardError(
            f"{subject.label} keeps the role {role}, because the token belongs to this {place.type.title()}. Delete "
            "the token instead."
        )
    return RolePlan(subject, roles)


def _depends(held: HeldRole, place: Place, deployments: Collection[str]) -> bool:
    if place.type == "DEPLOYMENT":
        return held.place.deployment_id == place.id
    return held.place.deployment_id in deployments or (held.place.type == "DEPLOYMENT" and held.place.id in deployments)


def plan_everywhere(subject: Subject) -> RolePlan:
    """Return the least that somebody can have: ORGANIZATION_MEMBER; for a token also the role in its own scope.

    :param subject: Who.
    """
    kept = [each for each in subject.roles.held if each.place.type == subject.scope != "ORGANIZATION"]
    if subject.scope in {None, "ORGANIZATION"} and subject.roles.held:
        kept.append(HeldRole(ORGANIZATION, ORGANIZATION_MEMBER))
    if subject.kind == "api_token" and not kept:
        return RolePlan(subject, subject.roles)  # with roles for DAGs alone: Astro refuses a token without any role
    return RolePlan(subject, Roles(tuple(kept)))


def left_over(plan: RolePlan) -> list[str]:
    """Return in words what is left of somebody's access by a plan for everywhere.

    :param plan: The plan.
    """
    subject = plan.subject
    if subject.kind == "api_token":
        kept = ", ".join(each.role for each in plan.roles.held)
        return [
            f"{subject.label} keeps {kept}: a token cannot be without a role. Delete the token if nothing needs it."
        ]
    if subject.kind == "team":
        return [f"{subject.label} itself remains, with the role {ORGANIZATION_MEMBER}."]
    what = "invitation" if subject.status == "PENDING" else "account"
    return [
        f"The {what} of {subject.label} remains, with the role {ORGANIZATION_MEMBER}: the API cannot remove it. Use "
        "the Astro UI, or SCIM."
    ]


def check_removals(lines: Collection[str], limit: int | None) -> None:
    """Refuse to take away more than is allowed.

    :param lines: What would be taken away, in words.
    :param limit: How many roles and memberships at most; ``None``: any number.
    :raises GuardError: There are more.
    """
    if limit is not None and len(lines) > limit:
        listed = "\n".join(lines)
        count = "1 removal" if len(lines) == 1 else f"{len(lines)} removals"
        raise GuardError(
            f"There would be {count}, more than max_removals={limit} allows. Check the list, or raise max_removals:\n"
            f"{listed}"
        )
