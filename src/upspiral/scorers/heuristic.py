"""Does a rewrite look better than the failed answer? The points of the AutoGen council (pure)."""

from upspiral.domain import Score
from upspiral.domain.evaluation import SUCCESS_AT
from upspiral.plugin_kinds import SCORER

REASONING = ("because", "therefore", "step", "first")


@SCORER.register("heuristic")
class Heuristic:
    """Points for length, reasoning words and code; easily gamed, so no gate should rest on it alone.

    The reference is the failed answer that the new one is compared with.

    >>> Heuristic().score("Why?", "It is late.", "It is late because the depot was closed on Monday.")
    Score(value=0.85, reason='longer by half, gives reasons')
    """

    name = "heuristic"
    compares = False

    def __init__(self, success_at: float = SUCCESS_AT) -> None:
        self.success_at = success_at

    def score(self, question: str, reference: str, answer: str) -> Score:
        """Measure an answer; see `Scorer`."""
        earned = [
            (0.2, "longer by half", len(answer) > 1.5 * len(reference)),
            (0.15, "gives reasons", any(word in answer.lower() for word in REASONING)),
            (0.1, "shows code", "```" in answer and "```" not in reference),
        ]
        value = 0.5 + sum(points for points, _, there in earned if there)
        reason = ", ".join(why for _, why, there in earned if there) or "nothing more than the failed answer"
        return Score(round(min(value, 1.0), 2), reason)
