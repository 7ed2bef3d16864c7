"""Which code a Deployment runs now, as far as its own deploys say. Pure.

Git history says nothing about that, and the newest deploy does not either: it may have failed, or a person may have
rolled it back. The Deployment's own tarball version and image tag say it, and the deploys that have the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from astro_provider.rules.deploy_markers import read_marker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from astro_provider.models.deployments import DeploymentCode
    from astro_provider.models.deploys import Deploy

INITIALIZED, DEPLOYED, FAILED = "INITIALIZED", "DEPLOYED", "FAILED"
DAG_ONLY, IMAGE_ONLY, IMAGE_AND_DAG, BUNDLE = "DAG_ONLY", "IMAGE_ONLY", "IMAGE_AND_DAG", "BUNDLE"


@dataclass(frozen=True)
class RunningCode:
    """What a Deployment runs now.

    :param dags: Digest of the folder of DAGs; ``None``: no deploy of this package brought it, so it is not known.
    :param image: Digest of the image; ``None``: the same.
    :param deploy: The newest deploy that brought a part of it; ``None``: it is not in the list.
    """

    dags: str | None = None
    image: str | None = None
    deploy: Deploy | None = None


def newest_first(deploys: Iterable[Deploy]) -> list[Deploy]:
    """Return deploys by their time of creation; the API declares no order.

    Of two that were created in the same moment, the order in which the whole list is tells which one is newer.

    :param deploys: The deploys, in any order.
    """
    listed = list(deploys)
    if listed and listed[0].created_at < listed[-1].created_at:
        listed.reverse()
    return sorted(listed, key=lambda deploy: deploy.created_at, reverse=True)


def older_than(own: Deploy, known: Sequence[Deploy]) -> list[Deploy]:
    """Return the deploys that are older than one.

    :param own: The deploy; it may have been created after the list was read.
    :param known: Deploys, the newest first.
    """
    at = next((index for index, deploy in enumerate(known) if deploy.id == own.id), None)
    if at is None:
        return [deploy for deploy in known if deploy.created_at < own.created_at]
    return list(known[at + 1 :])


def running_code(deployment: DeploymentCode, deploys: Iterable[Deploy]) -> RunningCode:
    """Return what a Deployment runs now, or is about to run once the present roll-out is over.

    :param deployment: The Deployment.
    :param deploys: Its deploys, in any order.
    """
    known = newest_first(deploys)
    version, tag = deployment.desired_dag_tarball_version, deployment.image_tag
    deployed = [deploy for deploy in known if deploy.status == DEPLOYED]
    # An image that came while DAG deploys were disabled brought its DAGs: what lay there before counts no more.
    since = takewhile(lambda deploy: deploy.is_dag_deploy_enabled is not False, deployed)
    with_dags = [deploy for deploy in since if version and deploy.dag_tarball_version == version]
    # Whoever switches DAG deploys on or off has to deploy an image after that, be it the same.
    # Source: https://www.astronomer.io/docs/astro/deploy-dags
    setting = {None, deployment.is_dag_deploy_enabled}
    built_for = [deploy for deploy in deployed if deploy.is_dag_deploy_enabled in setting and brings_image(deploy)]
    with_image = [deploy for deploy in built_for if tag and deploy.image_tag == tag]
    brought = newest_first({deploy.id: deploy for deploy in (*with_dags, *with_image)}.values())
    by_id = {deploy.id: deploy for deploy in known}
    return RunningCode(
        dags=_only(_digests(with_dags, by_id, lambda deploy: read_marker(deploy.description).dags)),
        image=_only(_digests(with_image, by_id, lambda deploy: read_marker(deploy.description).image)),
        deploy=brought[0] if brought else None,
    )


def running_bundle(mount_path: str, deploys: Iterable[Deploy]) -> Deploy | None:
    """Return the deploy that brought what lies at a mount path now, or took it away; ``None``: it is not known.

    A rollback restores what lay there when the deploy was made to which it went back.

    :param mount_path: The path.
    :param deploys: The Deployment's deploys, in any order.
    """
    known = newest_first(deploys)
    by_id = {deploy.id: deploy for deploy in known}
    deployed = [deploy for deploy in known if deploy.status == DEPLOYED]
    while deployed:
        origin = rolled_back_to(deployed[0], by_id)
        if origin.rollback_from_id is not None:
            return None
        if is_at(mount_path, origin):
            return origin
        deployed = older_than(origin, deployed)
    return None


def is_at(mount_path: str, deploy: Deploy) -> bool:
    """Whether a deploy is about what lies at a mount path.

    :param mount_path: The path.
    :param deploy: The deploy.
    """
    return deploy.type == BUNDLE and deploy.bundle_mount_path == mount_path


def has_bundle(mount_path: str, deploys: Iterable[Deploy]) -> bool:
    """Whether something lies at a mount path, as far as deploys say.

    :param mount_path: The path.
    :param deploys: The Deployment's deploys, in any order.
    """
    deployed = [deploy for deploy in newest_first(deploys) if deploy.status == DEPLOYED]
    if deployed and deployed[0].bundles is not None:
        return any(each.mount_path == mount_path and each.desired_version for each in deployed[0].bundles)
    newest = running_bundle(mount_path, deployed)
    if newest is None:
        return False
    marker = read_marker(newest.description)
    return marker.dbt is not None or marker.task is None  # one of this package's without a digest took it away


def _digests(deploys: Sequence[Deploy], by_id: Mapping[str, Deploy], read: Callable[[Deploy], str | None]) -> set[str]:
    """Return the digests that deploys carry; a rollback's are those of the deploy to which it went back."""
    found = {read(deploy) or read(rolled_back_to(deploy, by_id)) for deploy in deploys}
    return {digest for digest in found if digest}


def _only(digests: set[str]) -> str | None:
    """Return the one digest; two deploys of the same second may share an image tag, and then nothing is known."""
    return digests.pop() if len(digests) == 1 else None


def rolled_back_to(deploy: Deploy, by_id: Mapping[str, Deploy]) -> Deploy:
    """Return the deploy whose code a rollback restored, also of a rollback to a rollback; else the deploy itself.

    :param deploy: A deploy.
    :param by_id: The Deployment's deploys.
    """
    seen = {deploy.id}
    while (earlier := by_id.get(deploy.rollback_from_id or "")) is not None and earlier.id not in seen:
        seen.add(earlier.id)
        deploy = earlier
    return deploy


def overtaking(own: Deploy, deployment: DeploymentCode, deploys: Iterable[Deploy]) -> Deploy | None:
    """Return the newer deploy that put other code in the place of a deploy's own; ``None`` if there is none.

    A newer deploy that only began, or that brought what this one did not bring, does not overtake it.

    :param own: The deploy.
    :param deployment: Its Deployment, as it is now.
    :param deploys: The Deployment's deploys, in any order.
    """
    known = newest_first(deploys)
    older = {deploy.id for deploy in older_than(own, known)}
    for other in known:
        if other.id == own.id or other.id in older:
            continue
        if other.type == BUNDLE and own.type == BUNDLE:
            if other.bundle_mount_path == own.bundle_mount_path and other.status != INITIALIZED:
                return other
        elif _replaces_dags(own, other, deployment) or _replaces_image(own, other, deployment):
            return other
    return None


def _replaces_dags(own: Deploy, other: Deploy, deployment: DeploymentCode) -> bool:
    version = deployment.desired_dag_tarball_version
    both = brings_dags(own) and brings_dags(other)
    return both and bool(version) and other.dag_tarball_version == version != own.dag_tarball_version


def _replaces_image(own: Deploy, other: Deploy, deployment: DeploymentCode) -> bool:
    tag = deployment.image_tag
    both = brings_image(own) and brings_image(other) and other.status != INITIALIZED
    return both and bool(tag) and other.image_tag == tag != own.image_tag


def brings_dags(deploy: Deploy) -> bool:
    """Whether a deploy brings DAGs of its own; others show the tarball version that was there before.

    :param deploy: The deploy.
    """
    return deploy.type in {DAG_ONLY, IMAGE_AND_DAG} or deploy.rollback_from_id is not None


def brings_image(deploy: Deploy) -> bool:
    """Whether a deploy brings an image of its own; others show the tag that was there before.

    :param deploy: The deploy.
    """
    return deploy.type in {IMAGE_ONLY, IMAGE_AND_DAG} or deploy.rollback_from_id is not None


def tarball_version(deploy: Deploy) -> str | None:
    """Return the version of the tarball that a finalized deploy brought; ``None``: it brought none, or does not say.

    :param deploy: The deploy.
    """
    if deploy.type != BUNDLE:
        return deploy.dag_tarball_version if brings_dags(deploy) else None
    found = [each.desired_version for each in deploy.bundles or () if each.mount_path == deploy.bundle_mount_path]
    return found[0] if found else None


def version_before(own: Deploy, deploys: Iterable[Deploy]) -> str | None:
    """Return the tarball version that a Deployment ran before a deploy; ``None``: it is not known.

    :param own: The deploy.
    :param deploys: The Deployment's deploys, in any order.
    """
    for deploy in older_than(own, newest_first(deploys)):
        if deploy.status == DEPLOYED and deploy.dag_tarball_version != own.dag_tarball_version:
            return deploy.dag_tarball_version
    return None
