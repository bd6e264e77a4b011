"""7 · Who should answer this one?

Takes a request and the Agents there are, gives a Choice. Verbs: `choose`, `Router`, `trust_scores` and
`what_if`.
"""

from upspiral.route.assess import trust_scores
from upspiral.route.config import RouteSettings
from upspiral.route.follow import Router
from upspiral.route.named import AUTO, choose
from upspiral.route.whatif import WhatIf, what_if

__all__ = ["AUTO", "RouteSettings", "Router", "WhatIf", "choose", "trust_scores", "what_if"]
