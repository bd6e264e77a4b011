"""7 · Who should answer this one?

Takes a request and the Agents there are, gives a Choice. Verb: `choose`.
"""

from upspiral.route.choose import choose

__all__ = ["choose"]
