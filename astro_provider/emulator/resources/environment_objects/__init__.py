"""Objects of the Environment Manager: connections, variables and metrics exports."""

from astro_provider.emulator.resources.environment_objects.routes import resource

__all__ = ["resource"]
