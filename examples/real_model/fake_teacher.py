"""Who knows what a question is about? A stand-in for a large model that is wrong in one answer of twenty."""

import random
import re
from collections.abc import Mapping
from typing import Any

from upspiral.testing import FakeProvider

WRONG = 0.05
NOTHING = "NONE"
"""What it says where it is asked for other rules or instructions: it would change nothing."""


class FakeTeacher(FakeProvider):
    """Rewrites failed answers; wrong about the same questions however often it is asked.

    So asking it twice, as a night does, does not find out where it is wrong.

    Args:
        truth: The intent of every question.
        seed: Draws where it is wrong.
    """

    def __init__(self, truth: Mapping[str, str], *, seed: int) -> None:
        super().__init__()
        self._truth, self._seed = truth, seed
        self._intents = sorted(set(truth.values()))

    def say(self, path: str, body: dict[str, Any]) -> str:
        """Name the topic of the question that stands in what it is shown."""
        shown = re.search(
            r"<question>\s*(.*?)\s*</question>", str(body["messages"][-1]["content"]), re.DOTALL
        )
        right = self._truth.get(shown[1]) if shown else None
        if shown is None or right is None:
            return NOTHING
        rng = random.Random(f"{self._seed} {shown[1]}")
        return rng.choice([one for one in self._intents if one != right]) if rng.random() < WRONG else right
