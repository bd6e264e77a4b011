"""Is the answer about as long as what should have been said? (pure)."""

from upspiral.domain import Score
from upspiral.domain.evaluation import SUCCESS_AT
from upspiral.plugin_kinds import SCORER

MAX_RATIO = 4.0
"""An answer may be so many times as long as the reference, and as short as this part of it."""
SLACK_CHARS = 80
"""And so much longer or shorter whatever the ratio: a word and a sentence may say the same."""


@SCORER.register("length")
class LengthGuard:
    """Right where the answer is neither empty nor much shorter or longer than the reference.

    >>> LengthGuard().score("", "It left this morning.", "It left. " * 100).reason
    '899 letters instead of about 21'
    """

    name = "length"
    compares = False

    def __init__(self, success_at: float = SUCCESS_AT) -> None:
        self.success_at = success_at

    def score(self, question: str, reference: str, answer: str) -> Score:
        """Measure an answer; see `Scorer`."""
        wanted, said = len(reference.strip()), len(answer.strip())
        if wanted and not said:
            return Score(0.0, "it is empty")
        if wanted / MAX_RATIO - SLACK_CHARS <= said <= wanted * MAX_RATIO + SLACK_CHARS:
            return Score(1.0, "about as long as expected")
        return Score(0.0, f"{said} letters instead of about {wanted}")
