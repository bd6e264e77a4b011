"""Upspiral: LLM applications and agents that get better every night, and never worse."""

__version__ = "0.1.0"
