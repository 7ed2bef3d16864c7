"""Writing what a copy of connections, variables and pools has planned, and saying what became of each."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from astro_provider.errors import (
    AlreadyExistsError,
    ApiError,
    AstroError,
    ForbiddenError,
    NotFoundError,
    PartialFailureError,
    UnauthorizedError,
)
from astro_provider.http.retry import is_ambiguous

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from astro_provider.airflow_api import AirflowClient
    from astro_provider.rules.airflow_objects.plan import CopyPlan, Step

    Call = Callable[[], None]

log = logging.getLogger(__name__)

#: What has become of an object, by what was planned for it.
OUTCOMES = {"create": "created", "update": "updated", "delete": "deleted"}


class Copy:
    """Makes the steps of a plan, one by one; each may be made again after a try that was cut short.

    :param airflow: The target.
    :param plan: The plan.
    """

    def __init__(self, airflow: AirflowClient, plan: CopyPlan) -> None:
        self._airflow = airflow
        self._plan = plan
        self._failed: list[str] = []
        #: What has become of each object so far; no values.
        self.results: list[dict[str, str]] = []

    def run(self) -> None:
        """Make all steps; one that the target refuses does not stop the others.

        :raises PartialFailureError: The target refused some of them.
        :raises AstroError: The target cannot be reached, or refuses the token.
        """
        for step in self._plan.steps:
            try:
                outcome = self._make(step) if step.writes else step.action
            except ApiError as error:
                if error.retryable or isinstance(error, UnauthorizedError | ForbiddenError):
                    raise
                log.error("%s: %s", step.label, error)  # noqa: TRY400  (a traceback says nothing more)
                self._failed.append(f"{step.label}: {error}")
                outcome = "failed"
            self.results.append(result(step, outcome))
        if self._failed:
            count = "1 object was" if len(self._failed) == 1 else f"{len(self._failed)} objects were"
            raise PartialFailureError("\n".join([f"{count} not copied:", *self._failed]))

    def _make(self, step: Step) -> str:
        if step.action == "delete":
            return self._delete(step)
        create, update = self._calls(step.kind, step.name, step.fields)
        if step.action == "create":
            self._create(step, create, update)
        else:
            self._update(step, create, update)
        return OUTCOMES[step.action]

    def _create(self, step: Step, create: Call, update: Call) -> None:
        """Create an object. What a lost response may have created is changed to the same, which does no harm."""
        try:
            create()
            return
        except AlreadyExistsError:
            log.info("%s now exists; updating it.", step.label)
        except AstroError as error:
            if not is_ambiguous(error):
                raise
            log.warning("%s may have been created although the request failed; writing it again. %s", step.label, error)
        if getattr(self._airflow, step.kind).reaches(step.name):
            update_or_create(update, create)
            return
        with suppress(AlreadyExistsError):  # nothing can change it, so nothing but this task can have made it
            create()

    def _update(self, step: Step, create: Call, update: Call) -> None:
        if step.kind == "connections":
            update()  # only its changed fields are known: if it is gone, a retry reads it once more, and creates it
        else:
            update_or_create(update, create)

    def _calls(self, kind: str, name: str, fields: Mapping[str, Any]) -> tuple[Call, Call]:
        """Return what creates an object, and what changes it to the same."""
        airflow = self._airflow
        if kind == "connections":
            fields = {**fields, "conn_type": fields.get("conn_type") or "generic"}
            return (
                lambda: airflow.connections.create(name, fields),
                lambda: airflow.connections.update(name, fields),
            )
        described: dict[str, Any] = {"description": fields["description"] or ""} if "description" in fields else {}
        if kind == "variables":
            value = fields["value"]
            return (
                lambda: airflow.variables.create(name, value, description=fields.get("description")),
                lambda: airflow.variables.update(name, value, **described),
            )
        size: dict[str, Any] = {"slots": fields["slots"], "include_deferred": fields["include_deferred"]}
        return (
            lambda: airflow.pools.create(name, **size, description=fields.get("description")),
            lambda: airflow.pools.update(name, **size, **described),
        )

    def _delete(self, step: Step) -> str:
        try:
            getattr(self._airflow, step.kind).delete(step.name)
        except NotFoundError:
            log.info("%s is gone already.", step.label)
        return OUTCOMES["delete"]


def update_or_create(update: Call, create: Call) -> None:
    """Write an object, whether or not it exists, and even if it comes to exist while this is under way.

    A create that no longer waits for its response may still take effect: after the update found nothing, and before the
    second create.

    :param update: Changes it.
    :param create: Creates it with the same fields.
    """
    try:
        update()
    except NotFoundError:
        try:
            create()
        except AlreadyExistsError:
            update()


def result(step: Step, outcome: str) -> dict[str, str]:
    """Return what is told about an object, without values.

    :param step: What was planned.
    :param outcome: What became of it.
    """
    from astro_provider.rules.airflow_objects.objects import SINGULAR

    return {"kind": SINGULAR[step.kind], "name": step.name, "outcome": outcome, "reason": step.reason}
