"""Deploys of code to a Deployment: listed, newest or oldest first as the API has it, and read by id."""

from __future__ import annotations

from astro_provider.client.resource import Nested
from astro_provider.models.deploys import Deploy


class Deploys(Nested[Deploy]):
    """The deploys of one Deployment each."""

    segment, noun, model = "deploys", "a deploy", Deploy
    parent, parent_noun = "deployments", "a Deployment"
