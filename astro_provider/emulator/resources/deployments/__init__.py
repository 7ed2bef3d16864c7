"""Deployments: routes, bodies, rules, hibernation, and what tests add.

========================  ==============================================================================
``routes``                what answers each operation
``bodies``                the fields that requests may have, each by itself
``rules``                 what Astro refuses by looking at more than one field
``documents``             from a body to the stored Deployment, and from that to what is shown
``queues``                worker queues: their rules, ids and pods
``code``                  what a Deployment runs, and the deploys that are rolled out to it in order
``hibernation``           overrides: what they do and when they end
``setup``                 Deployments and statuses that tests add past the API
========================  ==============================================================================
"""

from __future__ import annotations

from astro_provider.emulator.resources.deployments.routes import resource

__all__ = ["resource"]
