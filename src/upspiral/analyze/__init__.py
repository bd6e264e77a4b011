"""2 · Where do we keep failing?

Takes Interactions with their Outcomes, gives Patterns and tables of success. Verbs: `find`, `breakdown`.
"""

from upspiral.analyze.config import AnalyzeSettings
from upspiral.analyze.find import find, find_without_storing
from upspiral.analyze.metrics import Breakdown, breakdown

__all__ = ["AnalyzeSettings", "Breakdown", "breakdown", "find", "find_without_storing"]
