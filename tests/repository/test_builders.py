"""What the builders make, the published document allows: no test proves anything about responses that do not exist."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from typing import Any

import pytest

from tests import builders
from tests.api_document import schema_problems
from tests.builders import (
    api_tokens,
    clusters,
    deployment_options,
    deployments,
    deploys,
    errors,
    listings,
    subjects,
    workspaces,
)

#: The name of the schema that each builder follows.
SCHEMAS = {
    api_tokens.api_token: "ApiToken",
    clusters.cluster: "Cluster",
    clusters.hybrid_cluster: "Cluster",
    clusters.node_pool: "NodePool",
    deployment_options.deployment_options: "DeploymentOptions",
    deployment_options.runtime_release: "RuntimeRelease",
    deployments.deployment: "Deployment",
    deployments.hibernation_override: "DeploymentHibernationOverride",
    deployments.hybrid_deployment: "Deployment",
    deployments.listing: "DeploymentsPaginated",
    deployments.standard_deployment: "Deployment",
    deployments.worker_queue: "WorkerQueue",
    deploys.bundle: "Bundle",
    deploys.deploy: "Deploy",
    deploys.git: "DeployGit",
    deploys.listing: "DeploysPaginated",
    errors.error: "Error",
    subjects.subject: "BasicSubjectProfile",
    workspaces.listing: "WorkspacesPaginated",
    workspaces.workspace: "Workspace",
}
#: Builders of no response: parts of one, responses that lack something on purpose, and what responses are used for.
OTHERS = {
    clusters: set(),
    deployment_options: {deployment_options.machine, deployment_options.span},
    deployments: {deployments.least_deployment},
    listings: {listings.listing},
}
NOT_RESPONSES = {"addresses", "airflow", "any_deployment", "deploy_history", "images", "plan_inputs", "tokens"}
LISTED = {
    deployments.listing: deployments.deployment,
    deploys.listing: deploys.deploy,
    workspaces.listing: workspaces.workspace,
}


@pytest.mark.parametrize(
    "builder", SCHEMAS, ids=lambda builder: f"{builder.__module__.rpartition('.')[2]}.{builder.__name__}"
)
def test_a_builder_makes_what_the_document_allows(builder: Any) -> None:
    items = [LISTED[builder]()] if builder in LISTED else []
    assert schema_problems(SCHEMAS[builder], builder(*items)) == []


def test_every_builder_is_checked() -> None:
    names = {module.name for module in pkgutil.iter_modules(builders.__path__)} - NOT_RESPONSES
    modules = [import_module(f"{builders.__name__}.{name}") for name in names]
    made = {
        function
        for module in modules
        for function in vars(module).values()
        if inspect.isfunction(function) and function.__module__ == module.__name__
    }
    assert made - SCHEMAS.keys() - set().union(*OTHERS.values()) == set()


def test_every_builder_says_what_it_makes() -> None:
    assert [builder.__name__ for builder in SCHEMAS if not inspect.getdoc(builder)] == []
