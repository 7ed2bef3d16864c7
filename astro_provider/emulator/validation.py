"""Request bodies against the rules of the published API document and its descriptions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from astro_provider.emulator.core.problems import invalid
from astro_provider.emulator.resources.deployment_options import MACHINES, PROVIDERS, SCHEDULERS, TYPES, executors

Complaint = tuple[str, str, str]


@dataclass(frozen=True)
class Rule:
    """What one field may be.

    :param kind: JSON type by its Python class.
    :param choices: The only values, where there are such.
    :param longest: Most characters or items.
    :param least: Smallest number.
    :param most: Largest number.
    :param fields: Rules of an object, or of a list's objects.
    :param required: Fields that an object must have.
    """

    kind: type
    choices: tuple[str, ...] = ()
    longest: int | None = None
    least: int | None = None
    most: int | None = None
    fields: dict[str, Rule] | None = None
    required: tuple[str, ...] = ()


TEXT, SWITCH = Rule(str), Rule(bool)
VARIABLE = {"key": TEXT, "value": TEXT, "isSecret": SWITCH}
QUEUE = {
    "id": TEXT,
    "name": Rule(str, longest=63),
    "isDefault": SWITCH,
    "maxWorkerCount": Rule(int, least=1),
    "minWorkerCount": Rule(int, least=0),
    "workerConcurrency": Rule(int, least=1),
}
COUNTS = ("isDefault", "maxWorkerCount", "minWorkerCount", "name", "workerConcurrency")
MACHINE = Rule(str, choices=tuple(MACHINES))
SCHEDULE = {"hibernateAtCron": TEXT, "wakeAtCron": TEXT, "isEnabled": SWITCH, "description": Rule(str, longest=200)}
OVERRIDE = {"isHibernating": SWITCH, "overrideUntil": TEXT}
SCALING = {
    "hibernationSpec": Rule(
        dict,
        fields={
            "override": Rule(dict, fields=OVERRIDE),
            "schedules": Rule(
                list, longest=10, fields=SCHEDULE, required=("hibernateAtCron", "isEnabled", "wakeAtCron")
            ),
        },
    )
}
REMOTE = {"enabled": SWITCH, "allowedIpAddressRanges": Rule(list), "taskLogBucket": TEXT, "taskLogUrlPattern": TEXT}
COMMON = {
    "type": Rule(str, choices=TYPES),
    "name": Rule(str, longest=500),
    "workspaceId": TEXT,
    "description": Rule(str, longest=1000),
    "contactEmails": Rule(list),
    "environmentVariables": Rule(list, fields=VARIABLE, required=("isSecret", "key")),
    "isCicdEnforced": SWITCH,
    "isDagDeployEnabled": SWITCH,
    "workloadIdentity": TEXT,
    "drWorkloadIdentity": TEXT,
}
HOSTED = {
    **COMMON,
    "executor": Rule(str, choices=tuple(executors(None))),
    "isHighAvailability": SWITCH,
    "isDevelopmentMode": SWITCH,
    "schedulerSize": Rule(str, choices=tuple(SCHEDULERS)),
    "defaultTaskPodCpu": TEXT,
    "defaultTaskPodMemory": TEXT,
    "resourceQuotaCpu": TEXT,
    "resourceQuotaMemory": TEXT,
    "remoteExecution": Rule(dict, fields=REMOTE, required=("enabled",)),
    "scalingSpec": Rule(dict, fields=SCALING),
}
HYBRID = {
    **COMMON,
    "executor": Rule(str, choices=tuple(executors("HYBRID"))),
    "taskPodNodePoolId": TEXT,
}
SCHEDULER = {"au": Rule(int, least=5, most=24), "replicas": Rule(int, least=1, most=4)}
EPHEMERAL = {"podEphemeralStorage": TEXT}
CREATE_QUEUES = {
    "hosted": Rule(list, fields={**QUEUE, **EPHEMERAL, "astroMachine": MACHINE}, required=(*COUNTS, "astroMachine")),
    "HYBRID": Rule(list, fields={**QUEUE, "nodePoolId": TEXT}, required=(*COUNTS, "nodePoolId")),
}
UPDATE_QUEUES = Rule(list, fields={**QUEUE, **EPHEMERAL, "astroMachine": MACHINE, "nodePoolId": TEXT}, required=COUNTS)
PLACE = {"clusterId": TEXT, "astroRuntimeVersion": TEXT}
CREATE = {
    "STANDARD": {
        **HOSTED,
        **PLACE,
        "cloudProvider": Rule(str, choices=PROVIDERS),
        "region": TEXT,
        "workerQueues": CREATE_QUEUES["hosted"],
    },
    "DEDICATED": {**HOSTED, **PLACE, "workerQueues": CREATE_QUEUES["hosted"]},
    "HYBRID": {
        **HYBRID,
        **PLACE,
        "workerQueues": CREATE_QUEUES["HYBRID"],
        "scheduler": Rule(dict, fields=SCHEDULER),
    },
}
AMOUNTS = ("defaultTaskPodCpu", "defaultTaskPodMemory", "resourceQuotaCpu", "resourceQuotaMemory")
ALWAYS = ("environmentVariables", "executor", "isCicdEnforced", "isDagDeployEnabled", "name", "type", "workspaceId")
UPDATE: dict[str, tuple[dict[str, Rule], tuple[str, ...]]] = {
    **{
        kind: ({**HOSTED, "workerQueues": UPDATE_QUEUES}, (*ALWAYS, "isHighAvailability", "schedulerSize"))
        for kind in ("STANDARD", "DEDICATED")
    },
    "HYBRID": (
        {
            **HYBRID,
            "workerQueues": UPDATE_QUEUES,
            "scheduler": Rule(dict, fields=SCHEDULER, required=("au", "replicas")),
        },
        (*ALWAYS, "scheduler"),
    ),
}


def check_create(body: Any) -> str:
    """Check the shape of a create body; returns the Deployment type.

    :param body: The request's JSON.
    """
    kind = _type(body)
    _check(body, CREATE[kind], ("name", "workspaceId", *_amounts(body, kind, was_remote=False)))
    return kind


def check_update(body: Any, was_remote: bool) -> str:
    """Check the shape of an update body; returns the Deployment type.

    :param body: The request's JSON.
    :param was_remote: Whether Remote Execution is on before.
    """
    kind = _type(body)
    fields, required = UPDATE[kind]
    _check(body, fields, (*required, *_amounts(body, kind, was_remote)))
    return kind


def _amounts(body: dict[str, Any], kind: str, was_remote: bool) -> tuple[str, ...]:
    """Return the fields that the document's descriptions call required if Remote Execution is disabled."""
    remote = body.get("remoteExecution")
    is_remote = remote.get("enabled") is True if isinstance(remote, dict) else was_remote
    return () if kind == "HYBRID" or is_remote else AMOUNTS


def check_fields(body: Any, fields: dict[str, Rule], required: tuple[str, ...]) -> None:
    """Check the shape of another body.

    :param body: The request's JSON.
    :param fields: The rules.
    :param required: Fields it must have.
    """
    if not isinstance(body, dict):
        raise invalid("the body must be a JSON object")
    _check(body, fields, required)


def _type(body: Any) -> str:
    if not isinstance(body, dict):
        raise invalid("the body must be a JSON object")
    kind = body.get("type", "STANDARD")
    if kind not in TYPES:
        raise invalid("unknown Deployment type", ("type", "oneof", f"must be one of {', '.join(TYPES)}"))
    return str(kind)


def _check(body: dict[str, Any], fields: dict[str, Rule], required: tuple[str, ...]) -> None:
    complaints = _object(body, fields, required, "")
    if complaints:
        raise invalid("; ".join(f"{field} {message}" for field, _, message in complaints), *complaints)


def _object(body: dict[str, Any], fields: dict[str, Rule], required: tuple[str, ...], at: str) -> list[Complaint]:
    complaints = [(at + name, "required", "is required") for name in required if name not in body]
    for name, value in body.items():
        if name not in fields:
            complaints.append((at + name, "unknown", "is not a field of this request"))
        else:
            complaints += _value(value, fields[name], at + name)
    return complaints


def _value(value: Any, rule: Rule, at: str) -> list[Complaint]:
    kind: Any = rule.kind
    if not isinstance(value, kind) or (rule.kind is int and isinstance(value, bool)):
        return [(at, "type", f"must be of type {rule.kind.__name__}")]
    if rule.choices and value not in rule.choices:
        return [(at, "oneof", f"must be one of {', '.join(rule.choices)}")]
    if rule.longest is not None and len(value) > rule.longest:
        return [(at, "max", f"must not be longer than {rule.longest}")]
    if rule.least is not None and value < rule.least:
        return [(at, "min", f"must be at least {rule.least}")]
    if rule.most is not None and value > rule.most:
        return [(at, "max", f"must be at most {rule.most}")]
    if rule.fields is None:
        return []
    if rule.kind is dict:
        return _object(value, rule.fields, rule.required, f"{at}.")
    complaints: list[Complaint] = []
    for number, item in enumerate(value):
        if isinstance(item, dict):
            complaints += _object(item, rule.fields, rule.required, f"{at}[{number}].")
        else:
            complaints.append((f"{at}[{number}]", "type", "must be an object"))
    return complaints


_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)(Gi)?")


def check_amounts(body: dict[str, Any]) -> None:
    """Refuse memory that is not twice the CPU.

    :param body: A hosted create or update body.
    """
    for prefix in ("defaultTaskPod", "resourceQuota"):
        cpu, memory = body.get(f"{prefix}Cpu"), body.get(f"{prefix}Memory")
        if cpu is None and memory is None:
            continue
        found_cpu, found_memory = _AMOUNT.fullmatch(cpu or ""), _AMOUNT.fullmatch(memory or "")
        if not found_cpu or found_cpu[2] or not found_memory or not found_memory[2]:
            raise invalid(f"{prefix}Cpu and {prefix}Memory must be given together, such as 1 and 2Gi")
        if Decimal(found_memory[1]) != 2 * Decimal(found_cpu[1]):
            raise invalid(f"{prefix}Memory must be twice {prefix}Cpu", (f"{prefix}Memory", "ratio", "must be 2 x CPU"))
