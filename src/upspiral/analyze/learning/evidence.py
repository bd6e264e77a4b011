"""How did recommendations that meet some conditions turn out since a moment, against all the others?"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from upspiral.analyze.learning.samples import Sample

Tally = tuple[int, int]


class Evidence:
    """Settled samples by column, so that many rules can be held against many of them.

    Args:
        settled: Samples whose ``approved`` is known.
        names: The features that will be asked about.
    """

    def __init__(self, settled: Sequence[Sample], names: Iterable[str]) -> None:
        self._approved = np.array([bool(s.approved) for s in settled], dtype=np.bool_)
        self._times = np.array([s.settled.timestamp() if s.settled else -np.inf for s in settled])
        self._columns: dict[str, NDArray[np.str_]] = {
            name: np.array([s.features.get(name, "") for s in settled], dtype=np.str_) for name in names
        }

    def since(self, moment: datetime, conditions: Sequence[tuple[str, str]]) -> tuple[Tally, Tally]:
        """Give approved and all, settled after a moment: of those that meet the conditions, and the rest."""
        later = self._times > moment.timestamp()
        inside = later.copy()
        for name, value in conditions:
            inside &= self._columns[name] == value
        outside = later & ~inside
        return self._tally(inside), self._tally(outside)

    def _tally(self, rows: NDArray[np.bool_]) -> Tally:
        return int((rows & self._approved).sum()), int(rows.sum())
