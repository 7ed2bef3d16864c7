"""Import errors of a Deployment's DAG files."""

from __future__ import annotations

from astro_provider.airflow_api.resource import AirflowResource
from astro_provider.http.pages import parse
from astro_provider.http.retry import Repeat
from astro_provider.models.airflow.import_errors import DagImportError


class ImportErrors(AirflowResource):
    """Why files of one Deployment give no DAGs."""

    segment, noun = "importErrors", "an import error"

    def list(self, *, repeat: Repeat = Repeat.SAFE) -> list[DagImportError]:
        """Return all import errors that the token may see, oldest first.

        :param repeat: How freely a page's request may be sent again.
        """
        rows = self._rows(self._path, "import_errors", "import_error_id", repeat=repeat)
        return [parse(DagImportError, row, "GET", self._path) for row in rows]
