"""Who has which role where, as one value for users, Teams and API tokens.

The API replaces a subject's roles as a whole: what a request leaves out is gone. So roles are only ever changed as a
complete set, read from the API, with one entry added, replaced or removed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from astro_provider.errors import PlanError
from astro_provider.models.base import ApiModel

PlaceType = Literal["ORGANIZATION", "WORKSPACE", "DEPLOYMENT", "DAG", "DAG_TAG"]


@dataclass(frozen=True, order=True)
class Place:
    """What a role is for.

    :param type: The kind of the place.
    :param id: The Workspace's or Deployment's id, the DAG's id or the tag; empty: the
        Organization, of which there is one.
    :param deployment_id: The Deployment of a DAG or a tag.
    """

    type: PlaceType
    id: str = ""
    deployment_id: str | None = None

    @property
    def label(self) -> str:
        """What messages call it until its name is known."""
        kind = {"DAG": "DAG", "DAG_TAG": "DAGs with the tag"}.get(self.type, self.type.title())
        return f"{kind} {self.id}".strip()


ORGANIZATION = Place("ORGANIZATION")


def role_scope(role: str) -> PlaceType:
    """Return what kind of place a role is for; a name that is not Astro's own is a custom role, for Deployments.

    :param role: The role, in any case.
    """
    prefix = role.upper().partition("_")[0]
    return "ORGANIZATION" if prefix == "ORGANIZATION" else "WORKSPACE" if prefix == "WORKSPACE" else "DEPLOYMENT"


@dataclass(frozen=True, order=True)
class HeldRole:
    """A role at a place.

    :param place: The place.
    :param role: The role, in the API's spelling.
    """

    place: Place
    role: str


@dataclass(frozen=True)
class Roles:
    """All roles of a user, a Team or a token: at most one for each place.

    :param held: The roles.
    :raises PlanError: There are two for one place. To change one of them, the other would have to be lost.
    """

    held: tuple[HeldRole, ...]

    def __post_init__(self) -> None:
        known: dict[Place, HeldRole] = {}
        for each in sorted(self.held):
            other = known.setdefault(each.place, each)
            if other.role.lower() != each.role.lower():
                raise PlanError([f"There are two roles for {each.place.label}, {other.role} and {each.role}."])
        object.__setattr__(self, "held", tuple(known.values()))

    def at(self, place: Place) -> str | None:
        """Return the role at a place; ``None`` if there is none.

        :param place: The place.
        """
        return next((each.role for each in self.held if each.place == place), None)

    def having(self, place: Place, role: str) -> Roles:
        """Return these roles with another one at a place.

        :param place: The place.
        :param role: The role.
        """
        return Roles((*self.without(place).held, HeldRole(place, role)))

    def without(self, place: Place) -> Roles:
        """Return these roles without that at a place.

        :param place: The place.
        """
        return Roles(tuple(each for each in self.held if each.place != place))

    def matches(self, other: Roles) -> bool:
        """Whether these are the same roles, whatever their case: the API ignores it.

        :param other: Other roles.
        """
        return self._folded() == other._folded()

    def includes(self, other: Roles) -> bool:
        """Whether all of some other roles are among these, whatever their case.

        :param other: Other roles.
        """
        return self._folded() >= other._folded()

    def _folded(self) -> set[tuple[Place, str]]:
        return {(each.place, each.role.lower()) for each in self.held}

    def as_subject(self) -> dict[str, object]:
        """Return the body that gives a user or a Team these roles: always all four lists."""
        of: dict[str, list[dict[str, object]]] = {"workspaceRoles": [], "deploymentRoles": [], "dagRoles": []}
        for each in self.held:
            place, role = each.place, each.role
            if place.type == "WORKSPACE":
                of["workspaceRoles"].append({"workspaceId": place.id, "role": role})
            elif place.type == "DEPLOYMENT":
                of["deploymentRoles"].append({"deploymentId": place.id, "role": role})
            elif place.type != "ORGANIZATION":
                name = "dagId" if place.type == "DAG" else "dagTag"
                of["dagRoles"].append({"deploymentId": place.deployment_id, name: place.id, "role": role})
        organization = self.at(ORGANIZATION)
        return {**({"organizationRole": organization} if organization else {}), **of}

    def as_token(self, organization_id: str) -> dict[str, object]:
        """Return the body that gives an API token these roles.

        :param organization_id: The Organization.
        """
        entries: list[dict[str, object]] = []
        for each in self.held:
            entry: dict[str, object] = {
                "entityType": each.place.type,
                "entityId": each.place.id or organization_id,
                "role": each.role,
            }
            entries.append({**entry, "deploymentId": each.place.deployment_id} if each.place.deployment_id else entry)
        return {"roles": entries}


class WorkspaceRole(ApiModel):
    """A role in a Workspace."""

    workspace_id: str
    role: str


class DeploymentRole(ApiModel):
    """A role in a Deployment."""

    deployment_id: str
    role: str


class DagRole(ApiModel):
    """A role for one DAG, or for those with a tag."""

    deployment_id: str
    role: str
    dag_id: str | None = None
    dag_tag: str | None = None


class SubjectRoles(ApiModel):
    """Roles as the API shows those of users and Teams; a list without entries may be missing or null."""

    organization_role: str | None = None
    workspace_roles: tuple[WorkspaceRole, ...] | None = None
    deployment_roles: tuple[DeploymentRole, ...] | None = None
    dag_roles: tuple[DagRole, ...] | None = None

    @property
    def held(self) -> tuple[HeldRole, ...]:
        """All of them as the API shows them, which may be two for one place."""
        held = [HeldRole(ORGANIZATION, self.organization_role)] if self.organization_role else []
        held += [HeldRole(Place("WORKSPACE", each.workspace_id), each.role) for each in self.workspace_roles or ()]
        held += [HeldRole(Place("DEPLOYMENT", each.deployment_id), each.role) for each in self.deployment_roles or ()]
        for each in self.dag_roles or ():
            if each.dag_id is not None:
                place = Place("DAG", each.dag_id, each.deployment_id)
            else:
                place = Place("DAG_TAG", each.dag_tag or "", each.deployment_id)
            held.append(HeldRole(place, each.role))
        return tuple(held)

    @property
    def roles(self) -> Roles:
        """All of them, as one value that can be changed and sent back."""
        return Roles(self.held)
