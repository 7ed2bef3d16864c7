"""Custom roles, and ranges of IP addresses."""

from __future__ import annotations


def test_astros_own_roles_stand_beside_the_page(call, astro):
    astro.add_role("deployer", ["deployment.deploys.create"])
    plain = call("GET", "/roles").json()
    assert [role["name"] for role in plain["roles"]] == ["deployer"]
    assert "defaultRoles" not in plain
    page = call("GET", "/roles?includeDefaultRoles=true&scopeTypes=WORKSPACE&limit=1").json()
    assert (page["roles"], len(page["defaultRoles"])) == ([], 5)
    assert all(role["description"] for role in page["defaultRoles"])  # without it, Astro's CLI 1.45 crashes


def test_a_role_that_somebody_has_is_not_deleted(call, astro):
    role = astro.add_role("deployer")
    one = astro.add_deployment("one")
    astro.add_user("kim@example.com", deploymentRoles=[{"deploymentId": one, "role": "deployer"}])
    assert call("DELETE", f"/roles/{role}").status_code == 400
    assert call("DELETE", f"/deployments/{one}").status_code == 204
    assert call("DELETE", f"/roles/{role}").status_code == 204


def test_a_name_is_taken_once(call, astro):
    astro.add_role("deployer")
    body = {"scopeType": "DEPLOYMENT", "permissions": ["deployment.get"]}
    assert call("POST", "/roles", {**body, "name": "Deployer"}).status_code == 400
    assert call("POST", "/roles", {**body, "name": "DEPLOYMENT_ADMIN"}).status_code == 400
