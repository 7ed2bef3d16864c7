"""The Organization: there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.ids import ORGANIZATION_ID
from astro_provider.emulator.core.moments import moment
from astro_provider.emulator.core.routing import Call, Resource

if TYPE_CHECKING:
    from astro_provider.emulator.state import State

resource = Resource("/organizations")
NAME = "Example Organization"
#: Who made the Organization and what it begins with.
OWNER = {
    "id": "clowner000000000000000001",
    "subjectType": "USER",
    "username": "owner@example.com",
    "fullName": "Olga Owner",
}


@resource.get()
def list_organizations(call: Call) -> dict[str, Any]:
    """List Organizations."""
    return call.page("organizations", call.state.store.all("organization"))


@resource.get("/{organizationId}")
def get_organization(call: Call) -> dict[str, Any]:
    """Show the Organization."""
    return call.find("organization", call.path["organizationId"])


@resource.seeds
def add_organization(state: State) -> None:
    """Add the Organization."""
    now = moment()
    organization = {
        "id": ORGANIZATION_ID,
        "name": NAME,
        "product": "HOSTED",
        "status": "ACTIVE",
        "productPlans": [],
        "paymentMethod": "CREDIT_CARD",
        "billingEmail": "billing@example.com",
        "allowEnhancedSupportAccess": False,
        "hasAllowedIpAddressRanges": False,
        "isBlockedEnableAiFeatures": False,
        "isScimEnabled": False,
        "shouldEnforceDedicatedClusters": False,
        "createdAt": now,
        "createdBy": OWNER,
        "updatedAt": now,
        "updatedBy": OWNER,
    }
    state.store.put("organization", organization)
