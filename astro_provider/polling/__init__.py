"""The asynchronous door to the one synchronous client."""
