"""Which answers of a comparison break a guard? (pure)."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from upspiral.domain import Example, Pair
from upspiral.domain.ids import ExampleId
from upspiral.scorers import Scorer, scorer


def apply_guards(
    pairs: Sequence[Pair], cases: Mapping[ExampleId, Example], names: Sequence[str]
) -> list[Pair]:
    """Write down for each pair which guards one of its answers breaks and the other does not.

    Args:
        pairs: With their answers; of one that lacks an answer nothing is said.
        cases: What was asked in each pair, and what should have been said.
        names: Of the scorers that are guards.
    """
    guards = [scorer(name) for name in names]
    return [_apply(pair, cases[pair.example], guards) for pair in pairs]


def _apply(pair: Pair, case: Example, guards: Sequence[Scorer]) -> Pair:
    if not guards or pair.candidate is None or pair.incumbent is None:
        return pair
    answers = pair.candidate_answer, pair.incumbent_answer
    mine, theirs = ({guard.name for guard in guards if _breaks(guard, case, answer)} for answer in answers)
    return replace(pair, broken_guards=tuple(sorted(mine - theirs)), kept_guards=tuple(sorted(theirs - mine)))


def _breaks(guard: Scorer, case: Example, answer: str) -> bool:
    return guard.score(case.messages[-1].content, case.answer, answer).value < guard.success_at
