"""3 · What should we have said?

Takes the Patterns of a night, the Interactions behind them and a teacher; gives a Dataset: what to teach,
what to keep, and held-out cases that neither is like. Verbs: `build`, and `build_memory` out of a Dataset;
`shortfall` says what is missing; `collect_settled` gathers what went well, for a comparison alone.
"""

from upspiral.curate.build import build
from upspiral.curate.config import CurateSettings
from upspiral.curate.power import shortfall
from upspiral.curate.remember import build_memory
from upspiral.curate.settled import collect_settled, part_settled

__all__ = ["CurateSettings", "build", "build_memory", "collect_settled", "part_settled", "shortfall"]
