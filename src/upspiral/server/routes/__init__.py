"""Paths and thin handlers, one file per group of nouns."""
