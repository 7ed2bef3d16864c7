"""State and behaviour that all resources of the emulator share."""
