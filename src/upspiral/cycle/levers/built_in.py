"""Which levers does Upspiral bring? Importing this module registers them."""

from upspiral.cycle.levers import adapter, model, words

__all__ = ["adapter", "model", "words"]
