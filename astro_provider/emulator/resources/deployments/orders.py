"""What tests order for Deployments: for one, by its id or name, or for all whose names match a pattern.

A pattern also applies to Deployments that are created later: the usual test of a DAG that creates its own.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.ids import new_id
from astro_provider.emulator.core.problems import UnknownNameError, suggested

if TYPE_CHECKING:
    from collections.abc import Mapping

    from astro_provider.emulator.state import State

Document = dict[str, Any]


def is_for(deployments: str, deployment: Mapping[str, Any]) -> bool:
    """Whether a text stands for a Deployment.

    :param deployments: A Deployment's id, its name, or a pattern of names: ``ephemeral-*``.
    :param deployment: The stored Deployment.
    """
    name = str(deployment["name"])
    return deployments in {deployment["id"], name} or fnmatchcase(name, deployments)


def put_order(state: State, kind: str, deployments: str, order: Document) -> None:
    """Store an order.

    :param state: The emulator's state.
    :param kind: What is ordered, such as ``deploy_failures``.
    :param deployments: A Deployment's id, its name, or a pattern of names.
    :param order: What is ordered.
    :raises UnknownNameError: It is neither a pattern nor the id or name of a Deployment that exists.
    """
    with state.store.lock:
        known = state.store.all("deployment")
        if not any(sign in deployments for sign in "*?[") and not any(is_for(deployments, each) for each in known):
            raise UnknownNameError(
                f"There is no Deployment with the id or name {deployments!r}. "
                f"{suggested(deployments, [each['name'] for each in known])} For a Deployment that is created later, "
                f"give a pattern of names, such as '{deployments}*'."
            )
        state.store.put(_stored(kind), {**order, "id": new_id(), "deployments": deployments})


def orders_for(state: State, kind: str, deployment: Mapping[str, Any]) -> list[Document]:
    """Return the orders for a Deployment, oldest first.

    :param state: The emulator's state.
    :param kind: What is ordered.
    :param deployment: The stored Deployment.
    """
    return [order for order in state.store.all(_stored(kind)) if is_for(order["deployments"], deployment)]


def count(state: State, kind: str, order: Document) -> None:
    """Use an order up by one time.

    :param state: The emulator's state.
    :param kind: What is ordered.
    :param order: The order; it has ``times``.
    """
    order["times"] -= 1
    state.store.put(_stored(kind), order)


def _stored(kind: str) -> str:
    return f"order/{kind}"
