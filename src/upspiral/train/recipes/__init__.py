"""Whole programs that train a model; run as files in a process of their own, never imported."""
