"""What do answers hold that are no noun of the domain by themselves? One module per group of routes."""
