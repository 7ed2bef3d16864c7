"""What this package adds to Airflow's templates: ``{{ macros.astro.branch_deployment_name(params.branch) }}``."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from astro_provider.naming import branch_deployment_name


class AstroPlugin(AirflowPlugin):
    """Makes the package's macros known (entry point ``airflow.plugins``)."""

    name = "astro"
    macros = [branch_deployment_name]
