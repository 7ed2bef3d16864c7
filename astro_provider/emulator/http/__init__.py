"""The emulator's side of HTTP."""
