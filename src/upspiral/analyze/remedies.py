"""What would fix the weaknesses found last, by all that is stored? A verb of this stage."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set

from msgspec import Struct

from upspiral.analyze.features import Features, conversation_features
from upspiral.analyze.slices import is_known_before, meets
from upspiral.analyze.suggest import Circumstances, suggest
from upspiral.domain import (
    AgentVersion,
    ExampleKind,
    Pair,
    Pattern,
    PatternState,
    Polarity,
    Status,
    conversations,
)
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.learning import Remedy, Suggestion
from upspiral.store import Store
from upspiral.store.repositories.interactions import InteractionFilter

MAX_INTERACTIONS_READ = 2000
"""Interactions of each agent that are looked at, the newest."""
WORDS = re.compile(r"\w+")


class ComparedCase(Struct, frozen=True):
    """A settled conversation of some agent."""

    good: bool
    words: frozenset[str]
    """Of its questions, in small letters."""
    described: Features


class Told(Struct, frozen=True):
    """The newest settled conversations of each agent."""

    of: Mapping[AgentId, Sequence[ComparedCase]]

    def within(self, agent: AgentId, weakness: Pattern) -> tuple[int, int]:
        """Count an agent's successes and conversations of the kind that a weakness is about."""
        inside = [case.good for case in self.of.get(agent, ()) if is_like(case, weakness)]
        return sum(inside), len(inside)


def suggestions(
    store: Store, workspace: WorkspaceId, patterns: Mapping[AgentId, Sequence[Pattern]], *, success_at: float
) -> list[Suggestion]:
    """Suggest remedies for the weaknesses found last: those that would do first, the likeliest to help first.

    Args:
        store: Where everything is kept.
        workspace: Whose.
        patterns: What was found of each agent that is asked about.
        success_at: The score from which an answer is right, 0 to 1.
    """
    everyone = store.interactions.agents(workspace)
    weak = {name: _weaknesses(known) for name, known in patterns.items()}
    if not any(weak.values()):
        return []
    told = Told({name: _load_cases(store, workspace, name) for name in everyone})
    found: list[Suggestion] = []
    for name, weaknesses in weak.items():
        tried = _load_pairs(store, workspace, name)
        for weakness in weaknesses:
            found += suggest(weakness, _circumstances(store, weakness, told, tried, success_at=success_at))
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
        Remedy.EXAMPLES: candidate.examples != incumbent.examples,
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


def _circumstances(
    store: Store, weakness: Pattern, told: Told, tried: Mapping[Remedy, Sequence[Pair]], *, success_at: float
) -> Circumstances:
    own = {remedy: [pair for pair in pairs if pair.slice == weakness.name] for remedy, pairs in tried.items()}
    others = [name for name in told.of if name != weakness.agent]
    list_routable = is_known_before(weakness.conditions)
    return Circumstances(
        conversations=weakness.conversations + weakness.rest_conversations,
        elsewhere={name: told.within(name, weakness) for name in others} if list_routable else {},
        here=None if weakness.conditions else told.within(weakness.agent, weakness),
        tried={
            remedy: count_fixed(own[remedy] or pairs, success_at=success_at)
            for remedy, pairs in tried.items()
        },
        good_answers=_good_answers(store, weakness),
    )


def _weaknesses(known: Sequence[Pattern]) -> list[Pattern]:
    """Give the weaknesses that were found last, but for those that are closed since."""
    last = max((one.at for one in known), default=None)
    here = [one for one in known if one.at == last and one.state is not PatternState.CLOSED]
    return [one for one in here if one.polarity is Polarity.WEAKNESS]


def _load_cases(store: Store, workspace: WorkspaceId, agent: AgentId) -> list[ComparedCase]:
    turns = store.interactions.page(
        workspace, InteractionFilter(named={"agent": agent}), None, MAX_INTERACTIONS_READ
    )[::-1]
    outcomes = store.outcomes.of(workspace, [turn.id for turn in turns])
    return [
        ComparedCase(
            c.status == Status.SUCCESS,
            _words(" ".join(turn.question for turn in c.interactions)),
            conversation_features(c),
        )
        for c in conversations(turns, outcomes)
        if c.status != Status.UNKNOWN
    ]


def _words(text: str) -> frozenset[str]:
    return frozenset(WORDS.findall(text.lower()))


def _load_pairs(store: Store, workspace: WorkspaceId, agent: AgentId) -> dict[Remedy, list[Pair]]:
    """Gather the cases on which earlier remedies of each kind were compared."""
    found: dict[Remedy, list[Pair]] = defaultdict(list)
    for report in store.eval_reports.of(workspace, agent):
        versions = store.agent_versions.many(workspace, [report.candidate, report.incumbent])
        remedy = remedy_between(*versions) if len(versions) == 2 else None
        if remedy:
            found[remedy] += report.pairs
    return dict(found)


def _good_answers(store: Store, weakness: Pattern) -> int:
    """Count the members whose right answer is known: corrected by a user, or rewritten and accepted."""
    workspace, members = weakness.workspace, weakness.members
    corrected = {one.interaction for one in store.feedback.about(workspace, members) if one.correction}
    taught = store.examples.about(workspace, members)
    return len(corrected | {one.interaction for one in taught if one.kind != ExampleKind.REPLAY})
