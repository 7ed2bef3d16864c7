"""Whether a deploy is live: what Astro says of the roll-out, and what Airflow says of each DAG. Pure.

Astro calls a Deployment healthy while its Airflow still runs the previous DAGs. Only Airflow knows which version a
DAG was parsed from: on Airflow 3 it says so, on Airflow 2 the time of parsing tells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from astro_provider.common.moments import moment_in_words
from astro_provider.common.suggestions import did_you_mean
from astro_provider.rules.running_code import BUNDLE, FAILED, INITIALIZED, brings_dags, brings_image

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from astro_provider.models.airflow.dags import Dag
    from astro_provider.models.airflow.import_errors import DagImportError
    from astro_provider.models.deployments import DeploymentCode
    from astro_provider.models.deploys import Deploy

ROLLING_OUT, PARSING, LIVE = "ROLLING OUT", "PARSING", "LIVE"
#: Ends that no further poll changes; a deploy that FAILED is another.
OVERTAKEN, BROKEN = "OVERTAKEN", "BROKEN"
#: Seconds after which an import error that is not parsed again, while everything else is, counts as the new code's.
GRACE = 60.0
#: Seconds by which the files of one version may be parsed apart from each other without one being of another version.
TOLERANCE = timedelta(seconds=1)
#: Longest list of names in a message, and longest piece of a stack trace.
NAMES, TRACE = 5, 2000


@dataclass(frozen=True)
class Progress:
    """How far a deploy has come; the state that a wait judges.

    :param label: What messages call the deploy.
    :param status: ``INITIALIZED``, ``ROLLING OUT``, ``PARSING``, ``LIVE``; ``FAILED``, ``OVERTAKEN``, ``BROKEN``.
    :param status_reason: What is missing, or what went wrong.
    :param facts: What tasks pass on as XComs.
    """

    label: str
    status: str
    status_reason: str | None = None
    facts: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class AirflowView:
    """What a Deployment's Airflow says about its DAGs.

    :param dags: Those that have a file.
    :param import_errors: Of files that give no DAGs.
    :param now: The time by this Airflow's own clock.
    """

    dags: Sequence[Dag]
    import_errors: Sequence[DagImportError]
    now: datetime


@dataclass(frozen=True)
class Expectation:
    """What has to be true of the DAGs.

    :param version: Tarball version that they have to be parsed from; ``None``: the deploy brought only an image.
    :param previous: The version before.
    :param dag_ids: DAGs that have to be there.
    :param created_at: When the deploy was created, by Astro's clock.
    :param in_place_at: When the deploy was first seen in place, by Airflow's clock: what was parsed before is old.
    """

    version: str | None
    previous: str | None
    dag_ids: Collection[str]
    created_at: datetime
    in_place_at: datetime


def rollout_gap(deploy: Deploy, deployment: DeploymentCode, version: str | None) -> tuple[str, str] | None:
    """Return how far Astro is with a roll-out and what is missing; ``None``: it has finished.

    :param deploy: The deploy.
    :param deployment: Its Deployment.
    :param version: The tarball version that it was finalized with.
    """
    if deploy.status in {FAILED, INITIALIZED}:
        return deploy.status, deploy.status_reason or "Astro gave no reason" if deploy.status == FAILED else ""
    if deploy.type == BUNDLE:
        return _bundle_gap(deploy, version) or _health_gap(deployment)
    if version and brings_dags(deploy) and (gap := _dags_gap(deployment, version)) is not None:
        return gap
    if brings_image(deploy) and deploy.image_tag and deployment.image_tag != deploy.image_tag:
        return ROLLING_OUT, f"{deployment.label} still has the image {deployment.image_tag}"
    return _health_gap(deployment)


def is_rolling_out(deploy: Deploy, deployment: DeploymentCode, version: str | None) -> bool:
    """Whether what a Deployment is to run has not come to it yet, while it is not broken.

    :param deploy: The deploy that brought it.
    :param deployment: The Deployment.
    :param version: The tarball version that the deploy was finalized with.
    """
    if deployment.status in {"CREATING", "DEPLOYING"}:
        return True
    gap = _bundle_gap(deploy, version) if deploy.type == BUNDLE else version and _dags_gap(deployment, version)
    return bool(gap)


def _dags_gap(deployment: DeploymentCode, version: str) -> tuple[str, str] | None:
    # What hibernates takes nothing up before it is woken.
    asleep = " and is hibernating" if deployment.status == "HIBERNATING" else ""
    if deployment.desired_dag_tarball_version != version:
        return ROLLING_OUT, f"{deployment.label} has not applied it yet{asleep}"
    if deployment.dag_tarball_version != version:
        return ROLLING_OUT, f"{deployment.label} still runs the previous DAGs{asleep}"
    return None


def _bundle_gap(deploy: Deploy, version: str | None) -> tuple[str, str] | None:
    for bundle in deploy.bundles or ():
        wanted = bundle.desired_version if version is None else version
        if bundle.mount_path == deploy.bundle_mount_path and (bundle.current_version or "") != (wanted or ""):
            return ROLLING_OUT, f"{bundle.mount_path} still has its previous content"
    return None


def _health_gap(deployment: DeploymentCode) -> tuple[str, str] | None:
    # One in development mode may go to sleep by its schedule as soon as it has the code.
    if deployment.status in {"HEALTHY", "HIBERNATING"}:
        return None
    reason = f" ({deployment.status_reason})" if deployment.status_reason else ""
    return ROLLING_OUT, f"{deployment.label} is {deployment.status}{reason}"


def may_be_overtaken(deploy: Deploy, deployment: DeploymentCode, version: str | None) -> bool:
    """Whether a Deployment runs something else than a deploy brought, so that it is worth looking for a newer one.

    :param deploy: The deploy.
    :param deployment: Its Deployment.
    :param version: The tarball version that it was finalized with.
    """
    other_dags = bool(version) and brings_dags(deploy) and deployment.desired_dag_tarball_version != version
    return other_dags or (brings_image(deploy) and deployment.image_tag != deploy.image_tag)


def overtaken_reason(newer: Deploy) -> str:
    """Say which deploy took the place of another.

    :param newer: The newer deploy.
    """
    what = "a rollback" if newer.rollback_from_id else newer.type
    return (
        f"deploy {newer.id} of {moment_in_words(newer.created_at)} ({what}) replaced it; a retry of this task does not "
        "overwrite newer code"
    )


def parsing_gap(view: AirflowView, expected: Expectation) -> str | None:
    """Return which DAGs are not parsed from a deploy yet; ``None``: all are.

    :param view: What Airflow says.
    :param expected: What has to be true.
    """
    current = {dag.dag_id: dag for dag in view.dags if not dag.is_stale}
    absent = sorted(set(expected.dag_ids) - current.keys())
    if absent:
        count, others = len(set(expected.dag_ids)), current.keys() - set(expected.dag_ids)
        # All of the folder may be parsed already: then only a misspelled id is still to come.
        near = [f"{dag_id}.{hint}" for dag_id in absent if (hint := did_you_mean(dag_id, others))]
        names = (
            " ".join(near[:1]) if len(absent) == 1 and near else f"{_names(absent)}{f' ({near[0]})' if near else ''}"
        )
        return f"{_count(len(absent), count, 'expected DAGs')} not there yet: {names}"
    # A DAG whose file is broken in this version stays as it was; that is told apart from here.
    broken = {dag_id for dag_id, dag in current.items() if dag.has_import_errors} - set(expected.dag_ids)
    parsable = current.keys() - (broken if new_import_errors(view, expected) else ())
    old = sorted(dag_id for dag_id in parsable if not _is_parsed(current[dag_id], expected))
    if old:
        return f"{_count(len(old), len(current), 'DAGs')} not parsed from this version yet: {_names(old)}"
    doubtful = sorted({_file(error) for error in view.import_errors if _is_doubtful(error, view, expected)})
    if doubtful:
        return f"an import error may come from the previous code until its file is parsed again: {_names(doubtful)}"
    return None


def new_import_errors(view: AirflowView, expected: Expectation) -> list[DagImportError]:
    """Return the import errors of a deploy's own code, by file.

    :param view: What Airflow says.
    :param expected: What has to be true.
    """
    found = [error for error in view.import_errors if _is_new(error, view, expected)]
    return sorted(found, key=_file)


def _is_parsed(dag: Dag, expected: Expectation) -> bool:
    if expected.version and dag.bundle_version == expected.version:
        return True
    if expected.version and dag.bundle_version and dag.bundle_version == expected.previous:
        return False
    # Airflow 2, another bundle's DAG, an image, or a Runtime that numbers its bundles in another way.
    return dag.last_parsed_time is not None and dag.last_parsed_time > expected.in_place_at


def _is_new(error: DagImportError, view: AirflowView, expected: Expectation) -> bool:
    """Whether an import error comes from a deploy's code: Airflow dates it anew at each parsing of the file."""
    if error.timestamp is None:
        return True
    if error.timestamp <= expected.created_at or _has_previous_path(error, expected):
        return False
    parsed = [d.last_parsed_time for d in view.dags if d.last_parsed_time and _has_version(d, expected)]
    if parsed and error.timestamp >= min(parsed) - TOLERANCE:
        return True
    if error.timestamp > expected.in_place_at and not (parsed or _shows_previous(view, expected)):
        return True
    if (error.timestamp - expected.in_place_at).total_seconds() > GRACE:
        return True
    is_overdue = (view.now - expected.in_place_at).total_seconds() > GRACE
    return is_overdue and all(_is_parsed(dag, expected) for dag in view.dags if not dag.is_stale)


def _has_previous_path(error: DagImportError, expected: Expectation) -> bool:
    """Whether a file was parsed in the folder of the version before: Airflow 3 has one for each version."""
    return bool(expected.version and expected.previous) and str(expected.previous) in (error.stack_trace or "")


def _shows_previous(view: AirflowView, expected: Expectation) -> bool:
    """Whether Airflow has DAGs of the version before: it may not have noticed yet that there is a newer one.

    A DAG of a file that has an import error tells nothing: it stays as it was parsed last.
    """
    if not (expected.version and expected.previous):
        return False
    told = [dag for dag in view.dags if not (dag.is_stale or dag.has_import_errors)]
    return any(dag.bundle_version == expected.previous for dag in told)


def _is_doubtful(error: DagImportError, view: AirflowView, expected: Expectation) -> bool:
    """Whether an import error may be from the moments before a deploy was in place."""
    is_recent = error.timestamp is not None and error.timestamp > expected.created_at
    return is_recent and not _is_new(error, view, expected)


def _has_version(dag: Dag, expected: Expectation) -> bool:
    return bool(expected.version) and dag.bundle_version == expected.version


def import_errors_reason(errors: Sequence[DagImportError]) -> str:
    """Say which files give no DAGs, and why: a summary in the first line, then file and stack trace of each.

    :param errors: Their import errors.
    """
    files = sorted({_file(error) for error in errors})
    lines = [f"{len(files)} file{'s' if len(files) > 1 else ''} cannot be imported: {_names(files)}"]
    for error in errors[:NAMES]:
        trace = (error.stack_trace or "Airflow has no stack trace for this error.").strip()
        lines.append(f"{_file(error)}:\n{trace if len(trace) <= TRACE else f'…{trace[-TRACE:]}'}")
    if len(errors) > NAMES:
        lines.append(f"… and {len(errors) - NAMES} more; look at the Airflow UI of the Deployment.")
    return "\n".join(lines)


def _file(error: DagImportError) -> str:
    return error.filename or "a file that Airflow does not name"


def _count(part: int, whole: int, what: str) -> str:
    return f"{part} of {whole} {what} {'is' if part == 1 else 'are'}"


def _names(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - NAMES} more" if len(listed) > NAMES else ""
    return ", ".join(listed[:NAMES]) + more
