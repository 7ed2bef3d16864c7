"""A region or an Astro Runtime that Astro refuses: the error names the nearest one, if that can be read."""

from __future__ import annotations

import re

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator
from tests.unit.running import TEMPLATE, calls

ADVICE = r"t\.yaml, line 12\): 'us-esat-1' is not a region .* AWS\. Did you mean 'us-east-1'\? Listed: .*us-west-2"
SECRET = {"PASSWORD": "s3cr3t"}


@pytest.fixture
def refusal(runner, tmp_path):
    """Create from a template in a region; returns the error."""

    def refusal(region, *changes):
        text = TEMPLATE.replace("us-east-1", region)
        for old, new in changes:
            text = text.replace(old, new)
        (tmp_path / "t.yaml").write_text(text)
        with pytest.raises(AirflowFailException, match="returned 400") as caught:
            runner.run(
                CreateDeploymentFromTemplateOperator,
                template="t.yaml",
                deployment_name="pr-17",
                environment_variables=SECRET,
            )
        return str(caught.value)

    return refusal


def test_an_unknown_region_is_refused_with_the_nearest_one(astro, refusal):
    said = refusal("us-esat-1")
    assert re.search(ADVICE, said)
    assert said.index("Did you mean") < said.index("returned 400")
    assert astro.deployments == []


def test_an_unknown_runtime_is_refused_with_the_nearest_one_and_every_airflow(astro, refusal):
    said = refusal("us-east-1", ("3.1-5", "13.4.0"))
    words = (
        r"runtime_version \(.*t\.yaml, line 7\): '13\.4\.0' is not an Astro Runtime version that Astro lists\. Did you "
    )
    assert re.search(words + r"mean '13\.\d\.0'\? Listed: .*13\.2\.0 \(Airflow 2\.11\.0\)", said)
    assert "not a region" not in said


@pytest.mark.parametrize(
    ("airflow", "runtime"),
    [("2.11.0", "13.2.0 contains Airflow 2.11.0"), ("2.11.2", "13.2.0 contains"), ("3.3", "3.3-2")],
)
def test_the_version_of_an_airflow_is_answered_with_a_runtime_that_contains_it(astro, refusal, airflow, runtime):
    said = refusal("us-east-1", ("3.1-5", airflow))
    assert f"Airflow {airflow} is not an Astro Runtime; {runtime}" in said
    assert "Did you mean" not in said


def test_each_list_is_read_for_itself(astro, refusal):
    astro.fault("GET", "/organizations/*/cluster-options", status=403)
    said = refusal("us-esat-1", ("3.1-5", "13.4.0"))
    assert "'13.4.0' is not" in said
    astro.fault("GET", "/organizations/*/deployment-options", status=403, skip=1)
    said = refusal("us-esat-1", ("3.1-5", "13.4.0"))
    assert "'us-esat-1' is not" in said


@pytest.mark.parametrize("fault", [{"status": 403}, {"truncate": 9, "times": 99}, {"status": 404}])
def test_the_refusal_stands_alone_when_the_regions_cannot_be_read(astro, refusal, fault):
    astro.fault("GET", "/organizations/*/cluster-options", **fault)
    assert "us-esat-1' is not" not in refusal("us-esat-1")
    assert any(call.path.endswith("cluster-options") for call in calls(astro, "GET"))


@pytest.mark.parametrize("region", ["us-east-1", "US-EAST-1"])
def test_a_refusal_for_another_reason_says_nothing_about_a_region_that_is_listed(astro, refusal, region):
    astro.fault("POST", "/organizations/*/deployments", status=400)
    assert "Listed" not in refusal(region)


def test_a_dedicated_deployment_has_no_region_of_its_own(astro, refusal):
    astro.fault("POST", "/organizations/*/deployments", status=400)
    changes = ("deployment_type: STANDARD", "deployment_type: DEDICATED\n        cluster_name: dedicated-aws")
    assert "Listed" not in refusal("us-esat-1", changes)
    assert not any(call.path.endswith("cluster-options") for call in calls(astro, "GET"))
