"""How a Deployment's status moves on: at once, with each read, or with time.

A stored Deployment carries its unfinished steps under ``_steps`` (``[status, reason]`` each, and the deploy's id where
the step rolls one out) and, under ``_since``, when the present step began: in reads or in seconds.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

STATUSES = ("CREATING", "DEPLOYING", "HEALTHY", "UNHEALTHY", "UNKNOWN", "HIBERNATING")
CREATION = [
    ["CREATING", "Resources are being provisioned"],
    ["UNHEALTHY", "The webserver is starting"],
    ["HEALTHY", "Successfully Deployed"],
]
UPDATE = [["DEPLOYING", "Rolling out the update"], ["HEALTHY", "Successfully Deployed"]]
HIBERNATING = ["HIBERNATING", "Scaled to zero"]


class Progress:
    """When one step gives way to the next.

    :param spec: ``immediately``, ``reads:N`` or ``seconds:S``.
    :param clock: Seconds, for ``seconds:S``.
    """

    def __init__(self, spec: str = "immediately", clock: Callable[[], float] = time.time) -> None:
        if not re.fullmatch(r"immediately|reads:[0-9]+|seconds:[0-9]*\.?[0-9]+", spec):
            raise ValueError(f"progress={spec!r}; allowed: 'immediately', 'reads:N', 'seconds:S'")
        self.kind, _, amount = spec.partition(":")
        self.amount = float(amount or 0)
        self.clock = clock

    def begin(self, deployment: dict[str, Any], steps: list[list[str]], *, stale_reads: int = 0) -> None:
        """Set out on a life cycle; the first step shows at once.

        :param deployment: The stored Deployment.
        :param steps: The statuses to go through, each with its reason.
        :param stale_reads: For how many reads the status before still shows.
        """
        deployment["_stale"] = stale_reads
        deployment["_steps"] = [list(step) for step in steps]
        deployment["_since"] = self.clock() if self.kind == "seconds" else 0
        if not stale_reads:
            self._show(deployment)

    def read(self, deployment: dict[str, Any]) -> bool:
        """Take note of one read, before it is answered; returns whether anything changed.

        :param deployment: The stored Deployment.
        """
        if deployment.get("_stale"):
            deployment["_stale"] -= 1
            return True
        if not deployment.get("_steps"):
            return False
        if self.kind == "seconds":
            self._by_time(deployment)
        elif self.kind == "immediately":
            deployment["_steps"] = deployment["_steps"][-1:]
        else:
            deployment["_since"] += 1
            if deployment["_since"] > self.amount and len(deployment["_steps"]) > 1:
                deployment["_steps"].pop(0)
                deployment["_since"] = 1
        self._show(deployment)
        return True

    def look(self, deployment: dict[str, Any]) -> bool:
        """Move on without a read, unless reads are what moves it; returns whether anything changed.

        :param deployment: The stored Deployment.
        """
        return self.kind != "reads" and not deployment.get("_stale") and self.read(deployment)

    def _by_time(self, deployment: dict[str, Any]) -> None:
        while len(deployment["_steps"]) > 1 and self.clock() - deployment["_since"] >= self.amount:
            deployment["_steps"].pop(0)
            deployment["_since"] += self.amount

    def _show(self, deployment: dict[str, Any]) -> None:
        deployment["status"], deployment["statusReason"] = deployment["_steps"][0][:2]
        if len(deployment["_steps"]) == 1:
            deployment["_steps"] = []


def pin(deployment: dict[str, Any], status: str, reason: str | None) -> None:
    """Hold a status until the next update.

    :param deployment: The stored Deployment.
    :param status: The status.
    :param reason: Its reason.
    """
    deployment.update({"_steps": [], "_stale": 0, "status": status})
    if reason is None:
        deployment.pop("statusReason", None)
    else:
        deployment["statusReason"] = reason
