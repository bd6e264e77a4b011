"""Looking after an installation: copies of it, and what is wrong with it."""
