"""What a retry does with the deploy that an earlier try of its task began. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from astro_provider.rules.deploy_markers import read_marker
from astro_provider.rules.running_code import DEPLOYED, INITIALIZED, newest_first, overtaking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from astro_provider.models.deployments import DeploymentCode
    from astro_provider.models.deploys import Deploy
    from astro_provider.rules.deploy_markers import Marker, TaskMark


class Step(enum.Enum):
    """What comes next."""

    #: There is nothing to go on with: plan as a first try does.
    PLAN = "plan"
    #: Upload and finalize what an earlier try only created.
    RESUME = "resume"
    #: An earlier try finalized it: wait until it is live.
    WAIT = "wait"
    #: A newer deploy took its place, and must not be overwritten.
    OVERTAKEN = "overtaken"


@dataclass(frozen=True)
class Continuation:
    """What an earlier try left, and what to do with it.

    :param step: What comes next.
    :param deploy: The earlier try's deploy.
    :param newer: The deploy that overtook it.
    :param note: What to say about it in the log.
    """

    step: Step
    deploy: Deploy | None = None
    newer: Deploy | None = None
    note: str = ""


def continuation(
    deployment: DeploymentCode,
    deploys: Iterable[Deploy],
    task: TaskMark,
    *,
    wanted: Marker,
    running: Marker,
    planned: Marker,
    fits: Callable[[Deploy], bool] = lambda _: True,
) -> Continuation:
    """Say how a retry goes on.

    :param deployment: The Deployment.
    :param deploys: Its deploys, in any order.
    :param task: The retry's task.
    :param wanted: Digests of all that the task is to deploy.
    :param running: Digests of the code that runs now.
    :param planned: Digests of what the retry would deploy if there had been no earlier try.
    :param fits: Whether a deploy went to where the retry's would go; the task's arguments may have changed since.
    """
    known = newest_first(deploys)
    deploy = next((deploy for deploy in known if _key(deploy) == task.key and fits(deploy)), None)
    if deploy is None:
        return Continuation(Step.PLAN)
    marker = read_marker(deploy.description)
    # A person who cleared the task wants what it does to be done once more; Airflow's own retry must not do that.
    is_cleared = marker.task is not None and marker.task.round != task.round
    newer = overtaking(deploy, deployment, known)
    if newer is not None:
        return Continuation(Step.PLAN) if is_cleared else Continuation(Step.OVERTAKEN, deploy, newer)
    if deploy.status == INITIALIZED:
        if _digests(marker) == _digests(planned):
            note = f"An earlier try of this task created {deploy.label} but did not finish it; continuing with it."
            return Continuation(Step.RESUME, deploy, note=note)
        note = (
            f"An earlier try of this task created {deploy.label} but did not finish it. That deploy does not contain "
            "what is to be deployed now, so it stays unfinished."
        )
        return Continuation(Step.PLAN, note=note)
    if deploy.status != DEPLOYED:
        return Continuation(
            Step.PLAN, note=f"An earlier try of this task created {deploy.label}, which is {deploy.status}."
        )
    if is_cleared:
        return Continuation(Step.PLAN)
    if all(want in (None, own, now) for want, own, now in zip(*map(_digests, (wanted, marker, running)), strict=True)):
        note = f"An earlier try of this task created {deploy.label}; waiting for it."
        return Continuation(Step.WAIT, deploy, note=note)
    note = f"An earlier try of this task created {deploy.label}, but the code to deploy has changed since."
    return Continuation(Step.PLAN, note=note)


def _key(deploy: Deploy) -> str | None:
    task = read_marker(deploy.description).task
    return task.key if task else None


def _digests(marker: Marker) -> tuple[str | None, str | None, str | None]:
    return marker.dags, marker.image, marker.dbt
