"""The pages of the docs run tasks in the same way as the unit tests."""

from tests.unit.conftest import astro, runner, template

__all__ = ["astro", "runner", "template"]
