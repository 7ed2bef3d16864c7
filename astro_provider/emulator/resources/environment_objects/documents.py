"""Environment objects as they are stored, merged and shown."""

from __future__ import annotations

from typing import Any

from astro_provider.emulator.resources.environment_objects.bodies import PARTS

Document = dict[str, Any]
#: Fields that are never shown.
SECRETS = {"connection": ("password",), "metricsExport": ("password", "basicToken")}
#: Fields that can be written and are not shown at all.
WRITE_ONLY = ("authTypeId", "authType")
#: Keys of a connection's ``extra`` whose values are secret; in Astro the connection's authentication type says which.
SECRET_WORDS = ("secret", "password", "token", "key")
#: Fields of a connection that an update keeps if it leaves them out; the others are cleared.
KEPT = ("password", "extra", "authTypeId")


def is_secret(part: str, fields: Document, name: str) -> bool:
    """Whether a field is hidden.

    :param part: The typed part, such as ``connection``.
    :param fields: The part's fields.
    :param name: The field; one of ``extra`` with a dot, as in ``extra.token``.
    """
    if part in {"environmentVariable", "airflowVariable"}:
        return name == "value" and bool(fields.get("isSecret"))
    if name.startswith("extra."):
        return any(word in name.lower() for word in SECRET_WORDS)
    return name in SECRETS.get(part, ())


def shown(document: Document, *, reveal: bool = False) -> Document:
    """Return an object as the API shows it.

    :param document: The stored object.
    :param reveal: Whether to show secrets, too.
    """
    part = PARTS[document["objectType"]]
    own = document[part]
    public = {name: value for name, value in document.items() if name not in {part, "links", "excludeLinks"}}
    public[part] = _visible(part, own, own, reveal=reveal)
    public["setFields"] = _set_fields(own)
    if document["scope"] == "WORKSPACE":
        public["links"] = [_shown_link(part, own, link, reveal=reveal) for link in document["links"]]
        public["excludeLinks"] = document["excludeLinks"]
    return public


def resolved(document: Document, deployment_id: str, *, reveal: bool) -> Document:
    """Return a Workspace's object as a Deployment has it: with the link's overrides, and the Deployment as its scope.

    :param document: The stored object.
    :param deployment_id: The Deployment.
    :param reveal: Whether to show secrets, too.
    """
    part = PARTS[document["objectType"]]
    link: Document = next((each for each in document["links"] if each["scopeEntityId"] == deployment_id), {})
    merged = {**document, part: {**document[part], **link.get("overrides", {})}}
    linked = {"scope": "DEPLOYMENT", "scopeEntityId": deployment_id, "id": f"{document['id']}-{deployment_id}"[:60]}
    public = {**shown(merged, reveal=reveal), **linked}
    public.update(sourceScope="WORKSPACE", sourceScopeEntityId=document["scopeEntityId"])
    return {name: value for name, value in public.items() if name not in {"links", "excludeLinks"}}


def updated_part(part: str, stored: Document, given: Document) -> Document:
    """Return the typed part after an update.

    :param part: The typed part, such as ``connection``.
    :param stored: What is stored.
    :param given: What the update says.
    """
    if part == "connection":
        return {**{name: stored[name] for name in KEPT if name in stored}, **given}
    if part == "metricsExport":
        return {**stored, **given}
    if stored.get("isSecret") and not given.get("value"):
        return stored  # a secret cannot be emptied
    return {**stored, "value": given.get("value", "")}


def updated_link(part: str, own: Document, stored: Document | None, given: Document) -> Document:
    """Return a link after an update: visible overrides that it leaves out are gone, hidden ones stay.

    :param part: The typed part, such as ``connection``.
    :param own: The object's own fields.
    :param stored: The link as it is stored; ``None``: it is new.
    :param given: What the update says.
    """
    changes = dict(given.get("overrides", {}))
    unset = changes.pop("unsetFields", [])
    hidden = {
        name: value
        for name, value in (stored or {}).get("overrides", {}).items()
        if is_secret(part, own, name) and name not in unset
    }
    link = {"scope": "DEPLOYMENT", "scopeEntityId": given["scopeEntityId"]}
    overrides = {**hidden, **changes.get(part, {})}
    return {**link, "overrides": overrides} if overrides else link


def _visible(part: str, own: Document, fields: Document, *, reveal: bool) -> Document:
    public: Document = {}
    for name, value in fields.items():
        if name in WRITE_ONLY:
            continue
        if name == "extra" and not reveal:
            public[name] = {key: each for key, each in value.items() if not is_secret(part, own, f"extra.{key}")}
        elif reveal or not is_secret(part, own, name):
            public[name] = value
        elif name == "value":
            public[name] = ""
    return public


def _set_fields(fields: Document) -> list[str]:
    names = [name for name in fields if name not in {"isSecret", "extra", *WRITE_ONLY}]
    return sorted([*names, *(f"extra.{key}" for key in fields.get("extra", ()))])


def _shown_link(part: str, own: Document, link: Document, *, reveal: bool) -> Document:
    overrides = link.get("overrides", {})
    public = {"scope": "DEPLOYMENT", "scopeEntityId": link["scopeEntityId"], "setFields": _set_fields(overrides)}
    if overrides:
        public[f"{part}Overrides"] = _visible(part, own, overrides, reveal=reveal)
    return public
