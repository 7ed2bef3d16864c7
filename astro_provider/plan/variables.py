"""Environment variables: always sent as the complete new list; a secret's value only if it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.common.suggestions import nearest
from astro_provider.models.deployment_requests import VariableRequest

if TYPE_CHECKING:
    from astro_provider.common.choices import Unlisted
    from astro_provider.deployment_file.model import DeploymentFile, FileVariable
    from astro_provider.deployment_file.positions import Key
    from astro_provider.models.deployments import EnvironmentVariable
    from astro_provider.plan.problems import Problems


def check_values(file: DeploymentFile) -> None:
    """Refuse a variable of a new Deployment that has no value, unless it is a secret that may be left out.

    :param file: The file, overlaid.
    :raises DeploymentFileError: Names each such variable.
    """
    lacking: list[tuple[Key, str]] = []
    for index, variable in enumerate(file.environment_variables or ()):
        if _lacks_value(file, variable) and not (variable.is_secret and file.may_lack_secrets):
            what = "secret" if variable.is_secret else "variable"
            text = (
                f"the {what} {variable.key!r} needs a value in a new Deployment; "
                "pass one in the task's environment_variables"
            )
            if variable.is_secret:
                text += ", or leave the secret out with if_secret_missing='ignore'"
            if near := nearest(variable.key, _added(file), cutoff=0.75):
                text += f"; is {near!r}, which the task passes, a misspelling of it?"
            lacking.append((("deployment", "environment_variables", index, "value"), text))
    if lacking:
        (key, text), *more = lacking
        raise file.origin.error(text, key, *more)


def _added(file: DeploymentFile) -> list[str]:
    """Return the keys that probably only the task has: what it adds to a file is neither secret nor plain."""
    given = (each for each in file.environment_variables or () if each.key in file.given_values)
    return [each.key for each in given if each.is_secret is None]


def to_create(file: DeploymentFile) -> list[VariableRequest]:
    """Return the variables of a new Deployment; each has a value.

    :param file: The file, overlaid and checked.
    """
    return [
        VariableRequest(key=variable.key, is_secret=bool(variable.is_secret), value=variable.value)
        for variable in file.environment_variables or ()
        if not _lacks_value(file, variable)
    ]


def left_out(file: DeploymentFile) -> list[str]:
    """Return the keys of the secrets that have no value and that a create therefore leaves out.

    :param file: The file, overlaid and checked.
    """
    return [variable.key for variable in file.environment_variables or () if _lacks_value(file, variable)]


def _lacks_value(file: DeploymentFile, variable: FileVariable) -> bool:
    blank_secret = bool(variable.is_secret) and variable.is_blank and variable.key not in file.given_values
    return variable.value is None or blank_secret


def to_update(
    problems: Problems, existing: tuple[EnvironmentVariable, ...], unlisted: Unlisted
) -> list[VariableRequest]:
    """Return the complete list of variables after an update.

    :param problems: Holds the file; gets what is not possible.
    :param existing: The Deployment's variables.
    :param unlisted: What happens to those that the file does not list.
    """
    file = problems.file
    by_key = {variable.key: variable for variable in existing}
    wanted = {}
    for index, variable in enumerate(file.environment_variables or ()):
        wanted[variable.key] = _one(problems, index, variable, by_key.get(variable.key))
    others = [variable for variable in existing if variable.key not in wanted]
    if unlisted == "fail" and file.lists_variables and others:
        names = ", ".join(variable.key for variable in others)
        found = f"the Deployment has variables that are not listed: {names}"
        problems.add(f"{found}; set unlisted to 'keep' or 'remove' to allow this", "environment_variables")
    if unlisted == "keep" or not file.lists_variables:
        wanted |= {variable.key: resent(variable) for variable in others}
    return [request for request in wanted.values() if request is not None]


def resent(variable: EnvironmentVariable) -> VariableRequest:
    """Return an existing variable as the request that leaves it as it is.

    :param variable: One of the Deployment's variables.
    """
    if variable.is_secret:
        return VariableRequest(key=variable.key, is_secret=True)
    return VariableRequest(key=variable.key, is_secret=False, value=variable.value or "")


def _one(
    problems: Problems, index: int, variable: FileVariable, existing: EnvironmentVariable | None
) -> VariableRequest | None:
    at = ("environment_variables", index)
    was_secret = existing is not None and existing.is_secret
    is_secret = was_secret if variable.is_secret is None else variable.is_secret
    if was_secret and not is_secret:
        problems.add(
            f"{variable.key!r} is a secret, and Astro cannot turn a secret into an ordinary variable; write true, or "
            "update the Deployment once without the variable, and then add it as one that is not a secret",
            *at,
            "is_secret",
        )
        return None
    keeps = variable.value is None or (
        is_secret and variable.is_blank and variable.key not in problems.file.given_values
    )
    if not keeps:
        return VariableRequest(key=variable.key, is_secret=is_secret, value=variable.value)
    if existing is None and is_secret and problems.file.may_lack_secrets:
        return None
    if existing is None:
        what = "secret" if is_secret else "variable"
        problems.add(
            f"{variable.key!r} has no value, and the Deployment has no such {what} yet; pass a value in the task's "
            "environment_variables",
            *at,
            "value",
        )
        return None
    if was_secret:
        return resent(existing)
    return VariableRequest(key=variable.key, is_secret=is_secret, value=existing.value or "")
