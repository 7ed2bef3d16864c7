"""What a Deployment file asks for, as one request and, for an update, as a list of changes. Pure: no call is made.

An update is planned in three steps: :mod:`.present_state` writes the existing Deployment as the request that would
change nothing, the other modules overlay what the file says, and :mod:`.changes` compares the two.
"""

from __future__ import annotations

from astro_provider.plan.create import check_create, plan_create
from astro_provider.plan.deployment_types import type_of_file
from astro_provider.plan.lookups import Lookups
from astro_provider.plan.needs import needs
from astro_provider.plan.places import place_notes
from astro_provider.plan.results import Change, CreatePlan, UpdatePlan
from astro_provider.plan.update import plan_update

__all__ = [
    "Change",
    "CreatePlan",
    "Lookups",
    "UpdatePlan",
    "check_create",
    "needs",
    "place_notes",
    "plan_create",
    "plan_update",
    "type_of_file",
]
