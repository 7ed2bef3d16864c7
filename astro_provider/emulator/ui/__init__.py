"""Pages for people, at the paths of the Astro UI and of a Deployment's Airflow UI: what the links of a task lead to.

========================  ==============================================================================
``rendering``             from the templates in ``templates/`` to pages, with everything escaped
``calls``                 the requests so far, all of them or those about one Deployment
``deployments``           Workspaces, their Deployments, and the deploys of one
``airflows``              the emulated Airflow of a Deployment: its DAGs, and the tasks of a run
========================  ==============================================================================

They only look: no status that advances with reads moves on, no fault is used up, and the journal does not list them.
Nobody logs in to see them, so nothing on them is secret.
"""

from __future__ import annotations
