"""An Organization with some people, a Team, tokens, and a Deployment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class Company:
    """What a test has to do with.

    :param astro: The emulator.
    """

    astro: Any

    def __post_init__(self) -> None:
        self.workspace = self.astro.workspace_id
        self.deployment = self.astro.add_deployment("staging")
        self.other = self.astro.add_deployment("elsewhere", workspace_id=self.production)
        everywhere = {
            "workspaceRoles": [{"workspaceId": self.production, "role": "WORKSPACE_AUTHOR"}],
            "deploymentRoles": [{"deploymentId": self.other, "role": "DEPLOYMENT_ADMIN"}],
            "dagRoles": [{"deploymentId": self.other, "dagId": "etl", "role": "DAG_AUTHOR"}],
        }
        self.ben = self.astro.add_user("ben@example.com")
        self.anna = self.astro.add_user("anna@example.com", **everywhere)
        self.team = self.astro.add_team("Analysts", [self.anna])
        self.token = self.add_token("nightly", "ORGANIZATION_MEMBER")

    @property
    def production(self) -> str:
        return next(each["id"] for each in self.astro.store.all("workspace") if each["name"] == "Production")

    def add_token(self, name: str, role: str, **where: Any) -> str:
        self.astro.issue_token(role, name=name, **where)
        return next(each["id"] for each in self.astro.api_tokens if each["name"] == name)

    def user(self, email: str) -> dict[str, Any]:
        return next(each for each in self.astro.users if each["username"] == email)

    def roles(self, email: str) -> dict[str, Any]:
        """All roles of a user, places by id."""
        return flat(self.user(email))

    def team_roles(self, name: str = "Analysts") -> dict[str, Any]:
        return flat(next(each for each in self.astro.teams if each["name"] == name))

    def members(self, name: str = "Analysts") -> set[str]:
        """E-mail addresses of a Team's members."""
        ids = next(each["memberIds"] for each in self.astro.teams if each["name"] == name)
        return {each["username"] for each in self.astro.users if each["id"] in ids}

    def token_roles(self, name: str = "nightly") -> dict[str, str]:
        token = next(each for each in self.astro.api_tokens if each["name"] == name)
        return {each["entityId"]: each["role"] for each in token["roles"]}

    def writes(self) -> list[str]:
        """Calls that are no reads."""
        organization = f"/organizations/{self.astro.organization_id}"
        return [f"{r.method} {r.path.removeprefix(organization)}" for r in self.astro.requests if r.method != "GET"]


def flat(subject: dict[str, Any]) -> dict[str, Any]:
    found = {"organization": subject["organizationRole"]}
    found |= {each["workspaceId"]: each["role"] for each in subject.get("workspaceRoles", [])}
    found |= {each["deploymentId"]: each["role"] for each in subject.get("deploymentRoles", [])}
    found |= {each.get("dagId") or each["dagTag"]: each["role"] for each in subject.get("dagRoles", [])}
    return found
