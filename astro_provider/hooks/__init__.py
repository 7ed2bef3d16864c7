"""Hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if not TYPE_CHECKING:  # to a type checker, a module with this function has every name

    def __getattr__(name):
        from astro_provider.common.import_paths import not_here

        raise not_here(__name__, name)
