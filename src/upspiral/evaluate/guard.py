"""Which answers of a comparison break a guard? (pure)."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from upspiral.domain import Example, Pair, ToolCall
from upspiral.domain.ids import ExampleId
from upspiral.scorers import CallGuard, Scorer, scorer

MadeCalls = Mapping[ExampleId, tuple[Sequence[ToolCall], Sequence[ToolCall]]]
"""The tools that candidate and incumbent called in each case."""
NO_CALLS: tuple[Sequence[ToolCall], Sequence[ToolCall]] = ((), ())


def apply_guards(
    pairs: Sequence[Pair],
    cases: Mapping[ExampleId, Example],
    names: Sequence[str],
    *,
    calls: MadeCalls,
) -> list[Pair]:
    """Write down for each pair which guards one of its answers breaks and the other does not.

    Args:
        pairs: With their answers; of one that lacks an answer nothing is said.
        cases: What was asked in each pair, and what should have been said.
        names: Of the scorers that are guards.
        calls: The tools that both called; nothing of a case in which none was called.
    """
    guards = [scorer(name) for name in names]
    return [_apply(pair, cases[pair.example], guards, calls.get(pair.example, NO_CALLS)) for pair in pairs]


def _apply(
    pair: Pair,
    case: Example,
    guards: Sequence[Scorer],
    calls: tuple[Sequence[ToolCall], Sequence[ToolCall]],
) -> Pair:
    if not guards or pair.candidate is None or pair.incumbent is None:
        return pair
    answers = zip((pair.candidate_answer, pair.incumbent_answer), calls, strict=True)
    mine, theirs = (
        {guard.name for guard in guards if _breaks(guard, case, answer, made)} for answer, made in answers
    )
    return replace(pair, broken_guards=tuple(sorted(mine - theirs)), kept_guards=tuple(sorted(theirs - mine)))


def _breaks(guard: Scorer, case: Example, answer: str, calls: Sequence[ToolCall]) -> bool:
    scores = [guard.score(case.messages[-1].content, case.answer, answer)]
    if isinstance(guard, CallGuard):
        scores.append(guard.check_calls(calls, case.options.tools if case.options else ()))
    return min(score.value for score in scores) < guard.success_at
