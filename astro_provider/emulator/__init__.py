"""A local Astro API v1, for examples, tests, and users' own tests. Imports nothing else of this package.

>>> from astro_provider.emulator import Emulator
>>> with Emulator() as astro:                               # doctest: +SKIP
...     print(astro.url, astro.organization_id)
"""

from __future__ import annotations

from astro_provider.emulator.emulator import Emulator

__all__ = ["Emulator"]
