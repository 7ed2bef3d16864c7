"""The example DAGs, in the package in which Airflow 3 looks for those of a provider: it has the distribution's name.

A wheel holds them in ``airflow_provider_astro/example_dags``. In a clone, also if it is installed with ``--editable``,
they are the folder ``example_dags`` beside this package.
"""

from pathlib import Path

if not Path(__file__).with_name("example_dags").is_dir():
    __path__.append(str(Path(__file__).parent.parent))
