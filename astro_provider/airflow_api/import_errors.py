"""Import errors of a Deployment's DAG files."""

from __future__ import annotations

from astro_provider.airflow_api.resource import AirflowResource
from astro_provider.http.pages import parse
from astro_provider.http.retry import Repeat
from astro_provider.models.airflow.import_errors import DagImportError


class ImportErrors(AirflowResource):
    """The import errors of one Deployment: why files contain no DAGs."""

    segment, noun = "importErrors", "an import error"

    def list(self, *, repeat: Repeat = Repeat.SAFE) -> list[DagImportError]:
        """Return all import errors that the token may see, oldest first.

        :param repeat: Which failures of a page's request are retried.
        """
        rows = self._rows(self._path, "import_errors", "import_error_id", repeat=repeat)
        return [parse(DagImportError, row, "GET", self._path) for row in rows]
