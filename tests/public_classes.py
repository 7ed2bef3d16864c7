"""Every class that this package gives to DAG authors, found by walking over its modules."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from importlib import import_module
from typing import Any

from airflow.providers.common.compat.sdk import BaseHook, BaseOperator, BaseOperatorLink
from airflow.triggers.base import BaseTrigger

import astro_provider

#: The rooms whose classes Airflow or a DAG author calls, and what makes a class there one of them.
ROOMS = {
    "operators": BaseOperator,
    "sensors": BaseOperator,
    "triggers": BaseTrigger,
    "hooks": BaseHook,
    "links": BaseOperatorLink,
}
#: One value for each argument that a task may need before it looks at the others.
SAMPLE: dict[str, Any] = {
    "asset_uri": "s3://lake/sales",
    "dag_id_pattern": "*",
    "dags_folder": "dags",
    "deployment_file": "staging.yaml",
    "deployment_name": "staging",
    "external_dag_id": "load",
    "external_run_id": "run",
    "external_task_id": "load",
    "key": "token",
    "members": ["ann@example.com"],
    "mount_path": "/usr/local/airflow/dbt/shop",
    "object_type": "AIRFLOW_VARIABLE",
    "output_path": "out/",
    "project_folder": "dbt",
    "role": "WORKSPACE_MEMBER",
    "store": "token",
    "team": "Analysts",
    "template": "staging.yaml",
    "token_name": "ci",
    "trigger_dag_id": "load",
    "users": ["ann@example.com"],
    "workspace": "Development",
    "workspace_name": "Development",
}


def modules(room: str) -> list[str]:
    """Names of a room's modules, private ones left out."""
    package = import_module(f"{astro_provider.__name__}.{room}")
    inside = getattr(package, "__path__", None)
    found = [m.name for m in pkgutil.walk_packages(inside, f"{package.__name__}.")] if inside else []
    return [name for name in [package.__name__, *found] if not name.rpartition(".")[2].startswith("_")]


def public_classes(*rooms: str) -> list[type]:
    """The public classes of some rooms, each once; bases that cannot be used as they are left out."""
    found: dict[str, type] = {}
    for room in rooms:
        for name in modules(room):
            for cls in vars(import_module(name)).values():
                if inspect.isclass(cls) and issubclass(cls, ROOMS[room]) and cls.__module__ == name:
                    found[cls.__name__] = cls
    return [cls for name, cls in sorted(found.items()) if not name.startswith("_") and not is_base(cls)]


def is_base(cls: type) -> bool:
    """Whether a class is there to be derived from."""
    return inspect.isabstract(cls) or cls.__module__.endswith(".base")


TASKS = public_classes("operators", "sensors")
TRIGGERS = public_classes("triggers")
HOOKS = public_classes("hooks")
LINKS = public_classes("links")


def arguments(cls: type) -> dict[str, inspect.Parameter]:
    """The arguments that a class adds to Airflow's own."""
    found: dict[str, inspect.Parameter] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.startswith(astro_provider.__name__) and "__init__" in vars(base):
            init = inspect.unwrap(vars(base)["__init__"])
            found |= {n: p for n, p in inspect.signature(init).parameters.items() if n != "self"}
    return {n: p for n, p in found.items() if p.kind is not inspect.Parameter.VAR_KEYWORD}


def signature(cls: type) -> dict[str, inspect.Parameter]:
    """What ``__init__`` itself names, as an editor shows it."""
    init = inspect.unwrap(cls.__init__)
    return {n: p for n, p in inspect.signature(init).parameters.items() if n != "self"}


def names_in(annotation: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(annotation)) if isinstance(node, ast.Name)}


def sample(cls: type) -> dict[str, Any]:
    """Arguments with which a task can be made."""
    return {
        n: SAMPLE[n] for n, p in signature(cls).items() if n in SAMPLE and "bool" not in names_in(str(p.annotation))
    }
