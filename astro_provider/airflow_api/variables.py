"""Variables of a Deployment's Airflow."""

from __future__ import annotations

from astro_provider.airflow_api.resource import Objects
from astro_provider.common.masking import secret_texts
from astro_provider.models.airflow.variables import Variable


class Variables(Objects[Variable]):
    """The variables in one Deployment's metadata database.

    Airflow 3 shows a mask in the place of what looks like a secret, and JSON with other spaces than it was stored with.
    """

    segment, noun, model = "variables", "a variable", Variable
    name_field = "key"

    def create(self, key: str, value: str, /, *, description: str | None = None) -> None:
        """Create a variable. Airflow 2 changes one that exists instead.

        :param key: Its key.
        :param value: Its value; always text, also where it is JSON.
        :param description: What it is for.
        :raises AlreadyExistsError: There is one of this key.
        """
        self._post(_body(key, value, description), secret_texts(value))

    def update(self, key: str, value: str, /, *, description: str | None = None) -> None:
        """Replace a variable's value; safe to send again.

        :param key: Its key.
        :param value: Its value.
        :param description: What it is for; blank: nothing; default: as it is.
        :raises NotFoundError: There is none of this key.
        """
        self._patch(key, _body(key, value, description), secret_texts(value))


def _body(key: str, value: str, description: str | None) -> dict[str, object]:
    return {"key": key, "value": value, **({} if description is None else {"description": description})}
