"""2 · Where do we keep failing?

Takes Interactions with their Outcomes, gives Patterns and tables of success. Its verb is `find`, which alone
reads and writes the store.
"""

from upspiral.analyze.config import AnalyzeSettings
from upspiral.analyze.find import find, find_without_storing
from upspiral.analyze.metrics import Breakdown, Costs, add_sums, breakdown, sum_costs

__all__ = [
    "AnalyzeSettings",
    "Breakdown",
    "Costs",
    "add_sums",
    "breakdown",
    "find",
    "find_without_storing",
    "sum_costs",
]
