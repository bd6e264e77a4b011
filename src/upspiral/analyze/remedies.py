"""What would fix the weaknesses found last, by all that is known? (pure)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set

from msgspec import Struct

from upspiral.analyze.features import Features, conversation_features
from upspiral.analyze.slices import is_known_before, meets
from upspiral.analyze.suggest import Circumstances, suggest
from upspiral.domain import (
    AgentVersion,
    EvalReport,
    Example,
    ExampleKind,
    Feedback,
    Interaction,
    Outcome,
    Pair,
    Pattern,
    PatternState,
    Polarity,
    Status,
    conversations,
)
from upspiral.domain.ids import AgentId, InteractionId, PatternId
from upspiral.domain.learning import Remedy, Suggestion
from upspiral.lexical import to_stems


class ComparedCase(Struct, frozen=True):
    """A labeled conversation of some agent."""

    good: bool
    words: frozenset[str]
    """Of its questions, in small letters."""
    described: Features


class RemedyEvidence(Struct, frozen=True):
    """All by which remedies are judged."""

    cases: Mapping[AgentId, Sequence[ComparedCase]]
    """The newest labeled conversations of each agent."""
    tried: Mapping[AgentId, Mapping[Remedy, Sequence[Pair]]]
    """On which cases earlier remedies were compared, by agent and kind."""
    good_answers: Mapping[PatternId, int]
    """Of each weakness, the members whose right answer is known."""

    def count_like(self, agent: AgentId, weakness: Pattern) -> tuple[int, int]:
        """Count an agent's successes and conversations of the kind that a weakness is about."""
        inside = [case.good for case in self.cases.get(agent, ()) if is_like(case, weakness)]
        return sum(inside), len(inside)


def suggestions(
    weaknesses: Iterable[Pattern], evidence: RemedyEvidence, *, success_at: float
) -> list[Suggestion]:
    """Suggest remedies for weaknesses: those that would do first, the likeliest to help first.

    Args:
        weaknesses: Of any agents, such as `select_weaknesses` gives.
        evidence: By which remedies are judged.
        success_at: The score from which an answer is right, 0 to 1.
    """
    found: list[Suggestion] = []
    for weakness in weaknesses:
        found += suggest(weakness, _circumstances(weakness, evidence, success_at=success_at))
    return sorted(found, key=lambda one: (not one.would_do, -one.gain))


def is_like(case: ComparedCase, weakness: Pattern) -> bool:
    """Say whether a conversation, of any agent, is of the kind that a weakness is about.

    Which model answers belongs to the agent, not to the kind.
    """
    if weakness.conditions:
        asked = tuple(pair for pair in weakness.conditions if pair[0] != "model")
        return meets(case.described, asked)
    return holds(case.words, weakness.terms)


def holds(words: Set[str], terms: Sequence[str]) -> bool:
    """Say whether somebody's words hold the strongest of some terms, or two of them.

    >>> holds({"gift", "voucher"}, ["gift voucher", "code"]), holds({"code"}, ["gift voucher", "code"])
    (True, False)
    """
    held = [words >= _words(term) for term in terms]
    return sum(held) >= 2 or any(held[:1])


def remedy_between(candidate: AgentVersion, incumbent: AgentVersion) -> Remedy | None:
    """Say by what a version differs from the one before it; None where several things changed, or none."""
    differs = {
        Remedy.FINE_TUNE: candidate.model != incumbent.model,
        Remedy.RULE: candidate.rules != incumbent.rules,
        Remedy.EXAMPLES: (candidate.examples, candidate.memory) != (incumbent.examples, incumbent.memory),
        Remedy.PROMPT: candidate.instructions != incumbent.instructions,
    }
    changed = [remedy for remedy, changes in differs.items() if changes]
    return changed[0] if len(changed) == 1 else None


def count_fixed(pairs: Iterable[Pair], *, success_at: float) -> tuple[int, int]:
    """Count failing cases that a candidate fixed, minus good ones that it broke, and failing cases tried.

    Args:
        pairs: The cases that both answered.
        success_at: The score from which an answer is right, 0 to 1.
    """
    net = tried = 0
    for pair in pairs:
        if pair.candidate is None or pair.incumbent is None:
            continue
        now, before = pair.candidate >= success_at, pair.incumbent >= success_at
        tried += not pair.went_well
        net += (now - before) if before or not pair.went_well else 0
    return net, tried


def _circumstances(weakness: Pattern, evidence: RemedyEvidence, *, success_at: float) -> Circumstances:
    tried = evidence.tried.get(weakness.agent, {})
    own = {remedy: [pair for pair in pairs if pair.slice == weakness.name] for remedy, pairs in tried.items()}
    others = [name for name in evidence.cases if name != weakness.agent]
    can_route = is_known_before(weakness.conditions)
    return Circumstances(
        conversations=weakness.conversations + weakness.rest_conversations,
        elsewhere={name: evidence.count_like(name, weakness) for name in others} if can_route else {},
        here=None if weakness.conditions else evidence.count_like(weakness.agent, weakness),
        tried={
            remedy: count_fixed(own[remedy] or pairs, success_at=success_at)
            for remedy, pairs in tried.items()
        },
        good_answers=evidence.good_answers.get(weakness.id, 0),
    )


def select_weaknesses(known: Sequence[Pattern]) -> list[Pattern]:
    """Give the weaknesses that were found last, but for those that are closed since."""
    last = max((one.at for one in known), default=None)
    here = [one for one in known if one.at == last and one.state is not PatternState.CLOSED]
    return [one for one in here if one.polarity is Polarity.WEAKNESS]


def make_cases(turns: Sequence[Interaction], outcomes: Mapping[InteractionId, Outcome]) -> list[ComparedCase]:
    """Make a case of each labeled conversation.

    Args:
        turns: Of one agent, oldest first.
        outcomes: Of the turns, as far as there are any.
    """
    return [
        ComparedCase(
            c.status == Status.SUCCESS,
            _words(" ".join(turn.question for turn in c.interactions)),
            conversation_features(c),
        )
        for c in conversations(turns, dict(outcomes))
        if c.status != Status.UNKNOWN
    ]


def _words(text: str) -> frozenset[str]:
    return to_stems(text)


def gather_pairs(compared: Iterable[tuple[EvalReport, Sequence[AgentVersion]]]) -> dict[Remedy, list[Pair]]:
    """Gather the cases on which earlier remedies of each kind were compared.

    Args:
        compared: Reports, each with the candidate and the incumbent, as far as they are kept.
    """
    found: dict[Remedy, list[Pair]] = defaultdict(list)
    for report, versions in compared:
        remedy = remedy_between(*versions) if len(versions) == 2 else None
        if remedy:
            found[remedy] += report.pairs
    return dict(found)


def count_good_answers(said: Iterable[Feedback], taught: Iterable[Example]) -> int:
    """Count the Interactions whose right answer is known: corrected by a user, or rewritten and accepted."""
    corrected = {one.interaction for one in said if one.correction}
    return len(corrected | {one.interaction for one in taught if one.kind != ExampleKind.REPLAY})
