"""Tools for developers and CI: environments, a real Airflow, the demo. Not part of the distribution."""
