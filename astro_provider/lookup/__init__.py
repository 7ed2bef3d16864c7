"""From names to ids, with a client."""
