"""All resources of the client follow one pattern, and none of them lets an id change a path."""

from __future__ import annotations

import inspect
from datetime import datetime, timezone

import pytest

from astro_provider.client import AstroClient
from astro_provider.client.resource import Collection, Nested
from astro_provider.errors import AmbiguousNameError, ConfigurationError
from astro_provider.http.resource import Resource
from astro_provider.models.base import Item
from tests.builders.addresses import ORG, path
from tests.builders.deployments import listing
from tests.slow import mostly_slow

VERBS = ("list", "get", "find", "create", "update", "delete")
READ = {"list", "get", "find"}
#: The public methods of each resource: its verbs, and what it has besides. A new one belongs here, with its test.
METHODS = {
    "organizations": READ,
    "workspaces": set(VERBS),
    "users": {*READ, "teams", "set_roles"},
    "invites": {"create", "delete"},
    "teams": {*VERBS, "members", "add_members", "remove_member", "set_roles"},
    "roles": {*VERBS, "defaults"},
    "api_tokens": {*VERBS, "rotate", "set_roles"},
    "agent_tokens": {"list", "get", "create", "delete"},
    "environment_objects": {*VERBS, "exclude"},
    "allowed_ip_ranges": {*READ, "create", "delete"},
    "clusters": READ,
    "cluster_options": {"get"},
    "deployments": {
        *VERBS,
        "states",
        "count",
        "find_made_since",
        "override_hibernation",
        "remove_hibernation_override",
    },
    "deploys": {"list", "get", "create", "update", "finalize", "rollback", "upload"},
    "deployment_options": {"get"},
    "audit_logs": {"export"},
}
#: What a method needs besides ids to be called at all.
NOW = datetime(2026, 11, 1, tzinfo=timezone.utc)
NEEDED = {
    "body": {"name": "n", "workspaceId": "w"},
    "began": NOW,
    "start": NOW,
    "end": NOW,
    "is_hibernating": True,
    "name": "n",
    "workspace_id": "w",
    "open_output": None,
    "deployment_ids": ["d"],
    "parent_id": "clparent",
    "resource_id": "clresource",
    "deployment_id": "cldeployment",
    "deploy_id": "cldeploy",
    "description": "words",
}
#: Ids that stand in a body.
VALUES = {"api_tokens.set_roles.organization_id", "environment_objects.exclude.deployment_id"}
BAD_IDS = ["../users", "a/b", "", "x?y", "..", "a%2Fb", "a#b", " "]


def resources() -> dict[str, Resource]:
    client = AstroClient("a-token", organization_id=ORG)
    return {name: part for name, part in vars(client).items() if isinstance(part, Resource)}


def public(resource: Resource) -> dict[str, object]:
    return {n: m for n, m in inspect.getmembers(resource, inspect.ismethod) if not n.startswith("_")}


def test_every_resource_of_the_client_is_on_the_list():
    assert set(resources()) == set(METHODS)
    parts = {n: p for n, p in vars(AstroClient("a-token", organization_id=ORG)).items() if not n.startswith("_")}
    others = {name for name, part in parts.items() if type(part).__module__.startswith("astro_provider.client.")}
    # Claims are read from the token, and images are in registries: neither is a part of the API.
    assert others - {"claims", "images"} == set(METHODS), "this part of the client is no Resource"


@pytest.mark.parametrize("name", METHODS)
def test_a_resource_has_the_methods_on_its_list_and_no_other(name):
    assert set(public(resources()[name])) == METHODS[name]


@pytest.mark.parametrize("name", METHODS)
def test_a_resource_is_made_like_every_other(name):
    resource = resources()[name]
    kind = type(resource)
    assert kind.__init__ in {Resource.__init__, Nested.__init__}
    assert kind.__module__ == f"astro_provider.client.{name}"
    assert kind.segment
    assert kind.noun
    assert kind.__doc__
    if "list" in METHODS[name]:
        assert isinstance(resource, Collection | Nested)
        assert issubclass(kind.model, Item)
        assert kind.model.__module__ == f"astro_provider.models.{name}"


@pytest.mark.parametrize("name", METHODS)
def test_every_method_says_what_each_of_its_parameters_is(name):
    for method in public(resources()[name]).values():
        documented = inspect.getdoc(method) or ""
        for parameter in inspect.signature(method).parameters:
            assert f":param {parameter}:" in documented, f"{name}.{method.__name__}: {parameter}"


def with_ids():
    for name, resource in resources().items():
        for method_name, method in public(resource).items():
            for parameter in inspect.signature(method).parameters.values():
                # In a list's filters and in a body an id is a value, not a part of a path.
                is_filter = method_name == "list" and parameter.kind is inspect.Parameter.KEYWORD_ONLY
                is_value = f"{name}.{method_name}.{parameter.name}" in VALUES
                is_elsewhere = parameter.name == "workspace_id" and name != "workspaces"
                if parameter.name.endswith("_id") and not (is_filter or is_value or is_elsewhere):
                    yield pytest.param(name, method_name, parameter.name, id=f"{name}.{method_name}")


@pytest.mark.parametrize(("name", "method_name", "id_name"), list(with_ids()))
@pytest.mark.parametrize("bad", mostly_slow(BAD_IDS))
def test_an_id_that_would_change_the_path_is_refused_before_anything_is_sent(
    client, requests_mock, name, method_name, id_name, bad
):
    method = getattr(getattr(client, name), method_name)
    positional, named = [], {}
    for parameter in inspect.signature(method).parameters.values():
        value = bad if parameter.name == id_name else NEEDED.get(parameter.name, "clother")
        if parameter.name != id_name and parameter.default is not inspect.Parameter.empty:
            continue
        if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
            positional.append(value)
        else:
            named[parameter.name] = value
    if bad == "" and inspect.signature(method).parameters[id_name].default is None:
        pytest.skip("blank is not given")
    with pytest.raises(ConfigurationError, match="is not the id of"):
        method(*positional, **named)
    assert requests_mock.call_count == 0


@pytest.mark.parametrize("name", ["workspaces", "clusters"])
def test_a_name_that_several_have_is_an_error_that_lists_them(client, requests_mock, name):
    one = {"id": "cla", "name": "same", "type": "DEDICATED", "cloudProvider": "AWS", "region": "r"}
    one["createdAt"] = NOW.isoformat()
    found = {**listing(), name: [one, {**one, "id": "clb"}], "totalCount": 2}
    requests_mock.get(path(f"/{name}"), json=found)
    with pytest.raises(AmbiguousNameError, match=r"2 \w+ are named 'same': cla, clb\. Give the id\."):
        getattr(client, name).find("same")


def test_what_has_no_filter_for_names_is_compared_here(client, requests_mock):
    one = {"id": "cla", "name": "One"}
    requests_mock.get("https://api.example.com/v1/organizations", json={"organizations": [one], "totalCount": 1})
    assert client.organizations.find("One").id == "cla"
    assert client.organizations.find("Two") is None
    assert "names" not in requests_mock.last_request.qs
