"""Everything that makes a plan impossible, collected so that one error names it all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from astro_provider.common.suggestions import suggestion
from astro_provider.errors import PlanError

if TYPE_CHECKING:
    from astro_provider.deployment_file.model import Configuration, DeploymentFile
    from astro_provider.deployment_file.positions import Key


@dataclass
class Problems:
    """The problems of one plan, which stop it, and its notes, which do not.

    :param file: The file being planned; its lines are named.
    """

    file: DeploymentFile
    found: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def configuration(self) -> Configuration:
        """The file's ``configuration``."""
        return self.file.configuration

    def add(self, problem: str, *key: str | int) -> None:
        """Record that something is not possible.

        :param problem: What was found and what is allowed.
        :param key: Where in the file, below ``deployment``.
        """
        self.found.append(f"{self.where(*key)}: {problem}" if key else problem)

    def note(self, text: str, *key: str | int) -> None:
        """Note that something is not used, or is sent although the file does not say it.

        :param text: What and why.
        :param key: Where in the file, below ``deployment``.
        """
        self.notes.append(f"{self.where(*key)}: {text}")

    def where(self, *key: str | int) -> str:
        """Name a key of the file and its place.

        :param key: Path below ``deployment``.
        """
        full: Key = ("deployment", *key)
        return self.file.origin.where(full)

    def raise_if_any(self) -> None:
        """Raise what was collected."""
        if self.found:
            raise PlanError(self.found)


def unknown(what: str, name: str, known: list[str]) -> str:
    """Return the sentence about a name that is not among the known ones.

    :param what: What it should name, with an article.
    :param name: The name found.
    :param known: The names allowed.
    """
    return f"{name!r} is not {what}; allowed: {', '.join(known) or 'none'}{suggestion(name, known)}"
