"""Which instructions do better on the teaching cases? GEPA searches in a child process; we answer it."""
