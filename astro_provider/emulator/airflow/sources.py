"""DAGs, tasks and assets in the text of a DAG file. The text is read, never run."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

#: How many instances a mapped task has if the text does not tell.
MAPPED = 2
_ASSETS = {"Asset", "Dataset"}
#: Arguments of an operator that are tasks' settings and not what it does.
_NOT_TASKS = {"DAG", "dag", "TaskGroup", "task_group"}


@dataclass
class Task:
    """A task in a DAG.

    :param task_id: Its id, task groups included.
    :param operator: The class of its operator; for a decorated function that of the decorator.
    :param upstream: Ids of the tasks that it waits for, as far as they are known.
    :param mapped: How many instances it is mapped to; ``None``: it is not mapped.
    :param retries: How often it is tried again.
    :param outlets: URIs of the assets that it updates.
    """

    task_id: str
    operator: str = "EmptyOperator"
    upstream: list[str] = field(default_factory=list)
    mapped: int | None = None
    retries: int = 0
    outlets: list[str] = field(default_factory=list)


@dataclass
class Dag:
    """A DAG in a file.

    :param dag_id: Its id.
    :param schedule: A cron expression or a preset; ``None``: none.
    :param assets: URIs of the assets that start it.
    :param tags: Its tags.
    :param description: Its description.
    :param paused: Whether it is paused when it first appears; ``None``: as Airflow is set up.
    :param tasks: Its tasks in the order in which they appear.
    """

    dag_id: str
    schedule: str | None = None
    assets: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    description: str | None = None
    paused: bool | None = None
    tasks: list[Task] = field(default_factory=list)


def may_have_dags(text: str) -> bool:
    """Whether Airflow parses a file at all: its safe mode wants both words somewhere.

    :param text: The file.
    """
    lower = text.lower()
    return "dag" in lower and ("airflow" in lower or "asset" in lower)


def dags_in(text: str, name: str) -> list[Dag]:
    """Return the DAGs of a file.

    :param text: The file.
    :param name: Its name, for error messages.
    :raises SyntaxError: It is not Python.
    """
    tree = ast.parse(text, filename=name)
    reader = _Reader(tree)
    reader.read_block(tree.body, None, "")
    return list(reader.dags.values())


def assets_in(dags: list[Dag]) -> list[str]:
    """Return the URIs of the assets that DAGs wait for or update.

    :param dags: The DAGs.
    """
    found = [uri for dag in dags for uri in (*dag.assets, *(uri for task in dag.tasks for uri in task.outlets))]
    return list(dict.fromkeys(found))


class _Reader:
    """Walks over a file's statements and remembers which DAG and which task group they stand in."""

    def __init__(self, tree: ast.Module) -> None:
        self.dags: dict[str, Dag] = {}
        self.names: dict[str, Dag] = {}  # variables that hold DAGs
        self.constants = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        self.functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        self.variables: dict[str, str] = {}  # variables that hold tasks -> task ids
        self.made: dict[int, str] = {}  # calls that make tasks -> task ids

    def read_block(self, body: list[ast.stmt], dag: Dag | None, group: str) -> None:
        """Read statements.

        :param body: The statements.
        :param dag: The DAG that they stand in.
        :param group: The task group that they stand in, with a dot at its end.
        """
        for statement in body:
            if isinstance(statement, ast.With):
                self._with(statement, dag, group)
            elif isinstance(statement, ast.FunctionDef):
                self._function(statement, dag, group)
            elif not isinstance(statement, ast.ClassDef):
                self._statement(statement, dag, group)

    def _with(self, statement: ast.With, dag: Dag | None, group: str) -> None:
        for item in statement.items:
            if not isinstance(item.context_expr, ast.Call):
                continue
            name = _called(item.context_expr)
            if name == "DAG":
                dag = self._dag(item.context_expr, "")
            elif name == "TaskGroup":
                group += f"{self._text(_argument(item.context_expr, 0, 'group_id'))}."
        self.read_block(statement.body, dag, group)

    def _function(self, function: ast.FunctionDef, dag: Dag | None, group: str) -> None:
        for decorator in function.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            name = _called(call) if call else _name(decorator)
            if name == "dag":
                self.read_block(function.body, self._dag(call, function.name), "")

    def _statement(self, statement: ast.stmt, dag: Dag | None, group: str) -> None:
        calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
        for call in reversed(calls):  # what stands innermost comes first
            if _called(call) == "DAG":
                made = self._dag(call, "")
                if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                    self.names[statement.targets[0].id] = made
            else:
                self._call(call, statement, dag, group)
        if isinstance(statement, ast.Expr) and dag is not None:
            self._order(statement.value)
        for block in ("body", "orelse", "finalbody"):
            nested = getattr(statement, block, None)
            if isinstance(nested, list):
                self.read_block([each for each in nested if isinstance(each, (ast.With, ast.FunctionDef))], dag, group)

    def _call(self, call: ast.Call, statement: ast.stmt, dag: Dag | None, group: str) -> None:
        if _last(call.func) in {"partial", "override"}:
            return  # the call that follows it makes the task
        function = self.functions.get(_root(call.func))
        if function is not None:
            self._decorated(call, function, statement, dag, group)
            return
        operator, mapped = _operator(call)
        task_id = self._text(_argument(call, None, "task_id"))
        holder = _argument(call, None, "dag")
        dag = self.names.get(holder.id) if isinstance(holder, ast.Name) else dag
        if operator in _NOT_TASKS or task_id is None or dag is None:
            return
        self._add(dag, Task(f"{group}{task_id}", operator, mapped=mapped), call, call, statement)

    def _decorated(
        self, call: ast.Call, function: ast.FunctionDef, statement: ast.stmt, dag: Dag | None, group: str
    ) -> None:
        if dag is None:
            return
        for decorator in function.decorator_list:
            made = decorator if isinstance(decorator, ast.Call) else None
            path = ast.unparse(made.func if made else decorator)
            if path.endswith("task_group"):
                name = self._text(_argument(made, 0, "group_id")) if made else None
                self.read_block(function.body, dag, f"{group}{name or function.name}.")
            elif path.split(".")[0] == "task" or path.endswith(".task"):
                named = self._text(_argument(made, None, "task_id")) if made else None
                overridden = self._text(_argument(_before(call), None, "task_id"))
                task = Task(f"{group}{overridden or named or function.name}", "_PythonDecoratedOperator")
                task.mapped = _instances(call) if _last(call.func) in {"expand", "expand_kwargs"} else None
                task.upstream = self._used(call)
                self._add(dag, task, call, made or call, statement)

    def _add(self, dag: Dag, task: Task, call: ast.Call, settings: ast.Call, statement: ast.stmt) -> None:
        taken = {each.task_id for each in dag.tasks}
        base, number = task.task_id, 0
        while task.task_id in taken:  # as Airflow does for a function that is called again
            number += 1
            task.task_id = f"{base}__{number}"
        retries = self._value(_argument(settings, None, "retries"))
        task.retries = retries if isinstance(retries, int) else 0
        task.outlets = self._uris(_argument(settings, None, "outlets"))
        dag.tasks.append(task)
        self.made[id(call)] = task.task_id
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            self.variables[statement.targets[0].id] = task.task_id

    def _order(self, node: ast.expr) -> list[str]:
        """Note ``a >> b`` and ``a << b``; returns the ids of the tasks at its end."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.RShift, ast.LShift)):
            left, right = self._order(node.left), self._order(node.right)
            first, then = (left, right) if isinstance(node.op, ast.RShift) else (right, left)
            for task in (task for dag in self.dags.values() for task in dag.tasks if task.task_id in then):
                task.upstream += [each for each in first if each not in task.upstream]
            return right
        if isinstance(node, (ast.List, ast.Tuple)):
            return [each for item in node.elts for each in self._order(item)]
        found = self._task_of(node)
        return [found] if found else []

    def _task_of(self, node: ast.AST) -> str | None:
        return self.variables.get(node.id) if isinstance(node, ast.Name) else self.made.get(id(node))

    def _used(self, call: ast.Call) -> list[str]:
        """Return the ids of the tasks whose results a call takes."""
        parts = [*call.args, *(keyword.value for keyword in call.keywords)]
        found = [self._task_of(node) for part in parts for node in ast.walk(part)]
        return list(dict.fromkeys(task_id for task_id in found if task_id))

    def _dag(self, call: ast.Call | None, default: str) -> Dag:
        dag_id = self._text(_argument(call, 0, "dag_id")) or default
        schedule = _argument(call, None, "schedule")
        text = self._value(schedule)
        tags = self._value(_argument(call, None, "tags"))
        paused = self._value(_argument(call, None, "is_paused_upon_creation"))
        made = Dag(
            dag_id,
            text if isinstance(text, str) else None,
            self._uris(schedule),
            [str(tag) for tag in tags] if isinstance(tags, (list, tuple, set)) else [],
            self._text(_argument(call, None, "description")),
            paused if isinstance(paused, bool) else None,
        )
        if dag_id:
            self.dags[dag_id] = made
        return made

    def _uris(self, node: ast.expr | None) -> list[str]:
        calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)] if node is not None else []
        uris = [
            _argument(call, None, "uri") or _argument(call, 0, "name") for call in calls if _called(call) in _ASSETS
        ]
        return [text for text in map(self._text, uris) if text]

    def _value(self, node: ast.expr | None) -> Any:
        if isinstance(node, ast.Name):
            return self.constants.get(node.id)
        try:
            return ast.literal_eval(node) if node is not None else None
        except ValueError:
            return None

    def _text(self, node: ast.expr | None) -> str | None:
        value = self._value(node)
        return value if isinstance(value, str) else None


def _called(call: ast.Call) -> str:
    return _name(call.func)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _root(node: ast.expr) -> str:
    """Return the name that a chain of attributes and calls begins with."""
    while isinstance(node, (ast.Attribute, ast.Call)):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else ""


def _argument(call: ast.expr | None, position: int | None, name: str) -> ast.expr | None:
    """Return an argument of a call; of a chain such as ``X.partial(...).expand(...)`` the first call that has it."""
    while isinstance(call, ast.Call):
        for keyword in call.keywords:
            if keyword.arg == name:
                return keyword.value
        if position is not None and len(call.args) > position:
            return call.args[position]
        call = call.func.value if isinstance(call.func, ast.Attribute) else None
    return None


def _before(call: ast.Call) -> ast.expr | None:
    """Return what a call's function belongs to: ``f.override(...)`` of ``f.override(...)()``, say."""
    return call.func if isinstance(call.func, ast.Call) else getattr(call.func, "value", None)


def _operator(call: ast.Call) -> tuple[str, int | None]:
    """Return the name of an operator's class, and how many instances it is mapped to."""
    if _last(call.func) in {"expand", "expand_kwargs"}:
        inner = call.func.value if isinstance(call.func, ast.Attribute) else call
        return _root(inner), _instances(call)
    return _called(call), None


def _instances(call: ast.Call) -> int:
    lists = [item.value for item in call.keywords if isinstance(item.value, (ast.List, ast.Tuple))]
    return len(lists[0].elts) if lists else MAPPED
