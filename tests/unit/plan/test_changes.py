"""The list of changes: what differs, in the words of a file, and nothing that only looks different."""

from __future__ import annotations

from tests.builders.plan_inputs import SECRET, file, update


def test_changes_are_aligned_with_removals_last() -> None:
    sections = {
        "environment_variables": [{"key": "NEW", "value": "x"}, SECRET | {"value": "s"}],
        "worker_queues": [{"name": "default", "max_worker_count": 20}],
    }
    plan = update(file(sections, description="Ours", scheduler_size="small"))
    assert plan.describe() == [
        "~ configuration.description               Mine -> Ours",
        "~ configuration.scheduler_size            MEDIUM -> SMALL",
        "~ worker_queues.default.max_worker_count  10 -> 20",
        "+ environment_variables.NEW               x",
        "~ environment_variables.TOKEN             **** -> ****",
        "- environment_variables.PLAIN             on (REMOVED)",
    ]
    assert plan.as_xcom()[0] == {
        "action": "changed",
        "path": "configuration.description",
        "old": "Mine",
        "new": "Ours",
    }
    assert "'s'" not in repr(plan)


def test_what_is_the_same_in_other_words_is_no_change() -> None:
    sections = {
        "alert_emails": ["b@example.com", "a@example.com"],
        "worker_queues": [{"name": "default", "worker_type": "a5"}],
    }
    given = file(
        sections,
        default_task_pod_memory="512Mi",
        resource_quota_cpu="10.0",
        region="US-CENTRAL1",
        workload_identity="astro-platform-default",
        deployment_type="HOSTED_SHARED",
    )
    plan = update(given)
    assert plan.is_empty
    assert "workloadIdentity" not in plan.body
