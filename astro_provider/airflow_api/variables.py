"""Variables of a Deployment's Airflow."""

from __future__ import annotations

from astro_provider.airflow_api.resource import Objects
from astro_provider.common.masking import secret_texts
from astro_provider.models.airflow.variables import Variable


class Variables(Objects[Variable]):
    """The variables in one Deployment's metadata database.

    Airflow 3 masks values that look like secrets, and returns JSON with other whitespace than was stored.
    """

    segment, noun, model = "variables", "a variable", Variable
    name_field = "key"

    def create(self, key: str, value: str, /, *, description: str | None = None) -> None:
        """Create a variable. If it exists, Airflow 2 changes it instead.

        :param key: Its key.
        :param value: Its value: always text, even if it contains JSON.
        :param description: Its description.
        :raises AlreadyExistsError: A variable with this key already exists.
        """
        self._post(_body(key, value, description), secret_texts(value))

    def update(self, key: str, value: str, /, *, description: str | None = None) -> None:
        """Replace a variable's value; safe to repeat.

        :param key: Its key.
        :param value: Its value.
        :param description: Its description; blank removes it; default: unchanged.
        :raises NotFoundError: There is no variable with this key.
        """
        self._patch(key, _body(key, value, description), secret_texts(value))


def _body(key: str, value: str, description: str | None) -> dict[str, object]:
    return {"key": key, "value": value, **({} if description is None else {"description": description})}
