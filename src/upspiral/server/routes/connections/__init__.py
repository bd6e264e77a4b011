"""Routes by which other programs are connected."""
