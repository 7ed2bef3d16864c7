"""An Organization's tokens and a store, as tests of renewals and rotations need them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import requests

from astro_provider.emulator import Emulator
from astro_provider.emulator.core.moments import moment


@dataclass
class Store:
    """Where values go, and the tokens that they came with."""

    values: list[str] = field(default_factory=list)
    tokens: list[Any] = field(default_factory=list)

    def __call__(self, value: str, token: Any) -> None:
        self.values.append(value)
        self.tokens.append(token)


@dataclass
class Tokens:
    """The tokens of an emulator."""

    astro: Emulator

    def issue(self, name: str = "ci", *, days: float | None = 60, age: float = 30, **fields: Any) -> str:
        """Add a Workspace token; returns its id. Times in days."""
        value = self.astro.issue_token("WORKSPACE_AUTHOR", name=name, expires_in=days and days * 86400)
        token_id = id_of(value)
        self.change(token_id, createdAt=ago(age), **fields)
        return token_id

    def change(self, token_id: str, **fields: Any) -> None:
        self.astro.store.put("api_token", {**self.astro.store.get("api_token", token_id), **fields})

    def shown(self, token_id: str) -> dict[str, Any]:
        return next(each for each in self.astro.api_tokens if each["id"] == token_id)

    @property
    def all(self) -> dict[str, str]:
        """Names by ids, without the emulator's own token."""
        return {each["id"]: each["name"] for each in self.astro.api_tokens if each["name"] != "emulator"}

    def age(self, days: float) -> None:
        """Let time pass: every moment of every token, and of its mark, is that much longer ago."""
        for token in self.astro.store.all("api_token"):
            for name in ("createdAt", "startAt", "endAt", "lastUsedAt"):
                if name in token:
                    then = datetime.fromisoformat(token[name].replace("Z", "+00:00")) - timedelta(days=days)
                    token[name] = moment(then)
            head, mark, retired = (token.get("description") or "").partition(": retired ")
            if mark:
                then = datetime.fromisoformat(retired[:-2] + "+00:00") - timedelta(days=days)
                token["description"] = f"{head}{mark}{then:%Y-%m-%dT%H:%M:%SZ}]"
            self.astro.store.put("api_token", token)

    def works(self, value: str) -> bool:
        headers = {"Authorization": f"Bearer {value}"}
        url = f"{self.astro.url}/organizations/{self.astro.organization_id}/workspaces"
        return requests.get(url, headers=headers, timeout=10).status_code == 200


def ago(days: float) -> str:
    return moment(datetime.now(timezone.utc) - timedelta(days=days))


def id_of(value: str) -> str:
    """The id that a token's claims name."""
    part = value.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["apiTokenId"]
