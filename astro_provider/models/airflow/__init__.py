"""What a Deployment's own Airflow returns, in the words of its newer API; a dialect translates the older one's."""
