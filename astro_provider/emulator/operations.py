"""Every operation of the published API document (Astro API v1.0): method, path and the permission it needs."""

from __future__ import annotations

from typing import NamedTuple


class Operation(NamedTuple):
    """One operation of the API document.

    :param method: HTTP method.
    :param path: Path below ``/v1``, as the document writes it.
    :param permission: The permission that a token needs; empty: none.
    """

    method: str
    path: str
    permission: str


#: ``~`` is ``/organizations/{organizationId}``.
_TABLE = """
GET    /authorization/permission-groups
GET    /organizations
GET    ~  organization.get
POST   ~  organization.settings.update
GET    ~/allowed-ip-address-ranges  organization.allowedIpAddressRanges.get
POST   ~/allowed-ip-address-ranges  organization.allowedIpAddressRanges.create
DELETE ~/allowed-ip-address-ranges/{allowedIpAddressRangeId}  organization.allowedIpAddressRanges.delete
POST   ~/allowed-ip-address-ranges/bulk-create  organization.allowedIpAddressRanges.create
POST   ~/allowed-ip-address-ranges/bulk-delete  organization.allowedIpAddressRanges.delete
GET    ~/audit-logs  organization.auditLogs.get
GET    ~/cluster-options
GET    ~/clusters  organization.clusters.get
POST   ~/clusters  organization.clusters.create
DELETE ~/clusters/{clusterId}  organization.clusters.delete
GET    ~/clusters/{clusterId}  organization.clusters.get
POST   ~/clusters/{clusterId}  organization.clusters.update
GET    ~/deployment-options  organization.deploymentConfigurations.get
GET    ~/deployments  organization.deployments.get
POST   ~/deployments  workspace.deployments.create
DELETE ~/deployments/{deploymentId}  deployment.delete
GET    ~/deployments/{deploymentId}  deployment.get
POST   ~/deployments/{deploymentId}  deployment.update
GET    ~/deployments/{deploymentId}/agent-tokens  deployment.agentTokens.get
POST   ~/deployments/{deploymentId}/agent-tokens  deployment.agentTokens.create
DELETE ~/deployments/{deploymentId}/agent-tokens/{agentTokenId}  deployment.agentTokens.delete
GET    ~/deployments/{deploymentId}/agent-tokens/{agentTokenId}  deployment.agentTokens.get
GET    ~/deployments/{deploymentId}/deploys  deployment.deploys.get
POST   ~/deployments/{deploymentId}/deploys  deployment.deploys.create
GET    ~/deployments/{deploymentId}/deploys/{deployId}  deployment.deploys.get
POST   ~/deployments/{deploymentId}/deploys/{deployId}  deployment.deploys.update
POST   ~/deployments/{deploymentId}/deploys/{deployId}/finalize  deployment.deploys.update
POST   ~/deployments/{deploymentId}/deploys/{deployId}/rollback  deployment.deploys.update
DELETE ~/deployments/{deploymentId}/hibernation-override  deployment.update
POST   ~/deployments/{deploymentId}/hibernation-override  deployment.update
GET    ~/deployments/{deploymentId}/logs  deployment.logs.get
GET    ~/environment-objects  organization.envObjects.access
POST   ~/environment-objects  organization.envObjects.access
DELETE ~/environment-objects/{environmentObjectId}  organization.envObjects.access
GET    ~/environment-objects/{environmentObjectId}  organization.envObjects.access
POST   ~/environment-objects/{environmentObjectId}  organization.envObjects.access
POST   ~/environment-objects/{environmentObjectId}/exclude-linking  organization.envObjects.access
POST   ~/invites  organization.users.create
DELETE ~/invites/{inviteId}  organization.users.delete
GET    ~/role-templates  organization.customRoles.get
GET    ~/roles  organization.customRoles.get
POST   ~/roles  organization.customRoles.create
DELETE ~/roles/{customRoleId}  organization.customRoles.delete
POST   ~/roles/{customRoleId}  organization.customRoles.update
GET    ~/roles/{roleId}  organization.customRoles.get
GET    ~/teams  organization.teams.get
POST   ~/teams  organization.teams.create
DELETE ~/teams/{teamId}  organization.teams.delete
GET    ~/teams/{teamId}  organization.teams.get
POST   ~/teams/{teamId}  organization.teams.update
GET    ~/teams/{teamId}/members  organization.teams.get
POST   ~/teams/{teamId}/members  organization.teams.update
DELETE ~/teams/{teamId}/members/{memberId}  organization.teams.update
POST   ~/teams/{teamId}/roles  organization.teamRoles.access
GET    ~/tokens  organization.apiTokens.access
POST   ~/tokens  organization.apiTokens.access
DELETE ~/tokens/{tokenId}  organization.apiTokens.access
GET    ~/tokens/{tokenId}  organization.apiTokens.access
POST   ~/tokens/{tokenId}  organization.apiTokens.access
POST   ~/tokens/{tokenId}/roles  organization.apiTokens.access
POST   ~/tokens/{tokenId}/rotate  organization.apiTokens.access
GET    ~/users  organization.users.get
GET    ~/users/{userId}  organization.users.get
POST   ~/users/{userId}/roles  organization.userRoles.access
GET    ~/users/{userId}/teams  organization.teams.get
GET    ~/workspaces  organization.workspaces.get
POST   ~/workspaces  organization.workspaces.create
DELETE ~/workspaces/{workspaceId}  workspace.delete
GET    ~/workspaces/{workspaceId}  workspace.get
POST   ~/workspaces/{workspaceId}  workspace.settings.update
GET    /users/self
"""


def _operation(line: str) -> Operation:
    method, path, *permission = line.split()
    return Operation(method, path.replace("~", "/organizations/{organizationId}"), "".join(permission))


OPERATIONS = tuple(_operation(line) for line in _TABLE.strip().splitlines())
