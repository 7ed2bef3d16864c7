"""What Astro's own roles permit, by the names that the API document gives permissions."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What every token may ask for, whatever its roles: lists are shortened to what it may see, and behind the doors
#: named ``access`` the permission of the single thing decides.
DOORS = ("organization.get", "organization.*.get", "organization.*.access")
#: Reads of the whole Organization that are for its Owners.
OWNERS_ONLY = {
    "organization.auditLogs.get",
    "organization.allowedIpAddressRanges.get",
}
#: Reads that need more than a role that only reads.
TOKENS = {"workspace.apiTokens.get", "deployment.apiTokens.get"}
READERS = {"WORKSPACE_AUTHOR", "WORKSPACE_MEMBER"}
_WORKSPACE_READ = ("workspace.get", "workspace.*.get", "deployment.get", "deployment.*.get")
_AUTHOR = (*_WORKSPACE_READ, "deployment.deploys.*")
_OPERATOR = (*_AUTHOR, "deployment.*", "workspace.deployments.create", "workspace.envObjects.*")
#: Permissions of each role beyond the doors.
PERMISSIONS: dict[str, tuple[str, ...]] = {
    "ORGANIZATION_OWNER": ("*",),
    "ORGANIZATION_OBSERVE_ADMIN": (),
    "ORGANIZATION_OBSERVE_MEMBER": (),
    "ORGANIZATION_BILLING_ADMIN": (),
    "ORGANIZATION_MEMBER": (),
    "WORKSPACE_OWNER": (*_OPERATOR, "workspace.*"),
    "WORKSPACE_OPERATOR": _OPERATOR,
    "WORKSPACE_AUTHOR": _AUTHOR,
    "WORKSPACE_MEMBER": _WORKSPACE_READ,
    "WORKSPACE_ACCESSOR": ("workspace.get",),
    "DEPLOYMENT_ADMIN": ("deployment.*",),
    "DEPLOYMENT_ACCESSOR": ("deployment.get",),
}
ROLES = tuple(PERMISSIONS)
ORGANIZATION_ROLES = tuple(role for role in ROLES if role.startswith("ORGANIZATION_"))
WORKSPACE_ROLES = tuple(role for role in ROLES if role.startswith("WORKSPACE_"))
DEPLOYMENT_ROLES = tuple(role for role in ROLES if role.startswith("DEPLOYMENT_"))
DAG_ROLES = ("DAG_VIEWER", "DAG_AUTHOR")


def permits(role: str, permission: str, permissions: Iterable[str] | None = None) -> bool:
    """Whether a role has a permission.

    :param role: The role.
    :param permission: As the API document names it.
    :param permissions: Those of a custom role; ``None``: the role is one of Astro's own.
    """
    if permissions is not None:
        return permission in permissions or _any(permission, DOORS)
    if (permission in OWNERS_ONLY and role != "ORGANIZATION_OWNER") or (permission in TOKENS and role in READERS):
        return False
    return _any(permission, (*PERMISSIONS[role], *DOORS))


def _any(permission: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(permission, pattern) for pattern in patterns)
