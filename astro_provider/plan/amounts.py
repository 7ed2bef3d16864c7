"""CPU and memory of task pods and of a Deployment's quota: comparing, pairing, limits."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from astro_provider.models.api import DeploymentOptions, ResourceRange
    from astro_provider.plan.problems import Problems

PAIRS = (
    ("default_task_pod_cpu", "default_task_pod_memory"),
    ("resource_quota_cpu", "resource_quota_memory"),
)
UNITS = {
    "m": Decimal("0.001"),
    "Ki": Decimal(1) / 1024 / 1024,
    "Mi": Decimal(1) / 1024,
    "Gi": Decimal(1),
    "Ti": Decimal(1024),
    "Pi": Decimal(1024) ** 2,
    "Ei": Decimal(1024) ** 3,
}


def quantity(amount: str) -> Decimal | None:
    """Return an amount as a number of CPU or of Gi, so that ``512Mi`` equals ``0.5Gi``; none where it is neither.

    :param amount: For example ``0.25`` or ``0.5Gi``.
    """
    for unit, factor in UNITS.items():
        if amount.endswith(unit):
            amount, scale = amount.removesuffix(unit), factor
            break
    else:
        scale = Decimal(1)
    try:
        return Decimal(amount) * scale
    except ArithmeticError:
        return None


def completed(problems: Problems, options: DeploymentOptions | None) -> dict[str, str]:
    """Return the four amounts for a create: given, or twice (half of) the other, or the default.

    :param problems: Holds the file; gets what is not possible.
    :param options: Defaults; needed where a pair is absent altogether.
    """
    amounts: dict[str, str] = {}
    for cpu, memory in PAIRS:
        given_cpu, given_memory = getattr(problems.configuration, cpu), getattr(problems.configuration, memory)
        if given_cpu is None and given_memory is None:
            if options is None:
                continue
            ranges = _ranges(options)
            given_cpu, given_memory = ranges[cpu].default, ranges[memory].default
        elif given_memory is None:
            given_memory = f"{_plain((quantity(given_cpu) or Decimal(0)) * 2)}Gi"
        elif given_cpu is None:
            given_cpu = _plain((quantity(given_memory) or Decimal(0)) / 2)
        amounts[cpu], amounts[memory] = given_cpu, given_memory
    check(problems, amounts, options)
    return amounts


def check(problems: Problems, state: dict[str, Any], options: DeploymentOptions | None) -> None:
    """Check the pairs that the file speaks of: memory is twice the CPU, and both are inside the limits.

    :param problems: Holds the file; gets what is not possible.
    :param state: The four amounts as they would be sent.
    :param options: Limits, where they were read.
    """
    for cpu, memory in PAIRS:
        said = next((name for name in (memory, cpu) if getattr(problems.configuration, name) is not None), None)
        if said is None or state.get(cpu) is None or state.get(memory) is None:
            continue
        cores, gigabytes = quantity(state[cpu]), quantity(state[memory])
        if cores is not None and gigabytes is not None and gigabytes != cores * 2:
            fit = f"{_plain(cores * 2)}Gi for {cpu} {state[cpu]}"
            problems.add(f"memory must be twice the CPU, {fit}, not {state[memory]}", "configuration", said)
        if options:
            for name in (cpu, memory):
                _check_range(problems, name, state[name], _ranges(options)[name])


def _check_range(problems: Problems, name: str, amount: str, limits: ResourceRange) -> None:
    number, floor, ceiling = quantity(amount), quantity(limits.floor), quantity(limits.ceiling)
    if number is None or floor is None or ceiling is None or floor <= number <= ceiling:
        return
    problems.add(f"must be between {limits.floor} and {limits.ceiling}, not {amount}", "configuration", name)


def _ranges(options: DeploymentOptions) -> dict[str, ResourceRange]:
    pod, quota = options.resource_quotas.default_pod_size, options.resource_quotas.resource_quota
    return {
        "default_task_pod_cpu": pod.cpu,
        "default_task_pod_memory": pod.memory,
        "resource_quota_cpu": quota.cpu,
        "resource_quota_memory": quota.memory,
    }


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
