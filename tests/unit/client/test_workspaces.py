"""Workspaces, custom roles and ranges of IP addresses: made once, changed, deleted."""

from __future__ import annotations

import pytest

from astro_provider.errors import BadRequestError, NotFoundError


def test_a_lost_create_makes_one_workspace(astro, emulated, sent):
    astro.add_workspace("New", createdAt="2020-01-01T00:00:00Z")
    astro.fault("POST", "/organizations/*/workspaces", drop="after")
    made = emulated.workspaces.create({"name": "New"})
    assert len(emulated.workspaces.list(names=["New"])) == 2
    assert (made.created_at.year > 2020, sent()) == (True, ["POST /workspaces"])


def test_a_workspace_is_changed_and_deleted(emulated, sent):
    made = emulated.workspaces.create({"name": "New"})
    body = {"name": "Newer", "description": "d", "cicdEnforcedDefault": True}
    assert emulated.workspaces.update(made.id, body).cicd_enforced_default is True
    emulated.workspaces.delete(made.id)
    with pytest.raises(NotFoundError):
        emulated.workspaces.delete(made.id)


def test_one_that_has_deployments_is_not_deleted(astro, emulated):
    astro.add_deployment("one")
    with pytest.raises(BadRequestError, match="Deployments"):
        emulated.workspaces.delete(astro.workspace_id)


def test_a_custom_role_lives(astro, emulated):
    astro.fault("POST", "/organizations/*/roles", drop="after")
    body = {"name": "deployer", "scopeType": "DEPLOYMENT", "permissions": ["deployment.get"]}
    role = emulated.roles.create(body)
    assert emulated.roles.find("deployer").id == role.id
    changed = emulated.roles.update(role.id, {"name": "reader", "permissions": ["deployment.get"]})
    assert (changed.name, changed.permissions) == ("reader", ("deployment.get",))
    assert "WORKSPACE_OWNER" in [each.name for each in emulated.roles.defaults()]
    emulated.roles.delete(role.id)
    assert emulated.roles.list() == []


def test_a_range_is_allowed_once(astro, emulated):
    astro.fault("POST", "/organizations/*/allowed-ip-address-ranges", drop="after")
    made = emulated.allowed_ip_ranges.create("127.0.0.0/8")
    assert [each.id for each in emulated.allowed_ip_ranges.list()] == [made.id]
    assert emulated.allowed_ip_ranges.get(made.id) == made
    emulated.allowed_ip_ranges.delete(made.id)
    with pytest.raises(NotFoundError):
        emulated.allowed_ip_ranges.get(made.id)
