"""The access report: every role with its origin, whole or not at all, and never short without saying so."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.operators.access import ExportAccessReportOperator

MEMBER, OWNER = "ORGANIZATION_MEMBER", "ORGANIZATION_OWNER"


@pytest.fixture
def report(runner, tmp_path):
    def report(**more):
        return runner.run(ExportAccessReportOperator, **{"output_path": str(tmp_path / "access.csv"), **more})

    return report


@pytest.fixture
def people(astro):
    """Kim works through a Team, Lee by a role of their own."""
    kim = astro.add_user("kim@example.com")
    one = astro.add_deployment("one")
    place = {"workspaceId": astro.workspace_id}
    astro.add_user(
        "lee@example.com",
        workspaceRoles=[{**place, "role": "WORKSPACE_AUTHOR"}],
        deploymentRoles=[{"deploymentId": one, "role": "DEPLOYMENT_ADMIN"}],
        dagRoles=[{"deploymentId": one, "dagId": "etl", "role": "DAG_VIEWER"}],
    )
    astro.add_team("data", [kim], workspaceRoles=[{**place, "role": "WORKSPACE_OPERATOR"}])


def read(path):
    with Path(path).open(newline="") as file:
        return list(csv.DictReader(file))


def roles_of(rows, subject):
    return {(row["place"], row["role"], row["origin"]) for row in rows if row["subject"] == subject}


def test_each_role_has_a_row_with_its_origin(astro, report, people):
    result = report(include=["users"])
    rows = read(result["path"])
    assert roles_of(rows, "kim@example.com") == {
        ("Example Organization", MEMBER, "direct"),
        ("Example Organization", MEMBER, "Team data"),
        ("Development", "WORKSPACE_OPERATOR", "Team data"),
    }
    assert roles_of(rows, "lee@example.com") == {
        ("Example Organization", MEMBER, "direct"),
        ("Development", "WORKSPACE_AUTHOR", "direct"),
        ("one", "DEPLOYMENT_ADMIN", "direct"),
        ("one: DAG etl", "DAG_VIEWER", "direct"),
    }
    assert roles_of(rows, "owner@example.com") == {
        ("Example Organization", OWNER, "direct"),
        ("Development", "WORKSPACE_OWNER", "inherited"),
        ("Production", "WORKSPACE_OWNER", "inherited"),
    }
    assert result["rows"] == len(rows)
    assert result["sha256"] == hashlib.sha256(Path(result["path"]).read_bytes()).hexdigest()


def test_a_team_that_owns_the_organization_hands_it_on(astro, report):
    astro.add_team("owners", [astro.add_user("kim@example.com")], OWNER)
    rows = read(report(include=["users"])["path"])
    assert ("Production", "WORKSPACE_OWNER", "Team owners, inherited") in roles_of(rows, "kim@example.com")


def test_one_workspace_has_what_reaches_it(astro, report, people):
    astro.add_user("far@example.com")
    rows = read(report(workspace="Development")["path"])
    assert {row["place"] for row in rows} == {"Development", "one", "one: DAG etl"}
    people_ = {row["subject"] for row in rows if row["subject_type"] == "user"}
    assert people_ == {"kim@example.com", "lee@example.com", "owner@example.com"}


def test_what_is_found_elsewhere_does_not_fail_the_report_on_one_workspace(astro, runner, report, people):
    production = next(each["id"] for each in astro.store.all("workspace") if each["name"] == "Production")
    astro.issue_token("WORKSPACE_MEMBER", production, name="over", expires_in=-60)
    astro.add_user("new@example.com", status="PENDING")
    result = report(workspace="Development", fail_on=["expired", "pending"])
    assert result["findings"] == {"never_expires": 1}  # the Owner's token reaches every Workspace
    with pytest.raises(AirflowFailException, match="expired: over"):
        report(workspace="Production", fail_on=["expired", "pending"])


def test_a_workspace_that_there_is_not_fails_the_task(astro, report):
    with pytest.raises(AirflowFailException, match="clnothere000000000000000x"):
        report(workspace="clnothere000000000000000x")


def test_an_organization_that_the_token_may_not_see_has_no_name(astro, report):
    astro.fault("GET", "/organizations", status=403)  # the list is for a person's own token
    assert ("Example Organization", OWNER, "direct") in roles_of(read(report()["path"]), "owner@example.com")
    astro.fault("GET", "/organizations/*", status=403)
    assert ("", OWNER, "direct") in roles_of(read(report()["path"]), "owner@example.com")


def test_roles_that_a_list_leaves_out_are_read_one_by_one(astro, report, people):
    astro.issue_token("WORKSPACE_MEMBER", name="ci")
    whole = report()
    for kind in ("users", "teams", "tokens"):
        bare = [{k: v for k, v in each.items() if "ole" not in k} for each in shown(astro, kind)]
        astro.fault("GET", f"/organizations/*/{kind}", status=200, body={kind: bare, "totalCount": len(bare)})
    again = report(output_path=whole["path"] + ".again")
    before, after = read(whole["path"]), read(again["path"])
    assert len(before) == len(after)
    for subject in ("lee@example.com", "data", "ci"):
        assert roles_of(after, subject) == roles_of(before, subject) != set()


def shown(astro, kind):
    return {"users": astro.users, "teams": astro.teams, "tokens": astro.api_tokens}[kind]


def test_two_roles_for_one_place_are_two_rows(astro, report):
    roles = [{"workspaceId": astro.workspace_id, "role": f"WORKSPACE_{name}"} for name in ("AUTHOR", "MEMBER")]
    astro.add_user("kim@example.com", workspaceRoles=roles)
    found = roles_of(read(report()["path"]), "kim@example.com")
    assert {role for place, role, _ in found if place == "Development"} == {"WORKSPACE_AUTHOR", "WORKSPACE_MEMBER"}


def test_lines_of_json_have_the_same_columns(astro, report, people, tmp_path):
    result = report(output_format="jsonl", output_path=f"{tmp_path}/out/")
    assert Path(result["path"]).name.startswith(f"access_{astro.organization_id}_")
    lines = [json.loads(line) for line in Path(result["path"]).read_text().splitlines()]
    assert {line["subject_type"] for line in lines} == {"user", "team", "api_token"}
    assert lines[0].keys() == read(report()["path"])[0].keys()


def test_findings_are_counted_named_and_may_fail_the_task(astro, runner, report, caplog):
    caplog.set_level("INFO")
    astro.issue_token("WORKSPACE_MEMBER", name="soon", expires_in=86400)
    astro.issue_token("WORKSPACE_MEMBER", name="over", expires_in=-60)
    astro.add_user("new@example.com", status="PENDING")
    result = report()
    assert result["findings"] == {"expired": 1, "expiring": 1, "never_expires": 1, "pending": 1}
    assert runner.ti.xcoms["findings"]["pending"] == ["new@example.com"]
    assert "expiring: soon (" in caplog.text
    with pytest.raises(AirflowFailException, match=r"findings that are in fail_on: expired: over \(\w+\)") as caught:
        report(fail_on=["expired", "banned"], output_path=result["path"] + ".again")
    assert "pending" not in str(caught.value)
    assert len(read(runner.ti.xcoms["path"])) == result["rows"]  # for the task that mails it all the same


def test_a_token_that_is_not_an_owners_fails_the_task(astro, runner, report, monkeypatch, people):
    for role in (MEMBER, "WORKSPACE_OWNER"):
        connection = {**astro.connection(), "password": astro.issue_token(role)}
        monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(connection))
        known = role if role == MEMBER else "not known"
        with pytest.raises(AirflowFailException, match=f"needs an Organization token .* token is {known}") as caught:
            report()
        assert "only a part" in str(caught.value)
    assert not [path for path in Path(runner.dag_folder).iterdir() if path.name.startswith("access")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fail_on": ["expring"]}, "fail_on contains 'expring'; allowed: .* Did you mean 'expiring'"),
        ({"include": ["tokens"]}, "include contains 'tokens'; allowed: .* Did you mean 'api_tokens'"),
        ({"include": []}, "include is empty"),
        (
            {"include": ["users"], "fail_on": ["expired"]},
            "fail_on contains 'expired', which applies to api_tokens, but include does not contain 'api_tokens'",
        ),
        ({"include": ["teams"], "fail_on": ["banned"]}, "fail_on contains 'banned', which applies to users"),
    ],
)
def test_wrong_words_are_refused_before_anything_is_sent(astro, report, arguments, message):
    with pytest.raises((AirflowFailException, ValueError), match=message):
        report(**arguments)
    assert astro.requests == []


def test_wrong_times_show_when_the_dag_is_parsed():
    for name in ("expiring_within", "unused_for"):
        with pytest.raises(ValueError, match=name):
            ExportAccessReportOperator(task_id="report", output_path="x", **{name: timedelta(days=-1)})


def test_a_failed_read_leaves_the_earlier_report_as_it_was(astro, report, tmp_path):
    (tmp_path / "access.csv").write_text("before")
    astro.fault("GET", "/organizations/*/tokens", status=500, times=20)
    with pytest.raises(Exception, match="500"):
        report()
    assert (tmp_path / "access.csv").read_text() == "before"


def test_a_team_that_vanishes_meanwhile_has_no_members(astro, report, people):
    astro.fault("GET", "/organizations/*/teams/*/members", status=404, body={"message": "gone"})
    assert "Team data" not in {row["origin"] for row in read(report(include=["users"])["path"])}


def test_no_value_of_a_token_is_in_the_report(astro, report, caplog):
    value = astro.issue_token("WORKSPACE_MEMBER")
    result = report()
    assert value not in Path(result["path"]).read_text() + caplog.text + json.dumps(result)
