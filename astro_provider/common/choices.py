"""The choices that arguments take: one ``Literal`` for each set of words, which types and checks share. Pure."""

from __future__ import annotations

from typing import Literal

#: If a Deployment or a Workspace has the name already.
IfExists = Literal["fail", "reuse", "update", "skip"]
#: If a DAG run has the id already.
IfRunExists = Literal["reuse", "fail", "skip", "clear"]
#: If the target has a connection, a variable or a pool of the name, and it differs.
IfObjectExists = Literal["update", "ignore", "fail"]
#: If what the task is about does not exist.
IfMissing = Literal["fail", "ignore", "skip"]
#: If the DAG run to wait for does not exist.
IfRunMissing = Literal["wait", "fail", "skip"]
FailOrIgnore = Literal["fail", "ignore"]
IfFailed = Literal["clear_failed", "new_run", "fail"]
IfPaused = Literal["fail", "unpause", "ignore"]
IfHibernating = Literal["fail", "wake", "skip"]
IfUnchanged = Literal["ignore", "skip", "deploy"]
IfEmpty = Literal["fail", "deploy"]
IfOtherRole = Literal["replace", "keep_higher", "fail"]
#: If the source masks a value.
IfRedacted = Literal["fail", "ignore", "keep"]
#: What becomes of that which a list or a file does not name.
Unlisted = Literal["remove", "keep", "fail"]
#: What becomes of a Deployment that the task created, if somebody stops the task.
OnKill = Literal["keep", "delete"]
#: What becomes of a DAG run that the task started, if somebody stops the task.
OnKillOfRun = Literal["keep", "fail_run"]
Compression = Literal["gzip"]
FileFormat = Literal["yaml", "json"]
ReportFormat = Literal["csv", "jsonl"]
#: What a list of Deployments is a list of.
Records = Literal["ids", "records"]
#: Types of environment objects.
ObjectType = Literal["CONNECTION", "AIRFLOW_VARIABLE", "ENVIRONMENT_VARIABLE"]
#: The subjects of an access report.
Subject = Literal["users", "teams", "api_tokens"]
#: What an access report finds worth a second look.
Finding = Literal["expired", "expiring", "never_expires", "unused", "pending", "banned"]
#: The statuses a Deployment can have. There is no failure among them.
DeploymentStatus = Literal["CREATING", "DEPLOYING", "HEALTHY", "UNHEALTHY", "UNKNOWN", "HIBERNATING"]
#: The states of a DAG run. Others that a later Airflow may add count as not finished.
RunState = Literal["queued", "running", "success", "failed"]
#: The states of a task; a task that waits to be scheduled has none of them.
TaskState = Literal[
    "scheduled",
    "queued",
    "running",
    "success",
    "failed",
    "skipped",
    "upstream_failed",
    "up_for_retry",
    "up_for_reschedule",
    "deferred",
    "removed",
    "restarting",
    "awaiting_input",
]
