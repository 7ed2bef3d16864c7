"""One home for each small rule."""
