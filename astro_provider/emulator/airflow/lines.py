"""The two lines of Airflow: what is different between them everywhere, whatever the resource."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

#: Titles of Airflow 2's errors, by status.
TITLES = {400: "Bad Request", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}
#: The section of Airflow 2's documentation that an error refers to, by status.
SECTIONS = {400: "BadRequest", 403: "PermissionDenied", 404: "NotFound", 409: "AlreadyExists", 500: "Unknown"}


@dataclass(frozen=True)
class Line:
    """One line of Airflow.

    :param major: 2 or 3.
    :param version: The version that a Deployment runs.
    """

    major: int
    version: str

    @property
    def api(self) -> str:
        """The version of its API: ``v1`` or ``v2``."""
        return f"v{self.major - 1}"

    @property
    def default_limit(self) -> int:
        """How many items a page has if the request does not say."""
        return 100 if self.major == 2 else 50

    @property
    def created(self) -> int:
        """The status of a response that made a connection, a variable or a pool."""
        return 200 if self.major == 2 else 201

    def moment(self, stored: str | None) -> str | None:
        """Return a date and time as it writes one.

        :param stored: In ISO 8601, with the offset ``+00:00``.
        """
        return stored.replace("+00:00", "Z") if stored and self.major == 3 else stored

    def error(self, status: int, detail: Any, title: str | None, *, bare: bool = False) -> dict[str, Any]:
        """Return the body of an error.

        :param status: HTTP status.
        :param detail: What is wrong: a text; for Airflow 3 also what its validation found.
        :param title: Airflow 2's title; ``None``: the usual one of the status; blank: none.
        :param bare: Whether Airflow 2's error comes from its web framework, which has no page for it.
        """
        if self.major == 3:
            return {"detail": detail}
        section = f"#section/Errors/{SECTIONS.get(status, 'Unknown')}"
        pages = f"https://airflow.apache.org/docs/apache-airflow/{self.version}/stable-rest-api-ref.html"
        kind = "about:blank" if bare else pages + section
        title = TITLES.get(status) if title is None else title or None
        return {"detail": detail, "status": status, "title": title, "type": kind}

    @staticmethod
    def unique_violation() -> dict[str, str]:
        """Return the detail of an Airflow 3 409: it never says what collided."""
        text = "Serious error when handling your request. Check logs for more details - you will find it in api server"
        return {
            "reason": "Unique constraint violation",
            "statement": "hidden",
            "orig_error": "hidden",
            "message": f"{text} when you look for ID {uuid.uuid4().hex[:8]}",
        }
