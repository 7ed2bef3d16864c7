"""Listing: what matches, what is said about the rest, and when a list is refused."""

from __future__ import annotations

import json
import logging
import re
from datetime import datetime, timedelta, timezone

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.operators.deployment import DeleteDeploymentOperator, ListDeploymentsOperator
from tests.unit.running import Returned


def ago(**units) -> str:
    return (datetime.now(timezone.utc) - timedelta(**units)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.fixture
def ids(astro, caplog):
    """Deployments by name, made in another order than that of their names."""
    caplog.set_level(logging.INFO)
    made = {
        "pr-9": astro.add_deployment("pr-9", createdAt=ago(days=3, minutes=5), isDevelopmentMode=True),
        "pr-10": astro.add_deployment("pr-10", createdAt=ago(days=1, minutes=5), isDevelopmentMode=True),
        "PR-11": astro.add_deployment("PR-11", createdAt=ago(days=3)),
        "pr-keep": astro.add_deployment("pr-keep", createdAt=ago(days=9), status="UNHEALTHY"),
        "production": astro.add_deployment("production", createdAt=ago(days=900)),
    }
    other = astro.add_workspace("Other")
    return {**made, "pr-elsewhere": astro.add_deployment("pr-elsewhere", workspace_id=other, createdAt=ago(days=3))}


def run(runner, **arguments):
    return runner.run(ListDeploymentsOperator, **arguments)


def names(runner, ids, **arguments):
    found = run(runner, **arguments)
    by_id = {deployment_id: name for name, deployment_id in ids.items()}
    assert runner.ti.xcoms["deployment_names"] == [by_id[deployment_id] for deployment_id in found]
    return [by_id[deployment_id] for deployment_id in found]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, ["PR-11", "pr-10", "pr-9", "pr-elsewhere", "pr-keep", "production"]),
        ({"workspace": "Other"}, ["pr-elsewhere"]),
        ({"name_pattern": "pr-*", "workspace": "Development"}, ["pr-10", "pr-9", "pr-keep"]),
        ({"name_pattern": "pr-{{ params.who[:0] }}?"}, ["pr-9"]),
        ({"name_pattern": "pr-*", "older_than": timedelta(days=2)}, ["pr-9", "pr-elsewhere", "pr-keep"]),
        ({"name_pattern": "pr-*", "older_than": "{{ '48h' }}"}, ["pr-9", "pr-elsewhere", "pr-keep"]),
        ({"name_pattern": "pr-*", "newer_than": "2d"}, ["pr-10"]),
        ({"name_pattern": "pr-*", "older_than": "1h", "newer_than": timedelta(days=2)}, ["pr-10"]),
        ({"name_pattern": "pr-*", "exclude": ["pr-k*", "pr-10"]}, ["pr-9", "pr-elsewhere"]),
        ({"name_pattern": "pr-*", "exclude": "pr-elsewhere"}, ["pr-10", "pr-9", "pr-keep"]),
        ({"statuses": ["unhealthy"]}, ["pr-keep"]),
        ({"development_only": True}, ["pr-10", "pr-9"]),
        ({"development_only": "False", "name_pattern": "prod*"}, ["production"]),
        ({"development_only": False, "name_pattern": "pr-*"}, ["pr-10", "pr-9", "pr-elsewhere", "pr-keep"]),
        ({"exclude_development": True}, ["PR-11", "pr-elsewhere", "pr-keep", "production"]),
        ({"exclude_development": "{{ 1 < 2 }}", "name_pattern": "pr-*"}, ["pr-elsewhere", "pr-keep"]),
        (
            {"name_pattern": "Pr-?*", "ignore_case": True, "workspace": "Development"},
            ["PR-11", "pr-10", "pr-9", "pr-keep"],
        ),
        ({"name_pattern": "PR-*", "ignore_case": "false"}, ["PR-11"]),
        ({"exclude": ["pr-*", "PRODUCTION"], "ignore_case": True}, []),
        ({"exclude": ["pr-*", "PRODUCTION"]}, ["PR-11", "production"]),
        ({"name_pattern": "nothing-*"}, []),
        ({"max_results": 6}, ["PR-11", "pr-10", "pr-9", "pr-elsewhere", "pr-keep", "production"]),
    ],
)
def test_all_filters_have_to_be_met(runner, ids, arguments, expected):
    assert names(runner, ids, **arguments) == expected


def test_an_exclusion_may_be_an_id(runner, ids):
    assert names(runner, ids, name_pattern="pr-*", workspace="Development", exclude=[ids["pr-9"]]) == [
        "pr-10",
        "pr-keep",
    ]


def test_the_log_says_what_matched_and_why_the_others_did_not(runner, ids, caplog):
    run(runner, name_pattern="pr-*", older_than=timedelta(days=2), exclude=["pr-keep"], development_only=True)
    lines = caplog.text.splitlines()

    def line(name):
        return next(line for line in lines if line.startswith(f"{name} "))

    assert "1 of 6 Deployments in the Organization match" in caplog.text
    for part in (ids["pr-9"], "Development", "HEALTHY", "3 d 0 h", "emulator"):
        assert part in line("pr-9")
    assert "only 1 d 0 h old" in line("pr-10")
    assert "excluded by 'pr-keep'" in line("pr-keep")
    assert "not in development mode" in line("pr-elsewhere")
    assert "only if case is ignored" in line("PR-11")
    assert "whose names do not match 'pr-*': 1." in caplog.text
    assert "production " not in caplog.text


def test_no_age_is_below_zero_where_clocks_differ(runner, astro, caplog):
    astro.add_deployment("pr-1", createdAt=ago(seconds=-2))
    with caplog.at_level(logging.INFO):
        runner.run(ListDeploymentsOperator, name_pattern="pr-*")
    assert re.search(r"^pr-1 .*  0 min ", caplog.text, re.MULTILINE)


def test_each_one_comes_with_the_arguments_that_name_it(astro, runner, ids):
    found = run(runner, name_pattern="pr-[9e]*", result="records")
    development, other = (
        next(d["workspaceId"] for d in astro.deployments if d["name"] == n) for n in ("pr-9", "pr-elsewhere")
    )
    records = runner.ti.xcoms["deployments"]
    assert found == records
    assert records == [
        {"deployment_id": ids["pr-9"], "deployment_name": "pr-9", "workspace": development},
        {"deployment_id": ids["pr-elsewhere"], "deployment_name": "pr-elsewhere", "workspace": other},
    ]
    for record in records:
        assert runner.run(DeleteDeploymentOperator, **record) == record["deployment_id"]
    # As .expand(deployment_id=...) would pass it.
    with pytest.raises(AirflowFailException, match=r"^deployment_id .* is expected\. .* use \.expand_kwargs\("):
        runner.run(DeleteDeploymentOperator, deployment_id=Returned(records[0]))


def test_another_result_is_refused_where_the_dag_is_read():
    with pytest.raises(ValueError, match=r"result='record' is not valid.*Did you mean 'records'"):
        ListDeploymentsOperator(task_id="list", result="record")


def test_why_one_was_left_out_for_its_development_mode(runner, ids, caplog):
    run(runner, name_pattern="pr-*", exclude_development=True)
    assert re.search(r"^pr-9 .* in development mode$", caplog.text, re.MULTILINE)


def test_an_exclusion_that_protects_nothing_is_said_so(runner, ids, caplog):
    run(runner, exclude=["prodution"])
    assert "no Deployment matches 'prodution'. Did you mean 'production'?" in caplog.text


@pytest.mark.parametrize("gone", ["pr-demo", "prodution"])
def test_an_exception_for_what_is_not_there_today_is_not_a_misspelling(runner, ids, caplog, gone):
    run(runner, exclude=["production", gone])
    assert f"no Deployment matches '{gone}'.\n" in caplog.text
    assert "Did you mean" not in caplog.text


def test_more_than_a_person_expected_is_a_failure(runner, ids, caplog):
    with pytest.raises(AirflowFailException, match="6 Deployments match, more than max_results=5"):
        run(runner, max_results=5)
    assert "production" in caplog.text
    assert runner.ti.xcoms == {}


@pytest.mark.parametrize("allow_self", [False, True])
def test_the_tasks_own_deployment_is_left_out_unless_asked_for(runner, ids, caplog, monkeypatch, allow_self):
    monkeypatch.setenv("ASTRO_DEPLOYMENT_ID", ids["production"])
    assert ("production" in names(runner, ids, allow_self=allow_self)) == allow_self
    assert ("this task runs in it" in caplog.text) != allow_self


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name_pattern": ""}, "name_pattern='' is not a valid name pattern"),
        ({"name_pattern": "{{ none }}"}, "name_pattern rendered to 'None'"),
        ({"exclude": [""]}, "exclude='' is not a valid name pattern"),
        ({"older_than": "2 days"}, "older_than='2 days' is not a length of time. Allowed: a timedelta, or text"),
        ({"older_than": f"{'9' * 20}d"}, "older_than='9+d' is not a length of time"),
        ({"older_than": "{{ 'soon' }}"}, "older_than='soon' is not a length of time"),
        ({"older_than": 2}, "older_than=2 is not a length of time"),
        ({"newer_than": "2 days"}, "newer_than='2 days' is not a length of time"),
        ({"older_than": "2d", "newer_than": "48h"}, "older_than='2d' and newer_than='48h' together leave out every"),
        ({"statuses": ["HEALTY"]}, "Did you mean 'HEALTHY'"),
        ({"max_results": "many"}, "max_results is text; allowed: a whole number"),
        ({"development_only": "perhaps"}, "neither true nor false"),
        ({"exclude_development": "perhaps"}, "exclude_development='perhaps' is neither true nor false"),
        ({"ignore_case": 2}, "ignore_case=2 is neither true nor false"),
        ({"development_only": True, "exclude_development": True}, "together leave out every Deployment"),
        ({"workspace": "Devlopment"}, "Did you mean 'Development'"),
    ],
)
def test_bad_input_lists_nothing(runner, astro, arguments, message):
    with pytest.raises((AirflowFailException, ValueError), match=message):
        run(runner, **arguments)


@pytest.mark.parametrize(
    ("connection", "words"),
    [
        ({"extra": {"organization_id": "clother"}}, r"^Connection 'astro_default': The connection names Organization"),
        ({"password": "hunter2"}, r"^Connection 'astro_default': The token is not an Astro API token"),
    ],
)
def test_a_refusal_is_explained_by_the_connection(runner, astro, monkeypatch, connection, words):
    fields = {**astro.connection(), "extra": {"organization_id": astro.organization_id}, **connection}
    monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(fields))
    with pytest.raises(AirflowFailException, match=words) as caught:
        run(runner)
    assert str(fields["password"]) not in str(caught.value)


def test_nothing_in_a_workspace_that_does_not_exist_is_no_empty_list(runner, ids):
    with pytest.raises(AirflowFailException, match="There is no Workspace 'clgone00000000000000000001'"):
        run(runner, workspace="clgone00000000000000000001")


def test_an_empty_workspace_is_an_empty_list(runner, astro):
    assert run(runner, workspace=astro.add_workspace("Empty")) == []


@pytest.mark.slow
def test_it_reads_every_page(runner, astro):
    for number in range(1001):
        astro.add_deployment(f"n-{number:04}")
    found = run(runner, name_pattern="n-*")
    assert len(set(found)) == 1001
    assert runner.ti.xcoms["deployment_names"] == [f"n-{number:04}" for number in range(1001)]
