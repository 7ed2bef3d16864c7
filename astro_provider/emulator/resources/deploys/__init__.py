"""Deploys of code: routes, bodies, rules, the tarballs, and what tests add.

========================  ==============================================================================
``routes``                what answers each operation
``bodies``                the fields that requests may have
``rules``                 what Astro refuses by looking at the Deployment and at its other deploys
``documents``             from a body to the stored deploy, and from that to what is shown
``images``                what an image registry says about a deploy's image
``tarballs``              what is in a tarball of DAGs, read safely
``setup``                 deploys and failures that tests order past the API
========================  ==============================================================================

What a deploy does to its Deployment is in ``deployments.code``.
"""

from __future__ import annotations

from astro_provider.emulator.resources.deploys.routes import resource

__all__ = ["resource"]
