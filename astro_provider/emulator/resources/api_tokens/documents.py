"""API tokens as they are stored and shown. Of a token's value only a fingerprint is kept."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.ids import new_id
from astro_provider.emulator.core.moments import moment
from astro_provider.emulator.core.tokens import fingerprint, issue

if TYPE_CHECKING:
    from astro_provider.emulator.state import State

Document = dict[str, Any]


def new_token(state: State, body: Document, subject: Document, token_id: str | None = None) -> tuple[Document, str]:
    """Return a token to store, and its value.

    :param state: The emulator's state.
    :param body: A create request's body, checked.
    :param subject: Who makes it.
    :param token_id: Its id; default: a new one.
    """
    now = _now(state)
    entity_id = body.get("entityId") or state.organization_id
    document = {
        "id": token_id or new_id(),
        "name": body["name"],
        "description": body.get("description", ""),
        "scope": body["scope"],
        "kind": body.get("kind", "STANDARD"),
        "roles": [{"entityType": body["scope"], "entityId": entity_id, "role": body["role"]}],
        "startAt": moment(now),
        "createdAt": moment(now),
        "createdBy": subject,
        "updatedAt": moment(now),
        "updatedBy": subject,
        "_entityId": entity_id,
        "_serial": 0,
    }
    if days := body.get("tokenExpiryPeriodInDays"):
        document["expiryPeriodInDays"] = days
    return document, give_value(state, document)


def give_value(state: State, document: Document) -> str:
    """Give a token a new value, which ends the old one at once; returns it.

    :param state: The emulator's state.
    :param document: The stored token, changed in place.
    """
    if days := document.get("expiryPeriodInDays"):
        # That a rotation starts the period anew is likely, and not documented.
        document["endAt"] = moment(_now(state) + timedelta(days=days))
    kind = {"WORKSPACE": "workspaceId", "DEPLOYMENT": "deploymentId"}.get(document["scope"])
    scopes = [f"{kind}:{document['_entityId']}"] if kind else []
    ends = datetime.fromisoformat(document["endAt"].replace("Z", "+00:00")).timestamp() if "endAt" in document else None
    value = issue(
        state.organization_id,
        document["id"],
        document["name"],
        scopes,
        ends=ends,
        serial=document["_serial"],
        is_user=document.get("_isUser", False),
    )
    document["shortToken"] = value[-4:]
    document["_fingerprint"] = fingerprint(value)
    return value


def rotated(state: State, document: Document, subject: Document) -> str:
    """Rotate a token; returns its new value.

    :param state: The emulator's state.
    :param document: The stored token, changed in place.
    :param subject: Who rotates it.
    """
    document["_serial"] += 1
    now = moment(_now(state))
    document.update(lastRotatedAt=now, startAt=now, updatedAt=now, updatedBy=subject)
    return give_value(state, document)


def shown(document: Document, value: str | None = None) -> Document:
    """Return a token as the API shows it.

    :param document: The stored token.
    :param value: Its value, which only a create and a rotation show.
    """
    public = {name: field for name, field in document.items() if not name.startswith("_")}
    return public if value is None else {**public, "token": value}


def _now(state: State) -> datetime:
    return datetime.fromtimestamp(state.clock(), timezone.utc)


def add_token(
    state: State, name: str, role: str, scope: str, entity_id: str, ends: float | None, *, is_user: bool
) -> str:
    """Add a token; returns its value.

    :param state: The emulator's state.
    :param name: Its name.
    :param role: Its role in its own scope.
    :param scope: ORGANIZATION, WORKSPACE or DEPLOYMENT.
    :param entity_id: The id of what it is for.
    :param ends: Epoch seconds of its end; ``None``: never.
    :param is_user: Whether it is a user's own token and not an API token.
    """
    subject = state.owner.subject
    document, _ = new_token(state, {"name": name, "role": role, "scope": scope, "entityId": entity_id}, subject)
    if ends is not None:
        document["endAt"] = moment(datetime.fromtimestamp(ends, timezone.utc))
    if is_user:
        document["_isUser"] = True
    value = give_value(state, document)
    if is_user:
        kept = ("id", "name", "roles", "endAt", "_fingerprint")
        state.store.put("user_token", {key: document[key] for key in kept if key in document})
    else:
        state.store.put("api_token", document)
    return value
