"""Few calls: names cost one look-up each, ids none, and options are read only where a default or a limit is needed."""

from __future__ import annotations

import pytest

from tests.api_document import assert_fits
from tests.benchmarks.api_calls import LIMITS, count, template
from tests.slow import mostly_slow


@pytest.mark.parametrize("by", mostly_slow(["names", "ids"]))
@pytest.mark.parametrize("kind", ["STANDARD", "DEDICATED", "HYBRID"])
@pytest.mark.parametrize("verb", ["create", "update"])
def test_the_number_of_calls(astro, runner, verb, kind, by):
    calls = count(runner, astro, verb, kind, by)
    # An update begins with reading what it is going to change, whether by id or by name.
    allowed = LIMITS[by][kind] + (verb == "update" and by == "ids")
    assert sum(calls.values()) <= allowed
    assert max(calls.values()) == 1
    assert [r.body for r in astro.requests if r.method == "POST" and assert_fits(r.body, verb.capitalize()) is None]


def test_options_are_not_read_where_the_file_says_it_all(astro, runner):
    from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator

    file = template("STANDARD", None)
    del file["deployment"]["worker_queues"]
    file["deployment"]["configuration"] |= {"default_task_pod_cpu": "0.25", "resource_quota_cpu": "10"}
    runner.run(
        CreateDeploymentFromTemplateOperator,
        template=file,
        deployment_name="x",
        workspace=astro.workspace_id,
        wait=False,
    )
    assert [request.method for request in astro.requests] == ["POST"]


@pytest.mark.parametrize("kind", ["STANDARD", "DEDICATED", "HYBRID"])
@pytest.mark.parametrize("by", mostly_slow(["names", "ids"]))
def test_looking_for_the_name_first_is_one_more_call(astro, runner, kind, by):
    calls = count(runner, astro, "create", kind, by, "update")
    assert sum(calls.values()) <= LIMITS[by][kind] + 1
    assert calls["GET deployments"] == 1
    assert max(calls.values()) == 1
