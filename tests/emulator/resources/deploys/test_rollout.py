"""How deploys are rolled out: in order, lagging behind, and failing where that is ordered."""

from __future__ import annotations

from .conftest import DAG

NEW = {"dags/new.py": b"new"}


def seen(target):
    shown = target.get()
    return shown["status"], shown.get("dagTarballVersion"), shown.get("desiredDagTarballVersion")


def test_what_runs_lags_behind_what_is_desired(served):
    target = served(progress="reads:2")
    old = target.astro.add_deploy(target.id, DAG)
    old = target.deploy(old)["dagTarballVersion"]
    new = target.deploy_dags(NEW)["dagTarballVersion"]
    assert target.astro.dags(target.id) == DAG
    rolling, done = ("DEPLOYING", old, new), ("HEALTHY", new, new)
    assert [seen(target) for _ in range(4)] == [rolling, rolling, done, done]
    assert target.astro.dags(target.id) == NEW


def test_reading_the_deploy_counts_as_a_read(served):
    target = served(progress="reads:1")
    made = target.deploy_dags()
    target.deploy(made["id"])
    target.call("GET", f"{target.rest}/deploys")
    assert target.astro.dags(target.id) == DAG


def test_deploys_are_rolled_out_in_order(served):
    now = [1000.0]
    target = served(progress="seconds:5", clock=lambda: now[0])
    versions = [target.deploy_dags({f"dags/{n}.py": b""})["dagTarballVersion"] for n in range(3)]
    expected = {1004: None, 1005: versions[0], 1010: versions[1], 1014: versions[1], 1015: versions[2]}
    for now[0], version in expected.items():
        status = "HEALTHY" if now[0] == 1015 else "DEPLOYING"
        assert seen(target) == (status, version, versions[2])


def test_time_passes_without_reads(served):
    now = [1000.0]
    target = served(progress="seconds:5", clock=lambda: now[0])
    target.deploy_dags()
    assert target.astro.dags(target.id) == {}
    now[0] = 1005
    assert target.astro.dags(target.id) == DAG


def test_a_deploy_to_a_deployment_that_is_being_created_waits_its_turn(served):
    target = served(progress="reads:1")
    target.id = target.astro.add_deployment("young", status="CREATING")
    version = target.deploy_dags()["dagTarballVersion"]
    states = [seen(target)[:2] for _ in range(4)]
    assert states == [("CREATING", None), ("UNHEALTHY", None), ("DEPLOYING", None), ("HEALTHY", version)]


def test_an_update_meanwhile_does_not_lose_the_deploy(served, bodies):
    target = served(progress="reads:1")
    version = target.deploy_dags()["dagTarballVersion"]
    body = {k: v for k, v in bodies["STANDARD"].items() if k not in {"astroRuntimeVersion", "cloudProvider", "region"}}
    assert target.call("POST", target.rest, {**body, "name": "one"}).status_code == 200
    states = [seen(target)[:2] for _ in range(3)]
    assert states == [("DEPLOYING", None), ("DEPLOYING", version), ("HEALTHY", version)]


def test_a_deploy_fails_on_order_and_the_old_code_stays(target):
    version = target.deploy_dags()["dagTarballVersion"]
    target.astro.fail_deploys(target.id)
    failed = target.deploy_dags(NEW)
    assert failed["status"] == "FAILED"
    assert seen(target) == ("HEALTHY", version, version)
    assert target.astro.dags(target.id) == DAG
    assert target.deploy_dags(NEW)["status"] == "DEPLOYED"


def test_deployed_only_when_live(served):
    target = served(progress="reads:1", variants=["deployed-when-live"])
    made = target.deploy_dags()
    assert made["status"] == "INITIALIZED"
    assert [target.deploy(made["id"])["status"] for _ in range(2)] == ["INITIALIZED", "DEPLOYED"]
    target.astro.fail_deploys(target.id)
    failed = target.deploy_dags(NEW)
    behind = target.deploy_dags({"dags/third.py": b""})
    statuses = [target.deploy(failed["id"])["status"] for _ in range(2)]
    assert statuses == ["INITIALIZED", "FAILED"]
    assert target.get()["desiredDagTarballVersion"] == behind["dagTarballVersion"]
    assert target.deploy(behind["id"])["status"] == "DEPLOYED"


def test_a_failure_leaves_what_was_desired_before(served):
    target = served(progress="reads:1", variants=["deployed-when-live"])
    made = target.deploy_dags()
    target.get()
    target.get()
    target.astro.fail_deploys(target.id)
    target.deploy_dags(NEW)
    assert [seen(target) for _ in range(2)][-1] == ("HEALTHY", made["dagTarballVersion"], made["dagTarballVersion"])


def test_everything_is_there_after_a_restart(served, tmp_path):
    database = tmp_path / "astro.db"
    first = served(progress="reads:5", database=database)
    version = first.deploy_dags()["dagTarballVersion"]
    first.astro.stop()
    again = served(progress="immediately", database=database)
    again.id = first.id
    assert seen(again) == ("HEALTHY", version, version)
    assert again.astro.dags(first.id) == DAG
    again.astro.reset()
    assert list((tmp_path / "astro.db.uploads").iterdir()) == []


def test_a_deleted_deployment_leaves_neither_deploys_nor_uploads(served, tmp_path):
    target = served(progress="immediately", database=tmp_path / "astro.db")
    other = target.astro.add_deployment("other")
    target.astro.add_deploy(other)
    target.deploy_dags()
    target.deploy_bundle()
    target.call("DELETE", target.rest)
    assert [path.name for path in (tmp_path / "astro.db.uploads").iterdir()] == [other]
    assert [deploy["deploymentId"] for deploy in target.astro.store.all("deploy")] == [other]


def test_with_immediately_a_look_shows_the_deployed_code(target):
    for files in (DAG, NEW):
        version = target.deploy_dags(files)["dagTarballVersion"]
        (shown,) = target.astro.deployments
        assert (shown["status"], shown["dagTarballVersion"], shown["desiredDagTarballVersion"]) == (
            "HEALTHY",
            version,
            version,
        )
