"""What this package tells Airflow about itself: plain data, read by every Airflow process at discovery."""

from __future__ import annotations

from typing import Any

#: Fields of the connection form that are kept in the connection's ``extra``. The hook builds Airflow 2.11's form from
#: the same table.
CONN_FIELDS: dict[str, dict[str, Any]] = {
    "organization_id": {
        "label": "Organization ID",
        "description": "Usually empty. Required only for API tokens that do not name their Organization.",
        "schema": {"type": ["string", "null"], "default": None},
    },
    "workspace_id": {
        "label": "Workspace ID",
        "description": "Workspace in which Deployments are created and looked up by name if a task does not set one.",
        "schema": {"type": ["string", "null"], "default": None},
    },
    "request_timeout": {
        "label": "Request timeout (seconds)",
        "description": "Seconds to wait for a response from the Astro API, 1 to 600. Default: 60.",
        "schema": {"type": ["integer", "null"], "minimum": 1, "maximum": 600, "default": None},
    },
    "max_retries": {
        "label": "Retries",
        "description": "How often a request is retried after a transient failure, 0 to 20. Default: 6.",
        "schema": {"type": ["integer", "null"], "minimum": 0, "maximum": 20, "default": None},
    },
    "airflow_domains": {
        "label": "Airflow domains",
        "description": (
            "Usually empty. Domains besides astronomer.run where your Deployments' Airflow runs, separated by commas. "
            "The token may be sent there."
        ),
        "schema": {"type": ["string", "null"], "default": None},
    },
}

UI_FIELD_BEHAVIOUR: dict[str, Any] = {
    "hidden-fields": ["schema", "login", "port", "extra"],
    "relabeling": {"password": "API Token", "host": "API URL"},
    "placeholders": {
        "password": "An Organization, Workspace or Deployment API token",
        "host": "https://api.astronomer.io/v1",
    },
}

PROVIDER_INFO: dict[str, Any] = {
    "package-name": "airflow-provider-astro",
    "name": "Astro",
    "description": "Create, fill, deploy to, run DAGs in, hibernate and delete Astro Deployments from Airflow tasks.",
    "connection-types": [
        {
            "connection-type": "astro",
            "hook-class-name": "astro_provider.hooks.astro.AstroHook",
            "hook-name": "Astro",
            "ui-field-behaviour": UI_FIELD_BEHAVIOUR,
            "conn-fields": CONN_FIELDS,
        }
    ],
    "config": {
        "astro": {
            "description": "Settings of the Astro provider.",
            "options": {
                "rate_limit_share": {
                    "description": (
                        "Part of the Astro API's rate limit (25 reads a second for each token) that the waits of one "
                        "triggerer may use. With several triggerers on one token, divide it among them."
                    ),
                    "version_added": "0.1.0",
                    "type": "float",
                    "example": "0.25",
                    "default": "0.5",
                }
            },
        }
    },
    "extra-links": [
        "astro_provider.links.OpenInAstroLink",
        "astro_provider.links.OpenAirflowLink",
        "astro_provider.links.OpenDeployHistoryLink",
        "astro_provider.links.OpenDagRunLink",
    ],
}
