"""Pure decisions: statuses, selection, status changes, hibernation."""
