"""Which deploy a rollback goes back to. Pure: no clock, no network, no Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.common.moments import moment_in_words
from astro_provider.errors import GuardError, NameLookupError
from astro_provider.rules.running_code import DEPLOYED, newest_first, older_than, rolled_back_to
from astro_provider.rules.runtime_versions import is_downgrade, read_runtime_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from astro_provider.models.deployments import Deployment
    from astro_provider.models.deploys import Deploy


def rollback_target(
    deployment: Deployment, deploys: Sequence[Deploy], deploy_id: str | None, steps_back: int
) -> Deploy:
    """Return the deploy to go back to.

    A rollback stands for the deploy that it restored: steps go on from there, so that a second rollback goes further
    back instead of undoing the first, and none goes back to what was rolled back.

    :param deployment: The Deployment.
    :param deploys: Its deploys, in any order.
    :param deploy_id: The deploy to go back to; ``None``: by steps.
    :param steps_back: How many DEPLOYED deploys to go back.
    :raises NameLookupError: There is no such deploy.
    :raises GuardError: It was never DEPLOYED.
    """
    known = newest_first(deploys)
    by_id = {deploy.id: deploy for deploy in known}
    if deploy_id is not None:
        return _checked(deployment, by_id.get(deploy_id), deploy_id)
    deployed = [deploy for deploy in known if deploy.status == DEPLOYED]
    passed: list[Deploy] = []
    while deployed and len(passed) <= steps_back:
        passed.append(rolled_back_to(deployed[0], by_id))
        if (gone := passed[-1].rollback_from_id) is not None:
            raise NameLookupError(
                f"{passed[-1].label} of {deployment.label} is a rollback to deploy {gone}, which Astro no longer "
                "lists, so steps_back cannot count beyond it. Set deploy_id."
            )
        deployed = older_than(passed[-1], deployed)
    if not passed:
        raise NameLookupError(
            f"{deployment.label} has no deploy that is DEPLOYED, so there is nothing to roll back to."
        )
    if len(passed) <= steps_back:
        listed = ", ".join(f"{deploy.id} of {moment_in_words(deploy.created_at)}" for deploy in passed[1:11])
        count = len(passed) - 1
        words = "is 1 DEPLOYED deploy" if count == 1 else f"are {count or 'no'} DEPLOYED deploys"
        raise NameLookupError(
            f"steps_back={steps_back} goes back too far. {deployment.label} runs the code of {passed[0].label}, and "
            f"before it there {words}{f': {listed}' if listed else ''}."
        )
    return passed[steps_back]


def present_deploy(deploys: Sequence[Deploy]) -> tuple[Deploy | None, Deploy | None]:
    """Return the newest deploy that was DEPLOYED, and the one whose code it brought, which differ after a rollback.

    :param deploys: The Deployment's deploys, in any order.
    """
    known = newest_first(deploys)
    newest = next((deploy for deploy in known if deploy.status == DEPLOYED), None)
    return newest, None if newest is None else rolled_back_to(newest, {deploy.id: deploy for deploy in known})


def _checked(deployment: Deployment, deploy: Deploy | None, deploy_id: str) -> Deploy:
    if deploy is None:
        raise NameLookupError(f"{deployment.label} has no deploy {deploy_id}.")
    if deploy.status != DEPLOYED:
        raise GuardError(
            f"Deploy {deploy_id} of {deployment.label} is {deploy.status}; a rollback needs a deploy that was DEPLOYED."
        )
    return deploy


def check_rollback(deployment: Deployment, target: Deploy, *, allow_downgrade: bool) -> None:
    """Refuse a rollback that Astro cannot make, or that would lose what runs.

    :param deployment: The Deployment.
    :param target: The deploy to go back to.
    :param allow_downgrade: Whether the DAG's author accepts what an older runtime brings.
    :raises GuardError: The Deployment is HYBRID, or the runtime would be an older one, or may be.
    """
    if deployment.type == "HYBRID":
        raise GuardError(f"{deployment.label} is HYBRID; Astro rolls back only Hosted Deployments.")
    now, then = deployment.astro_runtime_version or deployment.runtime_version, target.astro_runtime_version
    if allow_downgrade or now == then:
        return
    consequences = (
        "An older runtime kills running tasks and may lose metadata of newer features. Set allow_downgrade=True to "
        "roll back anyway."
    )
    if read_runtime_version(then or "") is None or read_runtime_version(now or "") is None:
        raise GuardError(
            f"{deployment.label} runs {f'Astro Runtime {now}' if now else 'an unknown version of Astro Runtime'}, and "
            f"deploy {target.id} has {then or 'an unknown version'}, so it is not clear which is older. {consequences}"
        )
    if is_downgrade(str(then), now):
        raise GuardError(
            f"{deployment.label} runs Astro Runtime {now}, and deploy {target.id} has {then}. {consequences}"
        )
