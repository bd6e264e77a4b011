"""Which levers does Upspiral bring? Importing this module registers them."""

from upspiral.cycle.levers import adapter, examples, model, words

__all__ = ["adapter", "examples", "model", "words"]
