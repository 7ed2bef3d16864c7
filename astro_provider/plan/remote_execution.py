"""Remote Execution: tasks run on agents of one's own, so that much of a Deployment is not there.

Astro refuses it together with DAG-only deploys, and with every executor but ASTRO. Whether STANDARD Deployments can
have it is in doubt: the API document has the field for them, Astronomer's own end-to-end files say that it is for
DEDICATED.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.models.deployment_requests import RemoteExecutionRequest
from astro_provider.plan.fields import AMOUNTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from astro_provider.deployment_file.model import Configuration
    from astro_provider.models.deployments import Deployment
    from astro_provider.plan.problems import Problems

SETTINGS = ("enabled", "allowed_ip_address_ranges", "task_log_bucket", "task_log_url_pattern")


def is_remote(config: Configuration, current: Deployment | None, deployment_type: str | None) -> bool:
    """Whether Remote Execution is on after the request.

    :param config: The file's ``configuration``.
    :param current: The existing Deployment; ``None`` for a create.
    :param deployment_type: Type of the Deployment; HYBRID ones never have it.
    """
    asked = config.remote_execution.enabled if config.remote_execution else None
    return deployment_type != "HYBRID" and (was_remote(current) if asked is None else asked)


def was_remote(current: Deployment | None) -> bool:
    """Whether Remote Execution is on before the request.

    :param current: The existing Deployment; ``None`` for a create.
    """
    return current is not None and current.remote_execution is not None and current.remote_execution.enabled


def present_request(current: Deployment) -> RemoteExecutionRequest | None:
    """Return the present settings as the request that leaves them as they are; ``None`` if Remote Execution is off.

    :param current: The existing Deployment.
    """
    if not was_remote(current) or current.remote_execution is None:
        return None
    shown = current.remote_execution.model_dump(include=set(SETTINGS), exclude_none=True)
    return RemoteExecutionRequest.model_validate(shown)


def planned_request(problems: Problems, current: Deployment | None, *, remote: bool) -> RemoteExecutionRequest | None:
    """Return the settings to send: the present ones with the file's laid over; ``None`` if it is off and stays off.

    :param problems: Holds the file.
    :param current: The existing Deployment; ``None`` for a create.
    :param remote: Whether Remote Execution is on after the request.
    """
    if not remote:
        _note_unused_settings(problems, current)
        # Astro refuses "off" for a Deployment that never had it on.
        return RemoteExecutionRequest(enabled=False) if was_remote(current) else None
    fields: dict[str, object] = {}
    for source in (current.remote_execution if current else None, problems.configuration.remote_execution):
        if source:
            fields |= {name: value for name in SETTINGS if (value := getattr(source, name)) is not None}
    return RemoteExecutionRequest.model_validate(fields)


def _note_unused_settings(problems: Problems, current: Deployment | None) -> None:
    """Note settings of a file that does not switch Remote Execution on; one that says "off" is taken at its word."""
    asked, present = problems.configuration.remote_execution, current.remote_execution if current else None
    if asked is None or asked.enabled is False:
        return
    for name in SETTINGS:
        said = getattr(asked, name)
        if said and said != getattr(present, name, None):
            problems.note("is not used, because enabled is not true", "configuration", "remote_execution", name)


def fitting_defaults(problems: Problems) -> dict[str, object]:
    """Return what a new Deployment with Remote Execution needs and Astro's defaults would not be; notes each.

    :param problems: Holds the file; gets the notes.
    """
    fields: dict[str, object] = {}
    if problems.configuration.executor is None:
        fields["executor"] = "ASTRO"
        problems.note("is missing; ASTRO is sent, which Remote Execution needs", "configuration", "executor")
    if problems.configuration.dag_deploy_enabled is None:
        fields["is_dag_deploy_enabled"] = False
        found = "is missing; false is sent, because Remote Execution has no DAG-only deploys"
        problems.note(found, "configuration", "dag_deploy_enabled")
    return fields


def check_remote(
    problems: Problems, fields: Mapping[str, object], current: Deployment | None, deployment_type: str
) -> None:
    """Refuse DAG-only deploys together with Remote Execution, and note what it does not have or may not get.

    :param problems: Holds the file; gets problems and notes.
    :param fields: The request so far.
    :param current: The existing Deployment; ``None`` for a create. What it has already may stay.
    :param deployment_type: Type of the Deployment.
    """
    for key in AMOUNTS:
        if getattr(problems.configuration, key) is not None:
            problems.note("is not used with Remote Execution", "configuration", key)
    if current and was_remote(current) and current.is_dag_deploy_enabled:
        return
    if fields.get("is_dag_deploy_enabled"):
        found = "must be false with Remote Execution, which has no DAG-only deploys"
        if problems.configuration.dag_deploy_enabled is None:
            found += "; the Deployment has them on"
        problems.add(found, "configuration", "dag_deploy_enabled")
    if deployment_type == "STANDARD" and not was_remote(current):
        found = (
            "may not be available for STANDARD Deployments: the API document allows it, but Astronomer says that it is "
            "for DEDICATED"
        )
        problems.note(f"{found}. It is sent, and Astro may refuse it", "configuration", "remote_execution")
