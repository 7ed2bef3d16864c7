"""An OCI image, read from one registry and copied to another without Docker."""
