"""What this package refuses to do, before it sends anything."""

from __future__ import annotations

from astro_provider.errors.base import AstroError


class RefusedError(AstroError):
    """What was asked for is impossible or not allowed. Nothing was sent."""


class PlanError(RefusedError):
    """The file is valid, but what it asks for is not possible. Nothing was sent.

    :param problems: One sentence for each thing that is not possible.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(
            problems[0] if len(problems) == 1 else "\n".join(["Not possible:", *(f"- {p}" for p in problems)])
        )


class FolderError(RefusedError):
    """A folder cannot be deployed. Nothing was sent.

    :param folder: The path that was passed.
    :param problems: One sentence for each problem; the message lists the first ones.
    :param retryable: Whether a retry may succeed, because the problems may go away on their own.
    """

    #: The number of problems that the message lists.
    LISTED = 20
    #: The maximum length of each problem, in characters.
    LONGEST = 400

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
    """A name or an id matches nothing; the message suggests similar ones."""


class AmbiguousNameError(NameLookupError):
    """A name matches more than one thing, or an id and a name disagree.

    The message lists the candidates.
    """


class NotParsedError(NameLookupError):
    """A Deployment has no such DAG or asset, or has not parsed it yet; it may be there when the task is retried."""

    retryable = True


class ImageError(RefusedError):
    """The image exists, but Astro cannot run it: wrong platform, old format, or not an image at all."""


class GuardError(RefusedError):
    """A guard of the task forbids what the task was about to do."""
