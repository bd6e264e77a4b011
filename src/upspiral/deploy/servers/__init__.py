"""Whole programs that answer with a model; run as files in a process of their own, never imported."""
