"""The deploys of a Deployment as Astro keeps them, and what the Deployment really runs after them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from astro_provider.models.deployments import Deployment
from astro_provider.models.deploys import Deploy
from astro_provider.rules.deploy_markers import Marker
from astro_provider.rules.running_code import RunningCode, running_code
from tests.builders import deployments, deploys

START = datetime(2026, 11, 1, 12, tzinfo=timezone.utc)


def digest(number: int) -> str:
    """Return a digest like no other."""
    return f"sha256:{number:064x}"


@dataclass
class History:
    """A Deployment's history as Astro keeps it, and what it really runs."""

    deploys: list[Deploy] = field(default_factory=list)
    version: str | None = None
    tag: str = "tag-0"
    dags: str | None = None
    image: str | None = None

    def add(self, deploy_type: str = "DAG_ONLY", status: str = "DEPLOYED", **fields: Any) -> Deploy:
        """Add a deploy that says nothing about itself."""
        number = len(self.deploys) + 1
        document = deploys.deploy(
            id=f"cldeploy{number:017}",
            type=deploy_type,
            status=status,
            createdAt=(START + timedelta(minutes=number)).isoformat(),
            imageTag=f"tag-{number}" if "IMAGE" in deploy_type else self.tag,
            dagTarballVersion=f"v{number}" if "DAG" in deploy_type and status != "INITIALIZED" else self.version,
        )
        deploy = Deploy.model_validate({**document, **fields})
        self.deploys.append(deploy)
        if status == "DEPLOYED":
            self.version, self.tag = deploy.dag_tarball_version, str(deploy.image_tag)
        return deploy

    def by_us(
        self, dags: str | None = None, image: str | None = None, status: str = "DEPLOYED", description: str = ""
    ) -> Deploy:
        """Add a deploy of this package's."""
        deploy_type = "IMAGE_AND_DAG" if dags and image else "DAG_ONLY" if dags else "IMAGE_ONLY"
        if status == "DEPLOYED":
            self.dags, self.image = dags or self.dags, image or self.image
        return self.add(deploy_type, status, description=Marker(dags=dags, image=image).written_after(description))

    def by_others(self, deploy_type: str) -> Deploy:
        """Add a deploy of some CI job's."""
        if "DAG" in deploy_type:
            self.dags = None
        if "IMAGE" in deploy_type:
            self.image = None
        return self.add(deploy_type, description="Merge pull request #17")

    def roll_back(self, to: Deploy) -> Deploy:
        """Add a rollback."""
        fields = {"imageTag": to.image_tag, "dagTarballVersion": to.dag_tarball_version, "rollbackFromId": to.id}
        return self.add(to.type, **fields)

    @property
    def deployment(self) -> Deployment:
        """The Deployment as the API shows it now."""
        fields = {"isDagDeployEnabled": True, "desiredDagTarballVersion": self.version, "imageTag": self.tag}
        return Deployment.model_validate({**deployments.deployment(), **fields})

    def running(self) -> RunningCode:
        """Return what can be told about the code that runs."""
        return running_code(self.deployment, self.deploys)
