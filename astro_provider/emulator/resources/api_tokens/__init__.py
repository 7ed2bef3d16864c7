"""API tokens of the Organization, its Workspaces and its Deployments."""

from astro_provider.emulator.resources.api_tokens.routes import resource

__all__ = ["resource"]
