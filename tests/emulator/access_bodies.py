"""What the contract test sends about Workspaces, users, Teams, tokens, roles and environment objects."""

from __future__ import annotations

from typing import Any

from astro_provider.emulator import Emulator
from astro_provider.emulator.resources.organizations import OWNER
from astro_provider.emulator.resources.workspaces import FIRST_ID

from .calls import Caller

PLACE = {"defaultCloudProvider": "AWS", "defaultRegion": "us-east-1"}
#: Bodies with which each POST succeeds, by the path below the Organization.
ACCESS_BODIES: dict[str, dict[str, Any]] = {
    "/workspaces": {"name": "New", "description": "for a test", "cicdEnforcedDefault": True, **PLACE},
    "/workspaces/{workspaceId}": {"name": "Changed", "description": "", "cicdEnforcedDefault": False},
    "/invites": {"inviteeEmail": "New@Example.com", "role": "ORGANIZATION_MEMBER"},
    "/users/{userId}/roles": {
        "organizationRole": "ORGANIZATION_MEMBER",
        "workspaceRoles": [{"workspaceId": FIRST_ID, "role": "WORKSPACE_AUTHOR"}],
        "deploymentRoles": [],
        "dagRoles": [],
    },
    "/teams": {"name": "New", "description": "", "organizationRole": "ORGANIZATION_MEMBER", "memberIds": [OWNER["id"]]},
    "/teams/{teamId}": {"name": "Changed", "description": "for a test"},
    "/teams/{teamId}/roles": {"organizationRole": "ORGANIZATION_MEMBER", "workspaceRoles": []},
    "/teams/{teamId}/members": {"memberIds": [OWNER["id"]]},
    "/tokens": {
        "name": "new",
        "role": "WORKSPACE_AUTHOR",
        "scope": "WORKSPACE",
        "entityId": FIRST_ID,
        "tokenExpiryPeriodInDays": 90,
    },
    "/tokens/{tokenId}": {"name": "changed", "description": "for a test"},
    "/tokens/{tokenId}/roles": {
        "roles": [{"entityType": "WORKSPACE", "entityId": FIRST_ID, "role": "WORKSPACE_OPERATOR"}]
    },
    "/deployments/{deploymentId}/agent-tokens": {"name": "agent", "tokenExpiryPeriodInDays": 30},
    "/roles": {"name": "deployer", "scopeType": "DEPLOYMENT", "permissions": ["deployment.deploys.create"]},
    "/roles/{customRoleId}": {"name": "reader", "permissions": ["deployment.get"]},
    "/allowed-ip-address-ranges": {"ipAddressRange": "127.0.0.2/32"},
    "/allowed-ip-address-ranges/bulk-create": {"allowedIpAddressRanges": ["127.0.0.2/32", "127.0.0.3/32"]},
    "/allowed-ip-address-ranges/bulk-delete": {"allowedIpAddressRangeIds": ["clnothing"]},
    "/environment-objects": {
        "objectKey": "NEW",
        "objectType": "CONNECTION",
        "scope": "WORKSPACE",
        "scopeEntityId": FIRST_ID,
        "connection": {"type": "postgres", "host": "db", "password": "s3cret", "extra": {"token": "s3cret", "a": "b"}},
        "autoLinkDeployments": True,
    },
    "/environment-objects/{environmentObjectId}": {"environmentVariable": {"value": "s3cret"}, "links": []},
    "/environment-objects/{environmentObjectId}/exclude-linking": {"scope": "DEPLOYMENT", "scopeEntityId": "later"},
}


def access_ids(astro: Emulator, call: Caller, deployment_id: str) -> dict[str, str]:
    """Add one of each, and return their ids by the names that the document gives them."""
    secret = {"isSecret": True, "value": "s3cret"}
    ACCESS_BODIES["/environment-objects/{environmentObjectId}/exclude-linking"]["scopeEntityId"] = deployment_id
    first = call("POST", "/allowed-ip-address-ranges", {"ipAddressRange": "127.0.0.1/32"}).json()
    agent = call("POST", f"/deployments/{deployment_id}/agent-tokens", {"name": "a"}).json()
    token = call("POST", "/tokens", {**ACCESS_BODIES["/tokens"], "name": "one"}).json()
    assert call("GET", "/workspaces", token=token["token"]).status_code == 200
    invite = call("POST", "/invites", {"inviteeEmail": "pending@example.com", "role": "ORGANIZATION_MEMBER"}).json()
    role = astro.add_role("one")
    user = astro.add_user("one@example.com", workspaceRoles=[{"workspaceId": FIRST_ID, "role": "WORKSPACE_OWNER"}])
    return {
        "allowedIpAddressRangeId": first["id"],
        "agentTokenId": agent["id"],
        "tokenId": token["id"],
        "inviteId": invite["inviteId"],
        "roleId": role,
        "customRoleId": role,
        "userId": user,
        "memberId": user,
        "teamId": astro.add_team("one", [user]),
        "environmentObjectId": astro.add_environment_object(
            "ONE", "ENVIRONMENT_VARIABLE", "WORKSPACE", FIRST_ID, environmentVariable=secret
        ),
    }
