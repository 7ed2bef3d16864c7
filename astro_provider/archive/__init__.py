"""A folder as a tarball that is the same whenever its content is: listed, digested, packed.

``folder`` finds out what is in it and refuses what cannot be shipped, ``patterns`` says what is left out, ``links``
where links lead, ``tarball`` writes, and ``git`` says which commit it was.
"""

from __future__ import annotations

from astro_provider.archive.folder import scan
from astro_provider.archive.listing import Entry, Listing
from astro_provider.archive.patterns import DEFAULT_EXCLUDE
from astro_provider.archive.tarball import Packed

__all__ = ["DEFAULT_EXCLUDE", "Entry", "Listing", "Packed", "scan"]
