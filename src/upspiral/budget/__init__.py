"""What a night may spend on models that send a bill: reserve before a call, settle after it."""

from upspiral.budget.ledger import Ledger, close
from upspiral.budget.metered import Charge, MeteredModel

__all__ = ["Charge", "Ledger", "MeteredModel", "close"]
