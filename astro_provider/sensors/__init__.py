"""Sensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.common.import_paths import names_elsewhere

if not TYPE_CHECKING:
    __getattr__ = names_elsewhere(__name__)
