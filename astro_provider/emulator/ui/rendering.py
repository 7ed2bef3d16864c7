"""From a template and facts to a page. Whatever is filled in is escaped."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from jinja2 import Environment, PackageLoader

from astro_provider.emulator.core.moments import instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: What stands in the place of a secret's value.
MASK = "****"
#: What stands where there is nothing.
NOTHING = "\N{EN DASH}"
STYLE = "style.css"


class Page(NamedTuple):
    """A page to be sent.

    :param html: The whole document.
    :param status: HTTP status code.
    """

    html: str
    status: int = 200


def render(template: str, status: int = 200, **facts: Any) -> Page:
    """Return a page.

    :param template: Name of its template.
    :param status: HTTP status code.
    :param facts: What the template fills in.
    """
    return Page(_environment().get_template(template).render(facts), status)


def missing(what: str, hint: str = "", **facts: Any) -> Page:
    """Return the page that says that something is not there.

    :param what: One sentence: what is missing.
    :param hint: What to know about it, or to do.
    :param facts: What else the page shows: ``calls``, a ``link`` and its ``label``.
    """
    return render("missing.html", 404, **{"calls": None, "link": "", "label": "", **facts}, what=what, hint=hint)


@cache
def style() -> str:
    """Return the style sheet that every page has in its head."""
    loader = _environment().loader
    assert loader is not None  # noqa: S101  (it is set below)
    return loader.get_source(_environment(), STYLE)[0]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("astro_provider.emulator.ui"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"style": style, "workspace_path": workspace_path, "deployment_path": deployment_path}
    environment.filters |= {"moment": shown_moment, "word": shown_word, "segment": segment}
    return environment


def facts_of(document: Mapping[str, Any], names: Iterable[tuple[str, str]]) -> list[tuple[str, Any]]:
    """Return titles and values of the fields that a document has.

    :param document: What the API shows.
    :param names: The title of each field, and its name.
    """
    return [(title, document[name]) for title, name in names if name in document]


def shown_word(value: Any) -> str:
    """Return a value as people read it.

    :param value: A value of a document.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(shown_word, value)) or NOTHING
    return NOTHING if value is None else str(value) or NOTHING


def shown_moment(value: str | float | None) -> str:
    """Return a date and time to the second, in UTC.

    :param value: As the API writes it, or epoch seconds; what is neither is shown as it is.
    """
    if not value:
        return NOTHING
    try:
        when = instant(value) if isinstance(value, str) else datetime.fromtimestamp(value, timezone.utc)
    except ValueError:
        return str(value)
    return when.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def segment(text: str) -> str:
    """Return a text as one segment of a path.

    :param text: For example an id.
    """
    return quote(str(text), safe="")


def workspace_path(workspace_id: str) -> str:
    """Return the path of a Workspace's page, as in the Astro UI.

    :param workspace_id: The Workspace.
    """
    return f"/{segment(workspace_id)}/deployments"


def deployment_path(workspace_id: str, deployment_id: str) -> str:
    """Return the path of a Deployment's page, as in the Astro UI.

    :param workspace_id: The Workspace.
    :param deployment_id: The Deployment.
    """
    return f"{workspace_path(workspace_id)}/{segment(deployment_id)}"
