"""How did recommendations that meet some conditions turn out since a moment, against all the others?"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from upspiral.analyze.recommendations.categorical import Bools
from upspiral.analyze.recommendations.samples import Samples, micros

Tally = tuple[int, int]


class Evidence:
    """Settled samples, held against many conditions; what meets each of them is remembered.

    Args:
        settled: Samples whose ``approved`` is known.
    """

    def __init__(self, settled: Samples) -> None:
        self.settled = settled
        self.approved: Bools = settled.approved == 1
        self._met: dict[tuple[str, str], Bools] = {}
        self._after: dict[datetime, Bools] = {}

    def meet(self, conditions: Sequence[tuple[str, str]]) -> Bools:
        """Say which samples meet all conditions."""
        inside = np.ones(len(self.settled), dtype=np.bool_)
        for condition in conditions:
            if condition not in self._met:
                self._met[condition] = self.settled.meet([condition])
            inside &= self._met[condition]
        return inside

    def after(self, moment: datetime) -> Bools:
        """Say which samples were settled after a moment."""
        if moment not in self._after:
            self._after[moment] = self.settled.settled > micros(moment)
        return self._after[moment]

    def since(self, moment: datetime, conditions: Sequence[tuple[str, str]]) -> tuple[Tally, Tally]:
        """Give approved and all, settled after a moment: of those that meet the conditions, and the rest."""
        later = self.after(moment)
        inside = later & self.meet(conditions)
        return self._tally(inside), self._tally(later & ~inside)

    def _tally(self, rows: Bools) -> Tally:
        return int(np.count_nonzero(rows & self.approved)), int(np.count_nonzero(rows))
