"""Reporting who has access to what."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, get_args

from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.common.arguments import check_choice, is_given
from astro_provider.common.choices import Finding, ReportFormat, Subject
from astro_provider.common.suggestions import did_you_mean
from astro_provider.errors import ConfigurationError, ForbiddenError, NameLookupError, NotFoundError
from astro_provider.tasks.base import AstroTask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.client import AstroClient
    from astro_provider.models.api_tokens import ApiToken
    from astro_provider.models.teams import Team
    from astro_provider.models.users import User
    from astro_provider.rules.access_report import Directory, Row

S = TypeVar("S", "User", "Team", "ApiToken")
#: How many subjects the log names for each finding.
NAMED = 20


class ExportAccessReportOperator(AstroTask):
    """Exports a report on who has which role where; returns the path, the number of rows, the SHA-256 and the findings.

    The report has one row for each subject, place, role and origin: a direct role, a role through a Team, or a role
    that an Organization Owner inherits in every Workspace. The number of API calls grows with the number of Teams and
    pages, not with the number of users. The file is written completely or not at all.

    If the token could not see everything, the report would be incomplete but look complete. The task therefore fails
    unless the connection's token is that of an Organization Owner, even for a report on one Workspace.

    :param output_path: Path of the file: a local path, or a URL that Airflow's ``ObjectStoragePath`` supports. If it
        ends in ``/``, the file is named after the Organization or the Workspace.
    :param workspace: Id or name of a Workspace, to report only on it and its Deployments; default: the whole
        Organization.
    :param include: What to report on: ``users``, ``teams``, ``api_tokens``.
    :param expiring_within: Tokens that expire within this time get the finding ``expiring``.
    :param unused_for: Tokens that have not been used for this time get the finding ``unused``.
    :param output_format: ``csv`` with a header, or ``jsonl`` with one JSON object per line.
    :param fail_on: Findings that fail the task after it has written the file: ``expired``, ``expiring``,
        ``never_expires``, ``unused``, ``pending`` (a user who has not accepted the invitation), ``banned``.
    """

    operator_extra_links = ()  # links are to Deployments
    template_fields: Sequence[str] = ("output_path", "workspace", "include", "fail_on", *AstroTask.template_fields)
    lists_of_text: ClassVar[tuple[str, ...]] = ("include", "fail_on")

    def __init__(
        self,
        *,
        output_path: str,
        workspace: str | None = None,
        include: Sequence[Subject | str] = ("users", "teams", "api_tokens"),
        expiring_within: timedelta = timedelta(days=30),
        unused_for: timedelta = timedelta(days=90),
        output_format: ReportFormat = "csv",
        fail_on: Sequence[Finding | str] = (),
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(astro_conn_id=astro_conn_id, **kwargs)
        check_choice("output_format", output_format, ReportFormat)
        for name, value in (("expiring_within", expiring_within), ("unused_for", unused_for)):
            if not isinstance(value, timedelta) or value < timedelta():
                raise ValueError(f"{name}={value!r} is not valid; allowed: a timedelta, such as timedelta(days=30).")
        self.output_path = output_path
        self.workspace = workspace
        self.include = include
        self.expiring_within = expiring_within
        self.unused_for = unused_for
        self.output_format = output_format
        self.fail_on = fail_on

    def value_checks(self) -> Mapping[str, Callable[[str, Any], object]]:
        """Return what can be judged when the DAG file is parsed."""
        return {
            **super().value_checks(),
            "include": lambda name, value: _words(name, value, Subject),
            "fail_on": lambda name, value: _words(name, value, Finding),
        }

    def run_task(self, context: Context) -> dict[str, Any]:
        """Read everything, write the report, and look at what was found.

        :param context: The task's context.
        """
        from astro_provider.lookup.own_token import check_sees_everything
        from astro_provider.lookup.workspaces import resolve_workspace, workspace_problem
        from astro_provider.rules.access_report import SUBJECT_OF, Limits, findings, rows
        from astro_provider.tasks.storage import file_path

        include, fail_on = _words("include", self.include, Subject), _words("fail_on", self.fail_on, Finding)
        if not include:
            raise ConfigurationError(f"include is empty; allowed: {', '.join(get_args(Subject))}.")
        for word in fail_on:
            if SUBJECT_OF[word] not in include:
                raise ConfigurationError(
                    f"fail_on contains {word!r}, which applies to {SUBJECT_OF[word]}, but include does not contain "
                    f"{SUBJECT_OF[word]!r}."
                )
        client = self.hook.client
        check_sees_everything(client, "The report")
        workspace_id = resolve_workspace(client, self.workspace) if is_given(self.workspace) else None
        if problem := workspace_problem(client, workspace_id):  # nothing would be found there, and all look clean
            raise NameLookupError(problem)
        path = file_path(str(self.output_path), _file_name(client, workspace_id, self.output_format))
        limits = Limits(client.server_time(), self.expiring_within, self.unused_for)
        directory = _read(client, include)
        count, digest = _write(path, rows(directory, limits, workspace_id=workspace_id), self.output_format)
        found = findings(directory, limits, workspace_id=workspace_id)
        self.log.info("Wrote %d rows to %s (sha256 %s).", count, path, digest)
        for name, subjects in found.items():
            more = f" and {len(subjects) - NAMED} more" if len(subjects) > NAMED else ""
            self.log.warning("%s: %s%s.", name, ", ".join(subjects[:NAMED]), more)
        context["ti"].xcom_push(key="findings", value=found)
        context["ti"].xcom_push(key="path", value=path)  # a task that fails returns nothing
        if wrong := [name for name in fail_on if name in found]:
            listed = "; ".join(f"{name}: {', '.join(found[name][:NAMED])}" for name in wrong)
            raise AirflowFailException(f"The report at {path} has findings that are in fail_on: {listed}.")
        counts = {name: len(subjects) for name, subjects in found.items()}
        return {"path": path, "rows": count, "sha256": digest, "findings": counts}


def _words(name: str, given: Sequence[str], choices: Any) -> list[str]:
    """Return the words of a list argument.

    :param name: The argument.
    :param given: Its value.
    :param choices: The ``Literal`` of the words that it may have.
    :raises ConfigurationError: It has another.
    """
    known = get_args(choices)
    for word in given:
        if word not in known:
            allowed = ", ".join(map(repr, known))
            raise ConfigurationError(f"{name} contains {word!r}; allowed: {allowed}.{did_you_mean(str(word), known)}")
    return list(given)


def _read(client: AstroClient, include: Sequence[str]) -> Directory:
    """Read everything that the report needs: lists, and one more for the members of each Team.

    Whether lists show all roles is not documented: those that a list shows without any are read one by one.

    :param client: The client.
    :param include: The kinds of subjects.
    """
    from astro_provider.rules.access_report import Directory

    users = _with_roles(client.users.list(), client.users.get) if "users" in include else []
    teams = _with_roles(client.teams.list(), client.teams.get) if {"users", "teams"} & set(include) else []
    return Directory(
        organization=(client.organization_id, _organization_name(client)),
        workspaces=client.workspaces.list(),
        deployments=client.deployments.list(),
        users=users,
        teams=teams,
        members={team.id: _members(client, team.id) for team in teams} if users else {},
        tokens=_with_roles(client.api_tokens.list(), client.api_tokens.get) if "api_tokens" in include else [],
        include=include,
    )


def _with_roles(listed: Sequence[S], read: Callable[[str], S]) -> list[S]:
    """Return subjects with their roles; without those who were deleted in the meantime.

    :param listed: The subjects as a list shows them.
    :param read: Reads one of them by its id.
    """
    found = []
    for each in listed:
        try:
            found.append(each if each.held else read(each.id))
        except NotFoundError:
            continue
    return found


def _organization_name(client: AstroClient) -> str:
    """Return the Organization's name; blank if the token may not see it.

    :param client: The client.
    """
    try:
        return client.organizations.get(client.organization_id).name
    except ForbiddenError:
        return ""


def _members(client: AstroClient, team_id: str) -> list[str]:
    """Return the ids of a Team's members; none if it was deleted in the meantime.

    :param client: The client.
    :param team_id: The Team.
    """
    try:
        return [member.user_id for member in client.teams.members(team_id)]
    except NotFoundError:
        return []


def _write(path: str, rows: Iterable[Row], output_format: str) -> tuple[int, str]:
    """Write the rows; returns their number and the file's SHA-256.

    :param path: Where to.
    :param rows: The rows.
    :param output_format: ``csv`` or ``jsonl``.
    """
    from astro_provider.rules.access_report import COLUMNS, as_dict
    from astro_provider.tasks.storage import destination

    digest, count = hashlib.sha256(), 0
    line = io.StringIO()
    table = csv.DictWriter(line, COLUMNS, lineterminator="\n")
    with destination(path, mode=0o600) as file:

        def flush() -> None:
            data = line.getvalue().encode()
            line.seek(0)
            line.truncate()
            digest.update(data)
            file.write(data)

        if output_format == "csv":
            table.writeheader()
        for row in rows:
            if output_format == "csv":
                table.writerow(as_dict(row))
            else:
                line.write(json.dumps(as_dict(row), ensure_ascii=False) + "\n")
            count += 1
            flush()
        flush()
    return count, digest.hexdigest()


def _file_name(client: AstroClient, workspace_id: str | None, output_format: str) -> str:
    day = client.server_time().date().isoformat()
    return f"access_{workspace_id or client.organization_id}_{day}.{output_format}"
