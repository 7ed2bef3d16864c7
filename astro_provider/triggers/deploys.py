"""Waiting in the triggerer until a deploy is live."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.common.import_paths import names_elsewhere
from astro_provider.polling.deploys import AIRFLOWS, DEPLOYMENTS, DEPLOYS, HISTORIES, DeploymentCodeReader
from astro_provider.polling.reads import Read
from astro_provider.triggers.base import WaitTrigger
from astro_provider.waits.wait import Words

if TYPE_CHECKING:
    from collections.abc import Collection, Generator

    from astro_provider.models.deployments import DeploymentCode
    from astro_provider.models.deploys import Deploy
    from astro_provider.polling.reads import Reads
    from astro_provider.rules.liveness import AirflowView, Progress

log = logging.getLogger(__name__)


class DeployStatusTrigger(WaitTrigger):
    """Waits until a deploy is live: it has been rolled out, and every DAG has been parsed from it.

    All waits of a triggerer that share a connection read their Deployments together: one request reads 100 Deployments,
    and each wait needs one or two more.

    :param astro_conn_id: Id of a connection of type ``astro``.
    :param deployment_id: The Deployment.
    :param deploy_id: The deploy.
    :param version: Version of the tarball with which the deploy was finalized; ``None``: it contains no tarball.
    :param previous_version: Version of the DAGs that the Deployment ran before.
    :param expect_dags: Ids of DAGs that must be parsed.
    :param fail_on_import_errors: Whether a file that cannot be imported fails the wait, or is only logged.
    :param check_dags: Whether to check the DAGs in the Deployment's Airflow.
    :param in_place_at: When the code was first seen in place, in epoch seconds by Airflow's clock.
    :param target_statuses: Always ``LIVE``.
    :param failure_statuses: Always the statuses that no further poll changes.
    :param gone: Not used here.
    :param settle_until: Not used here.
    :param poll_interval: Seconds between polls.
    :param started_at: Epoch seconds at which the task began to wait.
    :param deadline: Epoch seconds at which the wait fails; it survives a restart of the triggerer.
    :param limit: The argument of the task that set the deadline: ``timeout`` or ``execution_timeout``.
    :param url: Address of the deploy's page, for messages.
    :param known_as: Name of the deploy in messages.
    :param last_status: The progress of the deploy when the wait began, for messages.
    :param cancel_if_killed: Not used here, because a deploy cannot be cancelled.
    :param put_back: The hibernation override from before the task woke the Deployment up, to restore if somebody stops
        the waiting task.
    """

    reader: ClassVar[DeploymentCodeReader] = DEPLOYMENTS
    words: ClassVar[Words] = Words("Deploy", left="continues")

    deployment_id: str
    deploy_id: str
    version: str | None = None
    previous_version: str | None = None
    expect_dags: Collection[str] = ()
    fail_on_import_errors: bool = True
    check_dags: bool = True
    in_place_at: float | None = None
    target_statuses: Collection[str] = ("LIVE",)
    failure_statuses: Collection[str] = ("FAILED", "OVERTAKEN", "BROKEN")

    _deploy = None
    _told = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.expect_dags = sorted(self.expect_dags)  # has to survive JSON unchanged

    @property
    def key(self) -> tuple[str, str]:
        """The Deployment's id and the deploy's."""
        return self.deployment_id, self.deploy_id

    def reads(self) -> Reads:
        """Read the Deployment, the deploy until it is in place, and then what Airflow says."""
        from astro_provider.rules.liveness import LIVE, rollout_gap
        from astro_provider.rules.running_code import brings_dags

        deployment = yield Read(DEPLOYMENTS, self.deployment_id)
        if deployment is None:
            return None
        deploy = self._deploy if self.in_place_at is not None else None
        if deploy is None:
            deploy = self._deploy = yield Read(DEPLOYS, self.key)
        if deploy is None:
            return None
        version = self.version
        if version is None and deploy.rollback_from_id:
            version = deploy.dag_tarball_version
        elif version and brings_dags(deploy):
            deploy = deploy.model_copy(update={"dag_tarball_version": version})
        if (overtaken := (yield from self._overtaken(deploy, deployment, version))) is not None:
            return overtaken
        if (gap := rollout_gap(deploy, deployment, version)) is not None:
            return self._progress(deploy, deployment, *gap)
        if not self.check_dags:
            return self._progress(deploy, deployment, LIVE)
        if deployment.status == "HIBERNATING":
            return self._progress(deploy, deployment, LIVE, "it hibernates, so its DAGs could not be checked")
        return (yield from self._parsed(deploy, deployment, version))

    def _overtaken(
        self, deploy: Deploy, deployment: DeploymentCode, version: str | None
    ) -> Generator[Read, Any, Progress | None]:
        from astro_provider.rules.liveness import OVERTAKEN, may_be_overtaken, overtaken_reason
        from astro_provider.rules.running_code import overtaking

        if not may_be_overtaken(deploy, deployment, version):
            return None
        newer = overtaking(deploy, deployment, (yield Read(HISTORIES, self.deployment_id)) or ())
        return None if newer is None else self._progress(deploy, deployment, OVERTAKEN, overtaken_reason(newer))

    def _parsed(
        self, deploy: Deploy, deployment: DeploymentCode, version: str | None
    ) -> Generator[Read, Any, Progress]:
        """Ask Airflow. One that does not respond is asked again; one that the token may not read is not asked."""
        from astro_provider.errors import AstroError
        from astro_provider.rules.liveness import LIVE, PARSING

        try:
            view = yield Read(AIRFLOWS, self.deployment_id, airflow_of=self.deployment_id)
        except AstroError as error:
            if _may_pass(error):
                return self._progress(deploy, deployment, PARSING, f"its Airflow could not be read: {error}")
            log.warning("The DAGs of %s are not checked: its Airflow cannot be read. %s", deployment.label, error)
            self.check_dags = False
            return self._progress(deploy, deployment, LIVE, "its DAGs were not checked")
        if view is None:
            return self._progress(deploy, deployment, PARSING, "its Airflow could not be read")
        return self._judged(view, deploy, deployment, version)

    def _judged(self, view: AirflowView, deploy: Deploy, deployment: DeploymentCode, version: str | None) -> Progress:
        from astro_provider.rules import liveness
        from astro_provider.rules.running_code import brings_dags

        if self.in_place_at is None:
            self.in_place_at = view.now.timestamp()
        expected = liveness.Expectation(
            version=version if brings_dags(deploy) else None,
            previous=self.previous_version,
            dag_ids=self.expect_dags,
            created_at=deploy.created_at,
            in_place_at=datetime.fromtimestamp(self.in_place_at, timezone.utc),
        )
        if errors := liveness.new_import_errors(view, expected):
            reason = liveness.import_errors_reason(errors)
            if self.fail_on_import_errors:
                return self._progress(deploy, deployment, liveness.BROKEN, reason)
            if reason != self._told:
                self._told = reason
                log.warning("%s", reason)
        if gap := liveness.parsing_gap(view, expected):
            return self._progress(deploy, deployment, liveness.PARSING, gap)
        count = sum(not dag.is_stale for dag in view.dags)
        if not count and expected.version is not None:
            log.warning("%s has no DAGs: none was found in what was deployed.", deployment.label)
        return self._progress(deploy, deployment, liveness.LIVE, f"{count} DAG{'' if count == 1 else 's'} parsed")

    def _progress(self, deploy: Deploy, deployment: DeploymentCode, status: str, reason: str | None = None) -> Progress:
        from astro_provider.rules.liveness import Progress

        facts = {
            **deployment.facts,
            "deploy_id": deploy.id,
            "deploy_status": status,
            "dag_tarball_version": deploy.dag_tarball_version,
        }
        return Progress(f"{deploy.label} of {deployment.label}", status, reason or None, facts)


def _may_pass(error: Exception) -> bool:
    """Whether an Airflow may be readable later: it is not up yet, or busy, or in the middle of a roll-out."""
    from astro_provider.errors import AstroError, HibernatingError, UnexpectedResponseError

    return isinstance(error, (HibernatingError, UnexpectedResponseError)) or (
        isinstance(error, AstroError) and error.retryable
    )


if not TYPE_CHECKING:
    __getattr__ = names_elsewhere(__name__)
