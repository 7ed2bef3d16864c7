"""Bulk changes of Airflow 3: many connections, variables or pools in one request, answered with 200 whatever failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, NamedTuple, TypeVar, Union

from pydantic import Discriminator, Tag

from astro_provider.emulator.airflow.bodies import AirflowBody
from astro_provider.emulator.airflow.problems import Refusal, crash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from astro_provider.emulator.airflow.metadata import Document
    from astro_provider.emulator.airflow.routing import AirflowCall

Entity = TypeVar("Entity", bound=AirflowBody)


class Create(AirflowBody, Generic[Entity]):
    """Objects to create."""

    action: Literal["create"]
    entities: list[Entity]
    action_on_existence: Literal["fail", "skip", "overwrite"] = "fail"


class Update(AirflowBody, Generic[Entity]):
    """Objects to update."""

    action: Literal["update"]
    entities: list[Entity]
    update_mask: list[str] | None = None
    action_on_non_existence: Literal["fail", "skip"] = "fail"


class Delete(AirflowBody, Generic[Entity]):
    """Names of objects to delete."""

    action: Literal["delete"]
    entities: list[Union[str, Entity]]  # noqa: UP007  (Python 3.10 cannot subscript X | Y)
    action_on_non_existence: Literal["fail", "skip"] = "fail"


def _action(value: Any) -> str:
    return str(value["action"] if isinstance(value, dict) else value.action)


class Bulk(AirflowBody, Generic[Entity]):
    """What to do, one action after the other."""

    actions: list[
        Annotated[
            Union[  # noqa: UP007
                Annotated[Create[Entity], Tag("create")],
                Annotated[Update[Entity], Tag("update")],
                Annotated[Delete[Entity], Tag("delete")],
            ],
            Discriminator(_action),
        ]
    ]


class Kind(NamedTuple):
    """What bulk changes need to know about a kind of objects.

    :param plural: For example ``connections``.
    :param keys: What their names are called, in the plural.
    :param key: The field with the name.
    :param exists: Whether there is an object of a name.
    :param create: Stores a new object.
    :param overwrite: Writes the given fields over a stored one.
    :param update: Updates one with the given fields and the action's mask.
    :param delete: Deletes one.
    """

    plural: str
    keys: str
    key: str
    exists: Callable[[str], bool]
    create: Callable[[Document], Any]
    overwrite: Callable[[Document], Any]
    update: Callable[[Document, list[str]], Any]
    delete: Callable[[str], Any]


def run_bulk(call: AirflowCall, kind: Kind, model: type[AirflowBody]) -> Document:
    """Carry out the actions of a bulk request.

    :param call: The call.
    :param kind: The kind of objects.
    :param model: What one of them may have.
    """
    _refuse_unknown_actions(call.raw)
    body = call.body(Bulk[model])  # type: ignore[valid-type]
    results: Document = {"create": None, "update": None, "delete": None}
    for action in body["actions"]:
        result = results[action["action"]] or {"success": [], "errors": []}
        results[action["action"]] = result
        try:
            _act(kind, action, result["success"])
        except Refusal as refusal:
            if refusal.status == 422:
                raise  # a body that is wrong is the error of the whole request
            result["errors"].append({"error": str(refusal.v2), "status_code": refusal.status})
    return results


def _refuse_unknown_actions(raw: Any) -> None:
    """Crash as Airflow does: it looks the action up before it checks anything."""
    actions = raw.get("actions") if isinstance(raw, dict) else None
    for action in actions if isinstance(actions, list) else []:
        if not isinstance(action, dict) or action.get("action") not in {"create", "update", "delete"}:
            raise crash(3)


def _act(kind: Kind, action: Document, done: list[str]) -> None:
    names = [each if isinstance(each, str) else each[kind.key] for each in action["entities"]]
    existing = {name for name in names if kind.exists(name)}
    missing = set(names) - existing
    if action["action"] == "create":
        if action.get("action_on_existence", "fail") == "fail" and existing:
            text = f"The {kind.plural} with these {kind.keys}: {_shown(existing)} already exist."
            raise Refusal(409, v2=text)
    elif action.get("action_on_non_existence", "fail") == "fail" and missing:
        raise Refusal(404, v2=f"The {kind.plural} with these {kind.keys}: {_shown(missing)} were not found.")
    for name, entity in zip(names, action["entities"], strict=True):
        if action["action"] == "create":
            if name in existing and action.get("action_on_existence") == "skip":
                continue
            (kind.overwrite if name in existing else kind.create)(entity)
        elif name in missing:
            continue
        elif action["action"] == "update":
            kind.update(entity, action.get("update_mask") or [])
        else:
            kind.delete(name)
        done.append(name)


def _shown(names: Iterable[str]) -> str:
    return "{" + ", ".join(repr(name) for name in sorted(names)) + "}"
