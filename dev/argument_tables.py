"""A Sphinx extension: what a task takes, read from its signature, its template fields and its docstring.

``.. arguments:: path.to.Class`` makes a table of all arguments. In the reference, signatures show the words that a
choice takes. Nothing is written twice: an argument without a meaning fails the build.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, get_args

from sphinx.util.docutils import SphinxDirective

from astro_provider.common import choices
from astro_provider.tasks.base import AstroTask
from astro_provider.tasks.waiting import WaitMixin

if TYPE_CHECKING:
    from sphinx.application import Sphinx

WIDTHS = (24, 15, 11, 50)
HEADS = ("Argument", "Default", "Template", "Meaning")
#: Defaults that are known only where Airflow runs.
CONFIGURED = {"DEFAULT_DEFERRABLE": "as configured"}


@dataclass(frozen=True)
class Argument:
    """One argument of a task.

    :param name: Its name.
    :param annotation: Its type, as it is written.
    :param default: Its default, as it is written; ``None``: it is required.
    :param is_template: Whether Jinja in it is rendered.
    :param meaning: What the docstring says about it.
    """

    name: str
    annotation: str
    default: str | None
    is_template: bool
    meaning: str


def arguments(cls: type[AstroTask]) -> list[Argument]:
    """Return the arguments of a task, in the order of its signature.

    :param cls: The operator or sensor.
    :raises ValueError: Its docstring does not explain one of them.
    """
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(cls.__init__)))
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    meanings = _meanings(inspect.getdoc(cls) or "")
    found = []
    for each, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        if not meanings.get(each.arg):
            raise ValueError(f"{cls.__name__}: its docstring does not say what {each.arg} means.")
        found.append(
            Argument(
                each.arg,
                ast.unparse(each.annotation) if each.annotation else "",
                None if default is None else ast.unparse(default).replace("'", '"'),
                each.arg in cls.template_fields,
                meanings[each.arg],
            )
        )
    return found


def _meanings(doc: str) -> dict[str, str]:
    """Return what a docstring says about each parameter."""
    _, *parts = re.split(r"^:param (\w+): ", doc, flags=re.MULTILINE)
    texts = (" ".join(re.split(r"^:|\n\n", part, flags=re.MULTILINE)[0].split()) for part in parts[1::2])
    return dict(zip(parts[::2], texts, strict=True))


def signature(cls: type[AstroTask]) -> str:
    """Return a task's signature, with the words of each choice.

    :param cls: The operator or sensor.
    """
    shown = [f"{each.name}: {_spelled_out(each.annotation)}" + _equals(each.default) for each in arguments(cls)]
    return f"(*, {', '.join(shown)}, **kwargs: Any)"


def _equals(default: str | None) -> str:
    return "" if default is None else f" = {default}"


def _spelled_out(annotation: str) -> str:
    """Replace the name of each choice by its words."""

    def words(found: re.Match[str]) -> str:
        allowed = get_args(getattr(choices, found[0], None))
        return f"Literal[{', '.join(map(repr, allowed))}]" if allowed else found[0]

    return re.sub(r"\w+", words, annotation)


class ArgumentTable(SphinxDirective):
    """``.. arguments:: path.to.Class``."""

    required_arguments = 1

    def run(self) -> list[Any]:
        """Make the table, and say where the other arguments are explained."""
        module, _, name = self.arguments[0].rpartition(".")
        try:
            cls: type[AstroTask] = getattr(import_module(module), name)
            listed = arguments(cls)
        except (ImportError, AttributeError, ValueError) as error:
            raise self.error(str(error)) from error
        lines = [
            ".. list-table::",
            "   :header-rows: 1",
            "   :class: arguments",
            f"   :widths: {' '.join(map(str, WIDTHS))}",
            "",
        ]
        lines += _row(HEADS)
        for each in listed:
            lines += _row((f"``{each.name}``", _shown(each.default), "yes" if each.is_template else "", each.meaning))
        lines += [
            "",
            "It also takes the arguments that all Airflow tasks have, such as ``retries`` and ``execution_timeout``.",
        ]
        if issubclass(cls, WaitMixin):
            lines += [":doc:`/timeouts` shows how these arguments limit a wait."]
        return self.parse_text_to_nodes("\n".join(lines))


def _shown(default: str | None) -> str:
    if default is None:
        return "required"
    return CONFIGURED.get(default, f"``{default}``")


def _row(cells: tuple[str, ...]) -> list[str]:
    return [f"   {'*' if number == 0 else ' '} - {cell}" for number, cell in enumerate(cells)]


def show_signature(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, text: str | None, returned: str | None
) -> tuple[str | None, str | None] | None:
    """Give the reference the whole signature of a task.

    :param app: Sphinx.
    :param what: What is documented.
    :param name: Its name.
    :param obj: It.
    :param options: Of the directive.
    :param text: The signature as Sphinx found it.
    :param returned: What it returns.
    """
    is_task = inspect.isclass(obj) and issubclass(obj, AstroTask)
    return (signature(obj), returned) if is_task else None


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx.

    :param app: Sphinx.
    """
    app.add_directive("arguments", ArgumentTable)
    app.connect("autodoc-process-signature", show_signature)
    return {"parallel_read_safe": True}
