"""The file of a live Deployment: the Astro CLI's keys in the CLI's order, and nothing that would do harm."""

from __future__ import annotations

from typing import Any

import pytest

from astro_provider.deployment_file import inspect, loads, needs_cluster
from tests.builders.deployments import NOW
from tests.builders.plan_inputs import CLUSTER, QUEUE, deployment, hybrid

URL = "https://cloud.astronomer.io/ws-1/deployments/dep-1"
SCHEDULE = {"hibernateAtCron": "0 20 * * *", "wakeAtCron": "0 6 * * *", "isEnabled": True, "description": "nights"}
OVERRIDE = {"isHibernating": True, "overrideUntil": "2026-02-01T00:00:00Z", "isActive": True}
HOSTED = deployment(
    namespace="stellar-nova-1234",
    airflowVersion="3.1.3",
    imageTag="deploy-1",
    webServerUrl="example.astronomer.run/abc?orgId=org",
    webServerAirflowApiUrl="example.astronomer.run/abc/api/v2",
    schedulerReplicas=2,
    isDevelopmentMode=True,
    scalingSpec={"hibernationSpec": {"schedules": [SCHEDULE], "override": OVERRIDE}},
    remoteExecution={"enabled": False, "allowedIpAddressRanges": [], "remoteApiUrl": ""},
)
FILE = """\
deployment:
    environment_variables:
        - is_secret: false
          key: PLAIN
          updated_at: "2026-01-01T00:00:00Z"
          value: "on"
        - is_secret: true
          key: TOKEN
          updated_at: "2026-01-01T00:00:00Z"
          value:
    configuration:
        name: test
        description: Mine
        runtime_version: 3.1-2
        dag_deploy_enabled: true
        ci_cd_enforcement: true
        scheduler_size: MEDIUM
        is_high_availability: true
        is_development_mode: true
        executor: CELERY
        scheduler_count: 2
        workspace_name: Development
        deployment_type: STANDARD
        cloud_provider: GCP
        region: us-central1
        default_task_pod_cpu: "0.25"
        default_task_pod_memory: 0.5Gi
        resource_quota_cpu: "10"
        resource_quota_memory: 20Gi
        workload_identity: astro-platform-default
        remote_execution:
            enabled: false
    worker_queues:
        - name: default
          max_worker_count: 10
          min_worker_count: 0
          worker_concurrency: 5
          worker_type: A5
          pod_ephemeral_storage: 10Gi
    metadata:
        deployment_id: dep-1
        workspace_id: ws-1
        cluster_id: N/A
        release_name: N/A
        airflow_version: 3.1.3
        current_tag: deploy-1
        status: HEALTHY
        created_at: "2026-01-01T00:00:00.000Z"
        updated_at: "2026-01-01T00:00:00.000Z"
        deployment_url: cloud.astronomer.io/ws-1/deployments/dep-1
        webserver_url: example.astronomer.run/abc?orgId=org
        airflow_api_url: example.astronomer.run/abc/api/v2
        hibernation_override:
            is_hibernating: true
            override_until: "2026-02-01T00:00:00.000Z"
    alert_emails:
        - a@example.com
        - b@example.com
    hibernation_schedules:
        - hibernate_at: 0 20 * * *
          wake_at: 0 6 * * *
          description: nights
          enabled: true
"""
TEMPLATE = """\
deployment:
    environment_variables:
        - is_secret: false
          key: PLAIN
          value: "on"
        - is_secret: true
          key: TOKEN
          value:
    configuration:
        name: ""
        description: Mine
        runtime_version: 3.1-2
        dag_deploy_enabled: true
        ci_cd_enforcement: true
        is_high_availability: true
        is_development_mode: false
        executor: CELERY
        scheduler_au: 5
        scheduler_count: 1
        cluster_name: GCP Cluster
        workspace_name: Development
        deployment_type: HYBRID
        cloud_provider: GCP
        region: us-central1
        workload_identity: astro-platform-default
    worker_queues:
        - name: default
          max_worker_count: 10
          min_worker_count: 0
          worker_concurrency: 16
          worker_type: e2-standard-4
    alert_emails:
        - a@example.com
        - b@example.com
"""


def written(live: Any, **how: Any) -> str:
    return inspect(live, CLUSTER, url=URL, **how)


def test_the_file_of_a_hosted_deployment() -> None:
    assert written(HOSTED) == FILE


def test_the_address_of_a_page_has_no_scheme_whichever_it_is() -> None:
    assert "deployment_url: 127.0.0.1:8899/w/deployments/d\n" in inspect(
        HOSTED, CLUSTER, url="http://127.0.0.1:8899/w/deployments/d"
    )


def test_the_template_of_a_hybrid_deployment() -> None:
    assert written(hybrid(), template=True) == TEMPLATE


def test_json_says_the_same_as_yaml() -> None:
    yaml, json = (written(HOSTED, output_format=form) for form in ("yaml", "json"))
    assert json.startswith('{\n    "deployment": {\n        "environment_variables": [')
    assert loads(json, name="f").model_dump() == loads(yaml, name="f").model_dump()


@pytest.mark.parametrize(
    ("cloud", "identity"),
    [
        ("role", "arn:aws:iam::123456789012:role/astro-stellar-nova-1234"),
        ("role in China", "arn:aws-cn:iam::123456789012:role/astro-stellar-nova-1234"),
        ("hybrid role", "arn:aws:iam::123456789012:role/AirflowS3Logs-cluster-1"),
        ("account", "astro-stellar-nova-1234@project.iam.gserviceaccount.com"),
    ],
)
def test_an_identity_that_astro_gave_is_left_out(cloud: str, identity: str) -> None:
    live = hybrid(namespace="stellar-nova-1234", effectiveWorkloadIdentity=identity)
    assert 'workload_identity: ""\n' in written(live)


def test_the_name_of_a_long_service_account_is_cut() -> None:
    namespace = "gravitational-supercluster-2555"
    identity = f"astro-{namespace}"[:30] + "@project.iam.gserviceaccount.com"
    live = deployment(namespace=namespace, effectiveWorkloadIdentity=identity)
    assert 'workload_identity: ""\n' in written(live)


@pytest.mark.parametrize(
    "identity",
    [
        "arn:aws:iam::123456789012:role/astro-another-one-9999",
        "mine@project.iam.gserviceaccount.com",
        "5e1f0b7c-0000-4000-8000-000000000000",
    ],
)
def test_an_identity_that_a_person_chose_is_kept(identity: str) -> None:
    live = deployment(namespace="stellar-nova-1234", effectiveWorkloadIdentity=identity)
    assert f"workload_identity: {identity}\n" in written(live, template=True)


def test_without_a_namespace_what_looks_like_a_default_is_taken_for_one() -> None:
    role = "arn:aws:iam::123456789012:role/astro-stellar-nova-1234"
    assert 'workload_identity: ""\n' in written(deployment(namespace=None, effectiveWorkloadIdentity=role))


@pytest.mark.parametrize("executor", ["KUBERNETES", "ASTRO"])
def test_queues_that_nobody_can_set_are_not_written(executor: str) -> None:
    remote = {"enabled": executor == "ASTRO", "allowedIpAddressRanges": ["10.0.0.0/8"], "remoteApiUrl": ""}
    live = deployment(executor=executor, remoteExecution=remote, workerQueues=[QUEUE])
    assert "worker_queues: []\n" in written(live)
    assert "worker_queues" not in written(live, template=True)


def test_a_template_of_a_deployment_with_remote_execution_keeps_it() -> None:
    remote = {"enabled": True, "allowedIpAddressRanges": ["10.0.0.0/8"], "remoteApiUrl": "x", "taskLogBucket": "s3://b"}
    text = written(deployment(executor="ASTRO", remoteExecution=remote), template=True)
    config = loads(text, name="f").configuration
    assert config.remote_execution is not None
    assert config.remote_execution.model_dump(exclude_none=True) == {
        "enabled": True,
        "allowed_ip_address_ranges": ("10.0.0.0/8",),
        "task_log_bucket": "s3://b",
    }
    assert config.resource_quota_cpu is None


@pytest.mark.parametrize(
    ("shown", "written_as"),
    [
        ("2026-01-01T00:00:00.123Z", "2026-01-01T00:00:00Z"),
        ("2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00Z"),
        ("yesterday", "yesterday"),
    ],
)
def test_the_time_of_a_variable_is_in_whole_seconds_as_in_the_files_of_the_cli(shown: str, written_as: str) -> None:
    variables = [{"key": "A", "value": "b", "isSecret": False, "updatedAt": shown}]
    assert f'updated_at: "{written_as}"'.replace('"yesterday"', "yesterday") in written(
        deployment(environmentVariables=variables)
    )


def test_text_over_several_lines_stays_readable() -> None:
    variables = [{"key": "PEM", "value": "-----BEGIN\nabc\n-----END\n", "isSecret": False, "updatedAt": NOW}]
    text = written(deployment(environmentVariables=variables), template=True)
    assert "value: |\n" in text
    assert [v.value for v in loads(text, name="f").environment_variables or ()] == [variables[0]["value"]]


def test_only_what_names_a_node_pool_needs_the_cluster() -> None:
    assert needs_cluster(hybrid())
    assert not needs_cluster(deployment())
    assert not needs_cluster(deployment(type="DEDICATED", clusterId="c", clusterName="C"))
    assert needs_cluster(deployment(type="DEDICATED", clusterId="c", clusterName=None))
