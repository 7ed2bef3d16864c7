"""Names for branches: the same each time, never the same for two branches, and still readable."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_provider.naming import branch_deployment_name


def bare(branch: str) -> str:
    return branch.strip().removeprefix("refs/heads/")


BRANCHES = st.text(min_size=1, max_size=300).filter(lambda text: bare(text) not in ("", "None"))


def test_a_plain_branch_keeps_its_name():
    assert branch_deployment_name("pr-17") == "pr-17"
    assert branch_deployment_name("main", prefix="preview-") == "preview-main"


def test_the_last_segment_alone_does_not_make_the_name():
    names = {branch_deployment_name(branch) for branch in ("feature/x", "fix/x", "feature-x", "Feature/x", "feature_x")}
    assert len(names) == 5
    assert branch_deployment_name("feature/x").startswith("feature-x-")


def test_ci_may_give_the_whole_ref():
    assert branch_deployment_name("refs/heads/feature/x") == branch_deployment_name("feature/x")


@pytest.mark.parametrize("limit", [20, 63, 500])
def test_long_branches_differ_within_the_limit(limit):
    names = {branch_deployment_name("feature/" + "y" * 600 + end, "pr-", max_length=limit) for end in "ab"}
    assert len(names) == 2
    assert {len(name) for name in names} <= set(range(limit + 1))


@given(BRANCHES)
def test_a_name_is_short_plain_and_stable(branch):
    name = branch_deployment_name(branch)
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", name)
    assert branch_deployment_name(branch) == name


@given(BRANCHES, BRANCHES)
def test_two_branches_never_share_a_name(one, other):
    assert (branch_deployment_name(one) == branch_deployment_name(other)) == (bare(one) == bare(other))


@pytest.mark.parametrize(("branch", "prefix"), [("", ""), ("None", ""), ("refs/heads/", ""), ("x", "p" * 60)])
def test_nothing_to_name_is_an_error(branch, prefix):
    with pytest.raises(ValueError, match="branch"):
        branch_deployment_name(branch, prefix)


def test_templates_know_it_as_a_macro(runner, astro, caplog):
    from airflow.plugins_manager import integrate_macros_plugins

    from astro_provider.operators.deployment import DeleteDeploymentOperator

    integrate_macros_plugins()
    try:
        from airflow.sdk.execution_time import macros
    except ImportError:
        from airflow import macros
    caplog.set_level("INFO")
    name = "{{ macros.astro.branch_deployment_name('feature/x') }}"
    runner.more_context = {"macros": macros}
    runner.run(DeleteDeploymentOperator, deployment_name=name, if_missing="ignore")
    assert "'feature-x-217d2bf5' does not exist" in caplog.text
