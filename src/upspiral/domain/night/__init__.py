"""What belongs to a night beside its cycle: what it may spend."""
