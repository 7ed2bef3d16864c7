"""What this package refuses to do; nothing was sent."""

from __future__ import annotations

from astro_provider.errors.base import AstroError


class RefusedError(AstroError):
    """What was asked for is not possible, or something forbids it. Nothing was sent."""


class PlanError(RefusedError):
    """The file is well formed, but what it asks for is not possible. Nothing was sent.

    :param problems: One sentence for each thing that is not possible.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(
            problems[0] if len(problems) == 1 else "\n".join(["Not possible:", *(f"- {p}" for p in problems)])
        )


class FolderError(RefusedError):
    """A folder cannot be deployed as it is. Nothing was sent.

    :param folder: Its path, as it was given.
    :param problems: One sentence for each thing that is in the way; the message has the first of them.
    :param retryable: Whether a moment later the folder may be as it should be.
    """

    #: How many problems the message lists, and most characters of each.
    LISTED, LONGEST = 20, 400

    def __init__(self, folder: str, problems: list[str], *, retryable: bool = False) -> None:
        self.folder = folder
        self.problems = problems
        self.retryable = retryable
        shown = [p if len(p) <= self.LONGEST else f"{p[: self.LONGEST]}..." for p in problems[: self.LISTED]]
        if len(problems) > len(shown):
            shown.append(f"and {len(problems) - len(shown):,} more")
        what = shown[0] if len(shown) == 1 else "".join(f"\n- {each}" for each in shown)
        super().__init__(f"The folder {folder!r} cannot be deployed:{'' if len(shown) > 1 else ' '}{what}")


class NameLookupError(RefusedError):
    """A name or an id finds nothing; the message lists what is near."""


class AmbiguousNameError(NameLookupError):
    """What was given could mean more than one: a name that several have, a file whose id and name disagree.

    The message lists them.
    """


class NotParsedError(NameLookupError):
    """A Deployment has no such DAG or asset, or has not parsed it yet; it may be there when the task is tried again."""

    retryable = True


class ImageError(RefusedError):
    """An image is there, but it is not one that Astro can run: for another platform, in an old format, no image."""


class GuardError(RefusedError):
    """A guard of the task forbids what it was about to do."""
