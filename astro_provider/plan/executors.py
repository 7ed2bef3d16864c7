"""Which executor goes with which type, runtime and Remote Execution, and which of them have worker queues."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from astro_provider.plan.problems import unknown

if TYPE_CHECKING:
    from astro_provider.models.deployment_options import DeploymentOptions
    from astro_provider.models.deployments import Deployment
    from astro_provider.plan.problems import Problems

AIRFLOW_3_RUNTIME = re.compile(r"v?(?P<major>[0-9]+)\.[0-9]+-[0-9]+")


def check_executor(
    problems: Problems, executor: str | None, *, deployment_type: str, runtime: str | None, remote: bool
) -> None:
    """Check that the executor exists for the type, the runtime and Remote Execution.

    :param problems: Holds the file; gets what is not possible.
    :param executor: The executor after the request.
    :param deployment_type: STANDARD, DEDICATED or HYBRID.
    :param runtime: The Astro Runtime that the executor has to run on; ``None``: not known, or not to be checked.
    :param remote: Whether Remote Execution is on after the request.
    """
    at = ("configuration", "executor")
    if executor == "ASTRO" and deployment_type == "HYBRID":
        problems.add("HYBRID Deployments cannot have ASTRO; allowed: CELERY, KUBERNETES", *at)
    elif executor == "ASTRO" and runtime and not _has_airflow_3(runtime):
        problems.add(f"ASTRO needs an Astro Runtime with Airflow 3 (3.0-1 or later), not {runtime}", *at)
    if remote and executor not in ("ASTRO", None):
        problems.add(f"Remote Execution needs the executor ASTRO, not {executor}", *at)


def _has_airflow_3(runtime: str) -> bool:
    """Runtimes are numbered by Airflow's own version since 3.0-1; one such as 13.2.0 has Airflow 2."""
    match = AIRFLOW_3_RUNTIME.match(runtime)
    return match is not None and int(match["major"]) >= 3


def check_offered(problems: Problems, options: DeploymentOptions | None, current: Deployment | None = None) -> None:
    """Check scheduler size and executor against what Astro offers, if that was read.

    :param problems: Holds the file; gets what is not possible.
    :param options: What there is for the type, executor and provider.
    :param current: The existing Deployment; what it has already may stay.
    """
    if options is None:
        return
    sizes = [machine.name for machine in options.scheduler_machines]
    for key, what, known in (
        ("scheduler_size", "an available scheduler size", sizes),
        ("executor", "an executor here", list(options.executors)),
    ):
        asked = getattr(problems.configuration, key)
        if asked and known and asked not in known and asked != getattr(current, key, None):
            problems.add(unknown(what, asked, known), "configuration", key)


def has_queues(executor: str | None, *, remote: bool) -> bool:
    """Whether a Deployment has worker queues.

    :param executor: Its executor; ``None``: Astro's default, which has some.
    :param remote: Whether it has Remote Execution.
    """
    return executor != "KUBERNETES" and not remote


def check_queues(problems: Problems, executor: str | None, *, remote: bool) -> None:
    """Check worker queues in the file of a Deployment that has none; an empty list, as inspect writes, has no effect.

    Remote Execution leaves them out with a note, as it does pod sizes and quotas: the CLI writes what Astro shows, and
    such a file has to be applicable. KUBERNETES refuses them, as the CLI does.

    :param problems: Holds the file; gets what is not possible and what is not used.
    :param executor: The executor after the request.
    :param remote: Whether Remote Execution is on after the request.
    """
    if not problems.file.worker_queues:
        return
    if remote:
        problems.note("is not used with Remote Execution, whose agents run the tasks", "worker_queues")
    elif executor == "KUBERNETES":
        what = "there are no worker queues with the executor KUBERNETES"
        problems.add(f"{what}; set the size of task pods in configuration instead", "worker_queues")
