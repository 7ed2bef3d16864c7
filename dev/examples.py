"""What each example DAG expects to find in the emulator."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from astro_provider.emulator import Emulator
    from dev.images import ImageRegistry

#: Names of the Deployments that the ephemeral example creates.
EPHEMERAL = "ephemeral-*"
SECRET = {"key": "WAREHOUSE_PASSWORD", "value": "of-the-source", "isSecret": True}
SCHEDULE = {"hibernateAtCron": "0 18 * * *", "wakeAtCron": "0 6 * * *", "isEnabled": True}
TOMORROW = (datetime.now(timezone.utc) + timedelta(days=1)).strftime("%Y-%m-%dT06:00:00Z")


#: For an Airflow that runs the examples only when they are triggered, never by their schedules.
BY_HAND = {"AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False"}


def stored_connection(astro: Emulator) -> dict[str, Any]:
    """Return the connection as ``airflow connections import`` accepts it: with an extra that is not empty.

    :param astro: The emulator.
    """
    return {**astro.connection(), "extra": {"organization_id": astro.organization_id}}


def deployment(astro: Emulator, name: str, workspace_id: str | None = None, **fields: Any) -> str:
    """Return the id of a Deployment; add it if no other example has done so.

    :param astro: The emulator.
    :param name: Its name.
    :param workspace_id: Its Workspace; default: ``Development``.
    :param fields: What ``add_deployment`` takes.
    """
    found = [each["id"] for each in astro.deployments if each["name"] == name]
    return found[0] if found else astro.add_deployment(name, workspace_id=workspace_id, **fields)


def user(astro: Emulator, address: str, **fields: Any) -> str:
    """Return the id of a user; add it if no other example has done so.

    :param astro: The emulator.
    :param address: The e-mail address.
    :param fields: What ``add_user`` takes.
    """
    found = [each["id"] for each in astro.store.all("user") if each["username"] == address]
    return found[0] if found else astro.add_user(address, **fields)


def team(astro: Emulator, name: str, members: Iterable[str], **fields: Any) -> None:
    """Add a Team if no other example has done so.

    :param astro: The emulator.
    :param name: Its name.
    :param members: Ids of users.
    :param fields: What ``add_team`` takes.
    """
    if all(each["name"] != name for each in astro.store.all("team")):
        astro.add_team(name, members, **fields)


def production(astro: Emulator) -> str:
    """Return the id of the Workspace ``Production``.

    :param astro: The emulator.
    """
    return next(str(w["id"]) for w in astro.store.all("workspace") if w["name"] == "Production")


def previews(astro: Emulator, matching: int = 3, others: int = 3) -> None:
    """Add old preview Deployments, and others that the teardown must not delete: new, protected or with other names.

    :param astro: The emulator.
    :param matching: How many Deployments the nightly teardown should find.
    :param others: How many others.
    """
    old = (datetime.now(timezone.utc) - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    for number in range(matching):
        deployment(astro, f"pr-{number + 1}", createdAt=old)
    kinds: list[tuple[str, dict[str, Any]]] = [("pr-young-{}", {}), ("pr-keep-{}", {"createdAt": old})]
    kinds.append(("team-{}", {"createdAt": old}))
    for number in range(others):
        name, fields = kinds[number % len(kinds)]
        deployment(astro, name.format(number + 1), **fields)


def office(astro: Emulator) -> None:
    """Add development Deployments, one of them excluded by its name, and one Deployment not in development mode.

    :param astro: The emulator.
    """
    for name in ("dev-anna", "dev-ben", "always-on-demo"):
        deployment(astro, name, isDevelopmentMode=True)
    deployment(astro, "reports")


def standby(astro: Emulator) -> None:
    """Add a standby that an override keeps hibernating until tomorrow.

    :param astro: The emulator.
    """
    override = {"isHibernating": True, "overrideUntil": TOMORROW}
    spec = {"hibernationSpec": {"schedules": [SCHEDULE], "override": override}}
    fields = {"isDevelopmentMode": True, "scalingSpec": spec, "status": "HIBERNATING"}
    deployment(astro, "standby", workspace_id=production(astro), **fields)


def reporting(astro: Emulator) -> str:
    """Add a Deployment with a secret, to be cloned; return its id.

    :param astro: The emulator.
    """
    plain = {"key": "GREETING", "value": "hello {{ braces }}", "isSecret": False}
    fields = {"environmentVariables": [SECRET, plain], "description": "The original", "schedulerSize": "MEDIUM"}
    return deployment(astro, "reporting", production(astro), astroRuntimeVersion="3.1-5", **fields)


def development(astro: Emulator) -> None:
    """Add a Deployment with a connection, a variable and a pool, to be copied.

    :param astro: The emulator.
    """
    if any(each["name"] == "development" for each in astro.deployments):
        return
    deployment_id = astro.add_deployment("development")
    fields = {"conn_type": "postgres", "host": "warehouse.example.com", "login": "etl", "password": "of-development"}
    astro.add_airflow_connection(deployment_id, "warehouse", **fields)
    astro.add_airflow_variable(deployment_id, "warehouse_tables", "orders customers")
    astro.add_airflow_pool(deployment_id, "warehouse", 2, "Queries at a time")


def target(astro: Emulator) -> None:
    """Add a Deployment that older DAGs run on.

    :param astro: The emulator.
    """
    astro.add_deploy(reporting(astro), {"dags/old_report.py": b""}, description="By hand")


def stages(astro: Emulator) -> None:
    """Add a Deployment for staging and one for production, without any code.

    :param astro: The emulator.
    """
    deployment(astro, "staging")
    deployment(astro, "production", workspace_id=production(astro))


def changes(astro: Emulator) -> None:
    """Add audit log records from two hours ago.

    :param astro: The emulator.
    """
    moment = (datetime.now(timezone.utc) - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    kinds = ("USER", "USER", "SERVICEKEY")
    astro.add_audit_records({"timestamp": moment, "subjectType": kind, "method": "POST"} for kind in kinds)


def neighbors(astro: Emulator) -> None:
    """Add Deployments that others depend on: one with a paused DAG, one whose DAG is running, one with an asset.

    :param astro: The emulator.
    """
    workspace = production(astro)
    sales, prices = (
        deployment(astro, name, workspace, astroRuntimeVersion=runtime)
        for name, runtime in (("sales", "3.1-5"), ("prices", "13.6.0"))
    )
    astro.add_dag(sales, "load", {"copy": [], "check": ["copy"]}, mapped={"copy": 3}, paused=True)
    astro.add_dag(prices, "import_prices", {"fetch": [], "checks.gaps": ["fetch"], "checks.outliers": ["fetch"]})
    astro.add_dag_run(prices, "import_prices", "scheduled__nightly")
    astro.add_asset(reporting(astro), "s3://lake/sales")


def expiring(astro: Emulator) -> None:
    """Add a token that is about to expire, and the connection that holds its value.

    :param astro: The emulator.
    """
    if any(each["name"] == "ci" for each in astro.store.all("api_token")):
        return
    workspace = production(astro)
    value = astro.issue_token("WORKSPACE_OPERATOR", workspace, expires_in=3 * 86400, name="ci")
    connection = {"type": "astro", "password": value}
    astro.add_environment_object("astro_ci", "CONNECTION", "WORKSPACE", workspace, connection=connection)


def analysts(astro: Emulator) -> None:
    """Add a Team.

    :param astro: The emulator.
    """
    team(astro, "Analysts", [user(astro, "anna@example.com")])


def leavers(astro: Emulator) -> None:
    """Add two users who leave: with roles, and in a Team of an identity provider and one of Astro's own.

    :param astro: The emulator.
    """
    roles = [{"workspaceId": production(astro), "role": "WORKSPACE_AUTHOR"}]
    anna = user(astro, "anna@example.com", workspaceRoles=roles)
    ben = user(astro, "ben@example.com", role="ORGANIZATION_BILLING_ADMIN")
    team(astro, "Analysts", [anna])
    team(astro, "Everybody", [anna, ben], isIdpManaged=True)


def people(astro: Emulator) -> None:
    """Add users, a Team and a token, of which some deserve a second look.

    :param astro: The emulator.
    """
    roles = [{"workspaceId": production(astro), "role": "WORKSPACE_OPERATOR"}]
    user(astro, "ben@example.com", status="PENDING")
    team(astro, "Analysts", [user(astro, "anna@example.com")], workspaceRoles=roles)
    expiring(astro)


def visitor(astro: Emulator) -> None:
    """Add a user who is let in for a while.

    :param astro: The emulator.
    """
    user(astro, "cleo@example.com")


#: What to add before an example runs.
PREPARE: dict[str, Callable[[Emulator], object]] = {
    "example_nightly_teardown": previews,
    "example_hibernate_outside_hours": office,
    "example_disaster_recovery": standby,
    "example_clone_deployment": reporting,
    "example_cross_deployment": neighbors,
    "example_deploy_dags": target,
    "example_promote": stages,
    "example_audit_logs": changes,
    "example_offboarding": leavers,
    "example_new_project": analysts,
    "example_access_review": people,
    "example_token_renewal": expiring,
    "example_temporary_access": visitor,
    "example_ephemeral_deployment": development,
}
#: The image that CI would have pushed: repository, tag and Astro Runtime version.
IMAGE = ("acme/astro", "1.2", "3.1-5")


def configuration(dag_id: str) -> dict[str, Any]:
    """Return what to start an example with.

    :param dag_id: The example.
    """
    confs: dict[str, dict[str, Any]] = {
        "example_branch_deployment": {"branch": "feature/x"},
        "example_deploy_dags": {"commit": "4f2a91c"},
        "example_promote": {"tag": IMAGE[1]},
    }
    return confs.get(dag_id, {})


def everything(astro: Emulator) -> None:
    """Add what all examples expect, each thing once.

    :param astro: The emulator.
    """
    for prepare in PREPARE.values():
        prepare(astro)


def image_variable(registry: ImageRegistry) -> dict[str, str]:
    """Return the Airflow variable that says where the image is, as an environment variable.

    :param registry: The registry that has the image.
    """
    return {"AIRFLOW_VAR_IMAGE_REPOSITORY": f"{registry.address}/{IMAGE[0]}"}


#: Examples whose pages show their task graph and log.
SHOWN = ("example_branch_deployment", *PREPARE)
