"""7 · Who should answer this one?

Takes a request and the Agents there are, gives a Choice. Verbs: `choose` and `what_if`;
`upspiral.projections` keeps what is learned from the store.
"""

from upspiral.route.config import RouteSettings
from upspiral.route.named import AUTO, choose
from upspiral.route.whatif import WhatIf, what_if

__all__ = ["AUTO", "RouteSettings", "WhatIf", "choose", "what_if"]
