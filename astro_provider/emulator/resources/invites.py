"""Invitations to the Organization. A user who is invited is there at once, PENDING."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from astro_provider.emulator.core.bodies import Body, Email
from astro_provider.emulator.core.ids import new_id
from astro_provider.emulator.core.moments import moment
from astro_provider.emulator.core.permissions import ORGANIZATION_ROLES
from astro_provider.emulator.core.problems import invalid
from astro_provider.emulator.core.roles import RoleName, need_role
from astro_provider.emulator.core.routing import Call, Resource
from astro_provider.emulator.resources.organizations import NAME
from astro_provider.emulator.resources.users import add_user

resource = Resource("/organizations/{organizationId}/invites")
#: How long an invitation is good; Astro's own number is not known.
LIFE = timedelta(days=14)


class CreateInvite(Body):
    """An invitation."""

    invitee_email: Email
    role: RoleName


@resource.post()
def invite_user(call: Call) -> dict[str, Any]:
    """Invite a user."""
    body = call.body(CreateInvite)
    need_role("role", body["role"], ORGANIZATION_ROLES)
    email = body["inviteeEmail"].lower()
    user = next((user for user in call.state.store.all("user") if user["username"] == email), None)
    if user is not None and user["status"] != "PENDING":
        raise invalid(f"Invitee has existing role in organization {NAME}")
    user_id = user["id"] if user else add_user(call.state, email, "", body["role"], status="PENDING")
    invite = {
        "id": new_id(),
        "userId": user_id,
        "expiresAt": moment(datetime.fromtimestamp(call.state.clock(), timezone.utc) + LIFE),
    }
    call.state.store.put("invite", invite)
    return {
        "inviteId": invite["id"],
        "userId": user_id,
        "expiresAt": invite["expiresAt"],
        "invitee": {"id": user_id, "subjectType": "USER", "username": email},
        "inviter": call.grant.subject,
        "organizationId": call.state.organization_id,
        "organizationName": NAME,
    }


@resource.delete("/{inviteId}")
def cancel_invite(call: Call) -> None:
    """Cancel an invitation; a user who has not accepted it yet is gone."""
    invite = call.find("invite", call.path["inviteId"])
    user = call.state.store.get("user", invite["userId"])
    if user is not None and user["status"] == "PENDING":
        call.state.store.delete("user", user["id"])
    call.state.store.delete("invite", invite["id"])
