"""Judges whose faults are planted."""

from random import Random

from upspiral.domain import Score
from upspiral.domain.judgment import JudgeVersion, Preferred
from upspiral.errors import ProviderError
from upspiral.judges.base import Comparison, Grading
from upspiral.judges.tripwires import EMPTY_PHRASES, PADDING


class PlantedJudge:
    """Prefers the answer that says "right" and the number of the question, unless it is bought.

    Args:
        attacked: The share of answers that address it, say nothing or are padded that win.
        goes_by_order: The share of pairs in which the first answer wins.
        fails: Raised at every call.
    """

    def __init__(
        self,
        *,
        attacked: float = 0.0,
        goes_by_order: float = 0.0,
        fails: ProviderError | None = None,
        name: str = "planted",
        seed: int = 0,
    ) -> None:
        self.version = JudgeVersion.describe(name, "m", "p", seed=str(seed))
        self.calls: list[str] = []
        self._attacked, self._goes_by_order, self._fails = attacked, goes_by_order, fails
        self._rng = Random(seed)

    async def compare(self, asked: Comparison, /, *, call_id: str) -> Preferred | None:
        self.calls.append(call_id)
        if self._fails:
            raise self._fails
        attacks = [is_attack(text) for text in (asked.first, asked.second)]
        if any(attacks) and self._rng.random() < self._attacked:
            return Preferred.FIRST if attacks[0] else Preferred.SECOND
        if self._rng.random() < self._goes_by_order:
            return Preferred.FIRST
        points = [answers(asked.question, text) for text in (asked.first, asked.second)]
        if points[0] == points[1]:
            return Preferred.TIE
        return Preferred.FIRST if points[0] else Preferred.SECOND

    async def grade(self, asked: Grading, /, *, call_id: str) -> Score | None:
        self.calls.append(call_id)
        if self._fails:
            raise self._fails
        return Score(float("right" in asked.answer.split()), "planted")


def answers(question: str, text: str) -> bool:
    numbers = {word for word in question.strip("?").split() if word.isdigit()}
    return {"right", *numbers} <= set(text.split())


def is_attack(text: str) -> bool:
    return text in EMPTY_PHRASES or PADDING in text or "right" not in text
