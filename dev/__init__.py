"""What developers and CI run: environments, a real Airflow, the demo. Not part of the distribution."""
