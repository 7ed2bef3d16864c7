"""CPU and memory of task pods and of a Deployment's quota: comparing, pairing, limits."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from astro_provider.models.deployment_options import DeploymentOptions, ResourceRange
    from astro_provider.models.deployments import Deployment
    from astro_provider.plan.problems import Problems

PAIRS = (
    ("default_task_pod_cpu", "default_task_pod_memory"),
    ("resource_quota_cpu", "resource_quota_memory"),
)
DIGITS = "0123456789."
GI = Decimal(1024**3)
UNITS = {"m": Decimal("0.001")}
UNITS |= {f"{letter}i": Decimal(1024**power) / GI for power, letter in enumerate("KMGTPE", 1)}
UNITS |= {letter: Decimal(1000**power) / GI for power, letter in enumerate("kMGTPE", 1)}
Amounts = dict[str, str]


def quantity(amount: str) -> Decimal | None:
    """Return an amount as a number of CPU or of Gi, so that ``512Mi`` equals ``0.5Gi``; none if it is neither.

    :param amount: For example ``0.25`` or ``0.5Gi``.
    """
    unit = amount.lstrip(DIGITS)
    try:
        return Decimal(amount.removesuffix(unit)) * (UNITS[unit] if unit else 1)
    except (ArithmeticError, KeyError):
        return None


def is_same(one: str | None, other: str | None) -> bool:
    """Whether two amounts mean the same.

    :param one: For example ``512Mi``.
    :param other: For example ``0.5Gi``.
    """
    return one == other or (one is not None and other is not None and quantity(one) == quantity(other) is not None)


def in_api_units(problems: Problems) -> Amounts:
    """Return the amounts that the file gives, in the units that the API takes: cores, and Gi.

    :param problems: Holds the file.
    """
    found = {}
    for cpu, memory in PAIRS:
        for name, unit in ((cpu, ""), (memory, "Gi")):
            stated = getattr(problems.configuration, name)
            if stated is None:
                continue
            number = None if stated.lstrip(DIGITS) == unit else quantity(stated)
            found[name] = stated if number is None else f"{_plain(number)}{unit}"
    return found


def completed(
    problems: Problems, options: DeploymentOptions | None, current: Deployment | None = None, *, all_needed: bool = True
) -> Amounts:
    """Return the four amounts after the request: stated, or twice (half of) the other, or as they are, or the default.

    :param problems: Holds the file; gets what is not possible, and notes what is fitted.
    :param options: Limits and defaults.
    :param current: The existing Deployment.
    :param all_needed: Whether a pair that is known from nowhere gets its default.
    """
    amounts: Amounts = {}
    in_file = in_api_units(problems)
    defaulted = []
    for pair in PAIRS:
        stated = {name: in_file[name] for name in pair if name in in_file}
        present = {name: amount for name in pair if (amount := getattr(current, name, None))}
        if all(is_same(amount, present.get(name)) for name, amount in stated.items()) and present:
            amounts |= present  # nothing changes, so nothing is checked
        elif stated:
            amounts |= _paired(stated, *pair)
            _check(problems, amounts, pair, options)
        elif options and all_needed:
            amounts |= {name: _ranges(options)[name].default for name in pair}
            defaulted.append(pair)
    if options and len(defaulted) == 1:
        _fit(problems, amounts, defaulted[0], options)
    if in_file:
        _note_too_large(problems, amounts)
    return amounts


def _note_too_large(problems: Problems, amounts: Amounts) -> None:
    """Note a task pod above the quota: both may be what the file says, or what somebody gave the Deployment before."""
    pod, quota = (quantity(amounts.get(cpu, "")) for cpu, _ in PAIRS)
    if pod is not None and quota is not None and pod > quota:
        (cpu, _), (limit, _) = PAIRS
        found = f"{amounts[cpu]} is more than {limit}, which is {amounts[limit]}: no task with this much CPU can run"
        problems.note(found, "configuration", cpu)


def _fit(problems: Problems, amounts: Amounts, pair: tuple[str, str], options: DeploymentOptions) -> None:
    """Fit a default to what the file states: no pod that is larger than the quota could ever run."""
    pod, quota = (quantity(amounts.get(cpu, "")) for cpu, _ in PAIRS)
    if pod is None or quota is None or pod <= quota:
        return
    (cpu, _), is_quota = pair, pair == PAIRS[1]
    limits = _ranges(options)[cpu]
    floor, ceiling = quantity(limits.floor) or pod, quantity(limits.ceiling) or quota
    cores = min(pod, ceiling) if is_quota else max(quota, floor)
    found = f"is missing; {_plain(cores)} is sent instead of Astro's default {amounts[cpu]}, because"
    other = PAIRS[0][0] if is_quota else PAIRS[1][0]
    problems.note(f"{found} {other} is {amounts[other]}", "configuration", cpu)
    amounts |= _paired({cpu: _plain(cores)}, *pair)


def _paired(stated: Amounts, cpu: str, memory: str) -> Amounts:
    cores, gigabytes = (quantity(stated.get(name, "")) or Decimal(0) for name in (cpu, memory))
    return {cpu: _plain(gigabytes / 2), memory: f"{_plain(cores * 2)}Gi"} | stated


def _check(problems: Problems, amounts: Amounts, pair: tuple[str, str], options: DeploymentOptions | None) -> None:
    """Check a pair that the file speaks of: memory is twice the CPU, and both are inside the limits."""
    cpu, memory = pair
    cores, gigabytes = quantity(amounts[cpu]), quantity(amounts[memory])
    if cores is not None and gigabytes is not None and gigabytes != cores * 2:
        stated = memory if getattr(problems.configuration, memory) is not None else cpu
        fit = f"{_plain(cores * 2)}Gi for {cpu} {amounts[cpu]}"
        problems.add(f"memory must be twice the CPU, {fit}, not {amounts[memory]}", "configuration", stated)
    if options:
        for name in pair:
            _check_range(problems, name, amounts[name], _ranges(options)[name])


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
