"""An OCI image, read from one registry and copied to another without Docker."""

from astro_provider.images.copy import copy_image
from astro_provider.images.image import Image, read_image
from astro_provider.images.login import source_login
from astro_provider.images.reference import parse_reference

__all__ = ["Image", "copy_image", "parse_reference", "read_image", "source_login"]
