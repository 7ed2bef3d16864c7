"""The other example DAGs through ``dag.test()``, each against what it expects to find."""

from __future__ import annotations

import json
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dev.examples import IMAGE, configuration, image_variable
from dev.programs import REGISTRY, executable
from dev.registry import LocalRegistry

from .conftest import ROOT

TEARDOWN = "example_nightly_teardown"
BRANCH = "example_branch_deployment"
DEPLOY = "example_deploy_dags"
PROMOTE = "example_promote"
ACCESS = "example_temporary_access"
PROJECT, OFFBOARDING = "example_new_project", "example_offboarding"
RENEWAL, REVIEW = "example_token_renewal", "example_access_review"
needs_registry = pytest.mark.skipif(executable(REGISTRY) is None, reason="there is no docker-registry")
DOCS = ROOT / "docs"


def typed(page: str) -> str:
    """The command by which a page adds what its example needs to a running emulator."""
    (command,) = re.findall(
        r"^```console\n(curl [^`]*_emulator/deployments(?!/)[^`]*)^```$", (DOCS / page).read_text(), re.MULTILINE
    )
    return command


STEPS = {
    "teardown": {"dag": TEARDOWN},
    "teardown again": {"dag": TEARDOWN},
    "teardown with a wrong pattern": {"dag": TEARDOWN, "conf": {"name_pattern": "*", "max_results": 0}},
    "branch": {"dag": BRANCH, "conf": {"branch": "feature/x"}},
    "other branch": {"dag": BRANCH, "conf": {"branch": "fix/x"}},
    "branch again": {"dag": BRANCH, "conf": {"branch": "feature/x"}},
    "branch closed": {"dag": BRANCH, "conf": {"branch": "fix/x", "closed": True}},
    "hibernate": {"dag": "example_hibernate_outside_hours"},
    "recovery": {"dag": "example_disaster_recovery"},
    "clone": {"dag": "example_clone_deployment"},
    "cross": {"dag": "example_cross_deployment"},
    "recovery as typed": {"dag": "example_disaster_recovery", "typed": typed("disaster-recovery.md")},
    "clone as typed": {"dag": "example_clone_deployment", "typed": typed("cloning.md")},
    "deploy": {"dag": DEPLOY, "conf": {"commit": "4f2a91c"}},
    "deploy again": {"dag": DEPLOY, "conf": {"commit": "5b3c02d"}},
    "deploy as typed": {"dag": DEPLOY, "typed": typed("deploying.md")},
    "promote": {"dag": PROMOTE},
    "promote again": {"dag": PROMOTE},
    "promote as typed": {"dag": PROMOTE, "typed": typed("promoting.md")},
    "promote what fails": {"dag": PROMOTE, "progress": "reads:1", "arguments": {"check": {"timeout": 0.01}}},
    "new project": {"dag": PROJECT},
    "new project again": {"dag": PROJECT},
    "offboarding": {"dag": OFFBOARDING},
    "offboarding again": {"dag": OFFBOARDING},
    "temporary access": {"dag": ACCESS},
    "temporary access, failed work": {"dag": ACCESS, "arguments": {"work": {"op_args": ["one too many"]}}},
    "temporary access, failed revoke": {
        "dag": ACCESS,
        "arguments": {"work": {"op_args": []}, "revoke": {"astro_conn_id": "none"}},
    },
    "renewal": {"dag": RENEWAL},
    "renewal again": {"dag": RENEWAL},
    "review": {"dag": REVIEW},
    "review that fails": {"dag": REVIEW, "arguments": {"report": {"fail_on": ["pending"]}}},
    # Each status shows in so many reads that the wait is over before the next one comes.
    "create times out": {
        "dag": "example_ephemeral_deployment",
        "progress": "reads:20",
        "arguments": {"create_deployment": {"timeout": 0.2}},
    },
    "wake-up times out": {
        "dag": "example_disaster_recovery",
        "progress": "reads:20",
        "arguments": {"wake_up": {"timeout": 0.2}},
    },
}


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """The runs; those that need an image registry are left out where there is none."""
    if executable(REGISTRY) is None:
        yield {name: step for name, step in STEPS.items() if step["dag"] != PROMOTE}
        return
    with LocalRegistry(tmp_path_factory.mktemp("registry")) as registry:
        registry.push(*IMAGE)
        more = {"registry": registry.address, "variables": image_variable(registry), "conf": configuration(PROMOTE)}
        yield {name: step | (more if step["dag"] == PROMOTE else {}) for name, step in STEPS.items()}


@pytest.fixture(scope="module")
def runs(airflow_db, forks, steps):
    done = forks.run("tests.integration.run_examples", stdin=json.dumps(list(steps.values())))
    lines = [line.removeprefix("RESULT ") for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert done.returncode == 0, done.stderr[-4000:]
    return dict(zip(steps, map(json.loads, lines), strict=True))


def test_the_teardown_deletes_what_matches_and_nothing_else(runs):
    run = runs["teardown"]
    assert run["state"] == "success"
    assert run["tasks"]["delete_deployment"] == ["success"] * 3
    assert set(run["deployments"]) == {"pr-young-1", "pr-keep-2", "team-3"}


def test_a_second_teardown_is_a_clean_no_op(runs):
    run = runs["teardown again"]
    assert (run["state"], run["calls"]) == ("success", [])
    assert run["tasks"]["summarize"] == ["success"]


def test_a_wrong_pattern_deletes_nothing_and_fails_the_run(runs):
    run = runs["teardown with a wrong pattern"]
    assert (run["state"], run["calls"]) == ("failed", [])
    assert (run["tasks"]["list_deployments"], run["tasks"]["summarize"]) == (["failed"], ["failed"])
    assert set(run["deployments"]) == {"pr-young-1", "pr-keep-2", "team-3"}


def test_each_branch_has_a_deployment_of_its_own(runs):
    assert set(runs["branch"]["deployments"]) == {"branch-feature-x-217d2bf5"}
    assert set(runs["other branch"]["deployments"]) == {"branch-feature-x-217d2bf5", "branch-fix-x-75f5c71c"}
    assert runs["other branch"]["deployments"]["branch-fix-x-75f5c71c"]["description"] == "Branch fix/x"


def test_an_open_branch_is_updated_and_a_closed_one_deleted(runs):
    before, after = runs["branch"]["deployments"], runs["branch again"]["deployments"]
    assert after["branch-feature-x-217d2bf5"]["id"] == before["branch-feature-x-217d2bf5"]["id"]
    assert set(runs["branch closed"]["deployments"]) == {"branch-feature-x-217d2bf5"}
    assert {run["state"] for name, run in runs.items() if "branch" in name} == {"success"}


def test_development_deployments_sleep_until_the_next_working_morning(runs):
    run = runs["hibernate"]
    statuses = {name: deployment["status"] for name, deployment in run["deployments"].items()}
    asleep = {"dev-anna": "HIBERNATING", "dev-ben": "HIBERNATING"}
    assert statuses == {**asleep, "always-on-demo": "HEALTHY", "reports": "HEALTHY"}
    until = run["deployments"]["dev-anna"]["scalingSpec"]["hibernationSpec"]["override"]["overrideUntil"]
    morning = datetime.fromisoformat(until.replace("Z", "+00:00")).astimezone(ZoneInfo("Europe/Berlin"))
    assert (morning.hour, morning.minute) == (7, 0)
    assert morning.isoweekday() <= 5


@pytest.mark.parametrize("name", ["recovery as typed", "clone as typed"])
def test_an_example_finds_what_its_page_adds(runs, name):
    assert runs[name]["state"] == "success"
    kept = {"standby": "HIBERNATING", "reporting": "HEALTHY", "reporting-copy": "HEALTHY"}
    deployments = runs[name]["deployments"]
    assert {key: deployment["status"] for key, deployment in deployments.items()}.items() <= kept.items()
    assert len(deployments) == (1 if "standby" in deployments else 2)


def test_the_page_on_the_emulator_adds_a_deployment_as_the_example_does():
    assert typed("emulator.md") == typed("cloning.md")


def override_of(run):
    override = run["deployments"]["standby"]["scalingSpec"]["hibernationSpec"]["override"]
    return override["isHibernating"], override["overrideUntil"]


def test_the_standby_is_left_as_it_was_found(runs):
    run = runs["recovery"]
    assert run["state"] == "success"
    assert run["calls"] == ["POST hibernation-override"] * 2
    standby = run["deployments"]["standby"]
    assert standby["status"] == "HIBERNATING"
    spec = standby["scalingSpec"]["hibernationSpec"]
    assert (spec["override"]["isHibernating"], len(spec["schedules"])) == (True, 1)
    assert spec["override"]["overrideUntil"].endswith("T06:00:00Z")


def test_a_create_that_times_out_leaves_nothing_and_fails_the_run(runs):
    run = runs["create times out"]
    assert run["tasks"]["create_deployment"] == ["failed"]
    assert run["tasks"]["run_tests"] == ["upstream_failed"]
    assert run["tasks"]["delete_deployment"] == ["success"]
    assert (run["state"], list(run["deployments"])) == ("failed", ["development"])  # which the example only reads
    assert [call.split()[0] for call in run["calls"]] == ["POST", "DELETE"]


def test_a_wake_up_that_times_out_is_undone_and_fails_the_run(runs):
    run = runs["wake-up times out"]
    states = {task_id: run["tasks"][task_id] for task_id in ("wake_up", "work", "restore")}
    assert states == {"wake_up": ["failed"], "work": ["upstream_failed"], "restore": ["success"]}
    assert run["state"] == "failed"
    standby = run["deployments"]["standby"]
    assert standby["status"] == "HIBERNATING"
    assert override_of(run) == override_of(runs["recovery"])


def test_the_clone_has_the_settings_of_the_original_and_its_own_secret(runs):
    run = runs["clone"]
    assert run["state"] == "success"
    original, clone = run["deployments"]["reporting"], run["deployments"]["reporting-copy"]
    assert clone["schedulerSize"] == "MEDIUM"
    assert (original["workspaceName"], clone["workspaceName"]) == ("Production", "Development")
    values = {entry["key"]: entry.get("value") for entry in clone["environmentVariables"]}
    assert values == {"GREETING": "hello {{ braces }}", "WAREHOUSE_PASSWORD": None}
    assert clone["description"] == "Copy of reporting"


def test_a_deploy_replaces_the_dags(runs):
    run = runs["deploy"]
    assert run["state"] == "success"
    assert run["code"] == {"reporting": ["dags/daily_report.py"]}
    newest = run["deploys"]["reporting"][-1]
    assert (newest["type"], newest["status"]) == ("DAG_ONLY", "DEPLOYED")
    assert newest["description"].startswith("Commit 4f2a91c [dags sha256:")


def test_a_second_deploy_of_the_same_files_sends_nothing(runs):
    run = runs["deploy again"]
    assert (run["state"], run["calls"]) == ("success", [])


@needs_registry
def test_production_gets_what_staging_has_run(runs):
    run = runs["promote"]
    assert run["state"] == "success"
    assert run["code"] == {name: ["dags/daily_report.py"] for name in ("staging", "production")}
    (staging,), (production,) = run["deploys"]["staging"], run["deploys"]["production"]
    assert staging["type"] == production["type"] == "IMAGE_AND_DAG"
    markers = [re.findall(r"sha256:[0-9a-f]+", deploy["description"]) for deploy in (staging, production)]
    assert len(markers[0]) == 2
    assert markers[0] == markers[1]


def test_a_deploy_finds_what_its_page_adds(runs):
    assert runs["deploy as typed"]["code"] == {"reporting": ["dags/daily_report.py"]}


@needs_registry
def test_promoting_finds_what_its_page_adds(runs):
    assert set(runs["promote as typed"]["code"]) == {"staging", "production"}
    assert runs["promote as typed"]["state"] == "success"


@needs_registry
def test_promoting_again_deploys_nothing(runs):
    assert runs["promote again"]["state"] == "success"
    assert [call for call in runs["promote again"]["calls"] if "deploys" in call or "finalize" in call] == []


@needs_registry
def test_production_stays_as_it_is_if_the_check_does_not_succeed(runs):
    run = runs["promote what fails"]
    assert run["state"] == "failed"
    assert run["deploys"]["production"] == []


def test_a_dag_that_depends_on_other_deployments_runs_one_there_waits_for_another_and_tells_a_third(runs):
    run = runs["cross"]
    assert run["state"] == "success"
    assert run["tasks"] == {
        "load_sales": ["success"],
        "prices_are_checked": ["success"],
        "tell_reporting": ["success"],
    }


def test_a_new_project_has_a_workspace_access_a_token_and_a_deployment(runs):
    run = runs["new project"]
    assert run["state"] == "success"
    assert run["deployments"]["shop-development"]["workspaceName"] == "shop"
    assert {"POST workspaces", "POST deployments", "POST roles", "POST tokens"} <= set(run["calls"])


def test_whoever_leaves_loses_roles_and_teams(runs):
    run = runs["offboarding"]
    assert run["state"] == "success"
    # Two users' roles, and the only Team that no identity provider manages.
    assert [call.split()[0] for call in run["calls"]] == ["POST", "POST", "DELETE"]


def test_temporary_access_is_given_and_taken(runs):
    run = runs["temporary access"]
    assert (run["state"], run["calls"]) == ("success", ["POST roles"] * 2)
    assert run["tasks"] == {task: ["success"] for task in ("grant", "work", "done", "revoke")}


def test_temporary_access_fails_with_its_work_and_with_its_revoke(runs):
    run = runs["temporary access, failed work"]
    assert (run["state"], run["calls"]) == ("failed", ["POST roles"] * 2)
    assert (run["tasks"]["revoke"], run["tasks"]["done"]) == (["success"], ["upstream_failed"])
    run = runs["temporary access, failed revoke"]
    assert (run["state"], run["calls"]) == ("failed", ["POST roles"])
    assert (run["tasks"]["revoke"], run["tasks"]["done"]) == (["failed"], ["success"])


def test_a_token_is_renewed_and_another_one_created(runs):
    run = runs["renewal"]
    assert run["state"] == "success"
    assert run["calls"].count("POST tokens") == 2
    assert not [call for call in run["calls"] if call.startswith("DELETE")]


@pytest.mark.parametrize("name", ["new project", "offboarding", "renewal"])
def test_a_second_run_about_access_changes_nothing(runs, name):
    assert (runs[f"{name} again"]["state"], runs[f"{name} again"]["calls"]) == ("success", [])


def test_a_report_with_findings_is_delivered_and_the_run_is_red(runs):
    assert runs["review"]["tasks"] == {"report": ["success"], "mail": ["success"]}
    assert runs["review that fails"]["tasks"] == {"report": ["failed"], "mail": ["success"]}
    assert [runs[name]["state"] for name in ("review", "review that fails")] == ["success", "failed"]
    assert runs["review"]["calls"] == []
