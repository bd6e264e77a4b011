"""Which kinds of conversation fail more, or less, often than the rest, and how are they described? Pure."""

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
from msgspec import Struct

from upspiral.analyze.config import AnalyzeSettings
from upspiral.analyze.features import conversation_features
from upspiral.analyze.slices import Conditions, describe_condition, is_known_before, slices
from upspiral.analyze.weakness import Judged, candidate_groups, select_confirmed, trend
from upspiral.domain import Conversation, Interaction, Pattern, Polarity, Trend
from upspiral.domain.ids import AgentId, CycleId, PatternId, WorkspaceId, derive
from upspiral.domain.pattern import EVERYTHING
from upspiral.stats.contrast import contrast
from upspiral.stats.proportions import exceeds, wilson
from upspiral.stats.subgroups import Bools, Search

MIN_SHARED_PART = 0.8
"""A group of texts and a slice that each hold more than this part of the other are one weakness."""
MAX_STRENGTH_MEMBERS = 200
"""Members that are kept of a strength, the newest."""
MAX_QUOTED_CHARS = 160
"""Letters of a question that a description quotes."""


class LabelledConversations(Struct, frozen=True, kw_only=True):
    """What is looked at: labeled conversations, one row each."""

    conversations: Sequence[Conversation]
    telling: Sequence[Interaction]
    """The turn that says what each was about."""
    failed: Bools
    explored: Bools
    """True for those in which kinds are looked for; the others test what is found."""
    never_right: bool = False
    """Do conversations drawn at random show that the agent is never right?"""


class SearchContext(Struct, frozen=True, kw_only=True):
    """For whom and when somebody looks."""

    workspace: WorkspaceId
    agent: AgentId
    cycle: CycleId | None
    now: datetime


class FoundGroup(Struct, frozen=True, kw_only=True):
    """Conversations that have something in common."""

    name: str
    terms: tuple[str, ...]
    rows: Bools
    conditions: Conditions = ()
    polarity: Polarity = Polarity.WEAKNESS
    since: date | None = None
    """The day on which it began; None where the whole window is meant."""
    p_value: float | None = None
    """Of the test by which it was found; None for that of the difference from all others."""
    explored: Bools
    """The conversations in which it was looked for; its figures come from the others."""


def findings(seen: LabelledConversations, errand: SearchContext, settings: AnalyzeSettings) -> list[Pattern]:
    """Find groups of texts that fail too often, and slices that fail more or less often than the rest.

    Half of the false discoveries that are allowed go to each of the two searches. What both find is reported
    once, as the more certain of the two tells it.

    Args:
        seen: What is looked at.
        errand: For whom and when.
        settings: Thresholds.

    Returns:
        Weaknesses, the one with the most failures first; then strengths.
    """
    halved = settings.model_copy(update={"false_discoveries": settings.false_discoveries / 2})
    texts = [_pattern(kind, seen, errand) for kind in weak_texts(seen, halved)]
    sliced = [_pattern(kind, seen, errand) for kind in telling_slices(seen, halved)]
    return sorted(
        deduplicate(texts, sliced), key=lambda p: (p.polarity != Polarity.WEAKNESS, -p.failures, p.id)
    )


def find_everything(
    seen: LabelledConversations, errand: SearchContext, settings: AnalyzeSettings
) -> list[Pattern]:
    """Take all that was judged as one weakness, for an agent that fails everywhere alike.

    Its night has something to teach although no group stands out. Nothing is given where it fails no more
    than is tolerated; nor where all that was judged is wrong, as people may only have complained, unless
    conversations drawn at random show that it is never right.
    """
    failures, n = int(seen.failed.sum()), len(seen.failed)
    p_value = exceeds(failures, n, settings.tolerated_failure_rate)
    told = failures < n or seen.never_right
    if failures < settings.min_failures or p_value > settings.false_discoveries or not told:
        return []
    everything, nothing = np.ones(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    kind = FoundGroup(name=EVERYTHING, terms=(), rows=everything, explored=nothing, p_value=p_value)
    return [_pattern(kind, seen, errand)]


def weak_texts(seen: LabelledConversations, settings: AnalyzeSettings) -> list[FoundGroup]:
    """Find groups of alike questions that fail more often than is tolerated and than the rest.

    They may do so in the whole window or from a day on. Each half is searched, and what it suggests is tested
    on the other one, with half of the false discoveries for each (cross-screening, Zhao, Small and Rosenbaum
    2018). Of two that share most of the smaller one's conversations, the first is kept.
    """
    days = [conversation.interactions[0].at.date() for conversation in seen.conversations]
    texts = [turn.question for turn in seen.telling]
    halved = settings.model_copy(update={"false_discoveries": settings.false_discoveries / 2})
    found: list[FoundGroup] = []
    for explored in (seen.explored, ~seen.explored):
        judged = Judged(seen.failed, explored, days)
        for one, rows, p_value in select_confirmed(candidate_groups(texts, judged, settings), judged, halved):
            name = " · ".join(one.terms[:3]) or f"group {len(found) + 1}"
            if not any((rows & o.rows).sum() > min(rows.sum(), o.rows.sum()) / 2 for o in found):
                found.append(
                    FoundGroup(
                        name=name,
                        terms=one.terms,
                        rows=rows,
                        since=one.since,
                        explored=explored,
                        p_value=p_value,
                    )
                )
    return found


def telling_slices(seen: LabelledConversations, settings: AnalyzeSettings) -> list[FoundGroup]:
    """Find slices of what is known of conversations whose failure rate differs from that of the others."""
    described = [conversation_features(conversation) for conversation in seen.conversations]
    how = Search(q=settings.false_discoveries)
    found = slices(seen.conversations, described, explored=seen.explored.tolist(), how=how).found
    return [
        FoundGroup(
            name=one.name,
            terms=tuple(describe_condition(feature, value) for feature, value in one.conditions),
            rows=one.rows,
            explored=seen.explored,
            conditions=one.conditions,
            polarity=one.polarity,
        )
        for one in found
        if one.polarity == Polarity.STRENGTH or one.failures >= settings.min_failures
    ]


def deduplicate(texts: Sequence[Pattern], sliced: Sequence[Pattern]) -> list[Pattern]:
    """Tell what is both a group of texts and a slice once, as the more certain; as texts where equal."""
    dropped = set()
    for text in texts:
        for other in sliced:
            ours, theirs = set(text.members), set(other.members)
            if len(ours & theirs) > MIN_SHARED_PART * max(len(ours), len(theirs)):
                dropped.add(other.id if text.p_value <= other.p_value else text.id)
    return [pattern for pattern in (*texts, *sliced) if pattern.id not in dropped]


def _pattern(kind: FoundGroup, seen: LabelledConversations, errand: SearchContext) -> Pattern:
    weak, inside = kind.polarity == Polarity.WEAKNESS, kind.rows
    marked = inside & (seen.failed == weak)
    members = sorted(
        (seen.telling[k] for k in np.flatnonzero(marked).tolist()), key=lambda turn: (turn.at, turn.id)
    )
    bad, n, all_bad = int((inside & seen.failed).sum()), int(inside.sum()), int(seen.failed.sum())
    fresh = ~kind.explored
    tested = contrast(inside[fresh], seen.failed[fresh], higher=weak)
    rate, share = wilson(bad, n), wilson(bad, all_bad)
    rest = (all_bad - bad) / max(1, len(inside) - n)
    days = [c.interactions[0].at.date() for c in seen.conversations]
    way, since = trend([day for day, hit in zip(days, marked, strict=True) if hit], days, rng=_dice())
    return Pattern(
        id=PatternId(derive("pat", errand.agent, kind.polarity, kind.name, *kind.terms)),
        workspace=errand.workspace,
        agent=errand.agent,
        cycle=errand.cycle,
        at=errand.now,
        polarity=kind.polarity,
        name=kind.name,
        description=_describe(kind, members, counts=(bad, n), rest=rest),
        terms=kind.terms,
        members=tuple(turn.id for turn in (members if weak else members[-MAX_STRENGTH_MEMBERS:])),
        failures=bad,
        conversations=n,
        failure_rate=bad / n,
        failure_rate_low=rate.low,
        failure_rate_high=rate.high,
        share=bad / all_bad if all_bad else 0.0,
        share_low=share.low,
        share_high=share.high,
        trend=Trend.GROWING if kind.since else way,
        conditions=kind.conditions,
        rest_conversations=len(inside) - n,
        rest_failure_rate=rest,
        difference_low=tested.difference.low,
        difference_high=tested.difference.high,
        p_value=tested.p_value if kind.p_value is None else kind.p_value,
        first_seen=members[0].at,
        last_seen=members[-1].at,
        changed_on=kind.since.isoformat() if kind.since else since,
    )


def _describe(
    kind: FoundGroup, members: Sequence[Interaction], *, counts: tuple[int, int], rest: float
) -> str:
    bad, n = counts
    points = 100 * abs(bad / n - rest)
    if kind.polarity == Polarity.STRENGTH:
        return f"{n - bad} of {n} such conversations went well, {points:.0f} points more than elsewhere."
    if kind.rows.all():
        return f"{bad} of {n} judged conversations failed, whatever they were about."
    if kind.conditions:
        symptom = (
            "" if is_known_before(kind.conditions) else " It shows only afterwards: a symptom, not a cause."
        )
        return f"{bad} of {n} such conversations failed, {points:.0f} points more than elsewhere.{symptom}"
    questions = [" ".join(turn.question.split()) for turn in members if turn.question.strip()]
    example = min(questions, key=len, default="")
    shown = example if len(example) <= MAX_QUOTED_CHARS else f"{example[:MAX_QUOTED_CHARS]}…"
    since = f" since {kind.since:%Y-%m-%d}" if kind.since else ""
    return f"{bad} of {n} conversations like “{shown}”{since} failed; elsewhere {100 * rest:.0f} % did."


def _dice() -> np.random.Generator:
    """The same at each search, so that a night that is repeated says the same."""
    return np.random.default_rng(0)
