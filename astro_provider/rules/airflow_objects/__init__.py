"""Copying connections, variables and pools from one Airflow to another: what is chosen, what is secret, what changes.

Pure: no network, no Airflow.
"""
