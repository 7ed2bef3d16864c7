"""An export of audit logs as a stream: unpack, check, cut and copy it."""
