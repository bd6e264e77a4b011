"""What must a scorer keep to? Scores from 0 to 1, the same for the same texts, whatever the texts are."""

from typing import Any

from upspiral.domain import Score, ToolCall
from upspiral.domain.interaction import ToolDefinition
from upspiral.scorers.base import CallGuard, Scorer
from upspiral.testing.contracts.facts import STRANGE_NAMES

TEXTS = ("", "Where is it?", "It left this morning.", "NO", "1,500 euros in 5 days", *STRANGE_NAMES)
THRESHOLDS = (0.01, 0.5, 0.75, 1.0)


class ScorerContract:
    """The battery for a scorer; `make` is what was registered."""

    make: Any
    """Makes a Scorer from the score that is a success: a class, or a function within `staticmethod`."""
    right = ("Where is it?", "It left this morning.", "It left this morning.")
    """A question, its reference and an answer that says the same."""
    wrong = ("Where is it?", "It left this morning.", "We have never heard of you.")
    """The same with an answer that says something else."""

    def score(self, *texts: str, success_at: float = 0.75) -> Score:
        """Measure an answer with a scorer made for it alone."""
        found = self.scorer(success_at).score(*texts)
        assert isinstance(found, Score)
        return found

    def scorer(self, success_at: float = 0.75) -> Scorer:
        """Make the scorer."""
        made: Scorer = type(self).make(success_at)
        return made

    def test_it_has_a_name_and_knows_what_a_success_is(self) -> None:
        """Ask for both."""
        for threshold in THRESHOLDS:
            made = self.scorer(threshold)
            assert made.name
            assert made.success_at == threshold
            assert isinstance(made.compares, bool)

    def test_a_score_is_between_0_and_1_whatever_the_texts(self) -> None:
        """Measure every text against every other."""
        for reference in TEXTS:
            for answer in TEXTS:
                found = self.score("Why?", reference, answer)
                assert 0 <= found.value <= 1, f"{found.value} for {answer[:50]!r}"
                assert found.reason, f"no reason for {answer[:50]!r}"

    def test_the_same_texts_give_the_same_score(self) -> None:
        """Measure twice with one scorer, and with another of the same kind."""
        made = self.scorer()
        for texts in (self.right, self.wrong):
            assert made.score(*texts) == made.score(*texts) == self.score(*texts)

    def test_one_that_compares_tells_the_same_from_another_at_every_threshold(self) -> None:
        """Hold both examples against what is a success."""
        for threshold in THRESHOLDS:
            if self.scorer(threshold).compares:
                assert self.score(*self.right, success_at=threshold).value >= threshold
                assert self.score(*self.wrong, success_at=threshold).value < threshold

    def test_one_that_reads_calls_measures_whatever_is_called(self) -> None:
        """Call tools that there are and that there are not, with arguments that are none."""
        made, tools = self.scorer(), (ToolDefinition(name="find", parameters={"required": ["q"]}),)
        for name in ("find", "other", ""):
            for arguments in ('{"q": 1}', "{}", "", "{", *TEXTS):
                calls = [ToolCall(name=name, arguments=arguments)]
                if isinstance(made, CallGuard):
                    found = made.check_calls(calls, tools)
                    assert 0 <= found.value <= 1
                    assert found.reason
                    assert found == made.check_calls(calls, tools)
