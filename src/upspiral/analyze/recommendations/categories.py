"""Which patterns of the five categories hold? Named or discovered on one half, tested on the other."""

from collections.abc import Sequence

import numpy as np
import scipy
from msgspec import Struct, structs

from upspiral.analyze.recommendations.config import LearningSettings
from upspiral.analyze.recommendations.contingency import Cells, cells, cells_of
from upspiral.analyze.recommendations.holdout import contrasts, holdout_test
from upspiral.analyze.recommendations.samples import Samples
from upspiral.domain.ids import PatternId, WorkspaceId, derive
from upspiral.domain.learning import Category, LearnedPattern, Strength
from upspiral.stats.beam import BeamWidth, candidates
from upspiral.stats.contrast import Contrast
from upspiral.stats.items import Items
from upspiral.stats.proportions import wilson
from upspiral.stats.subgroups import Search, sift

LEAST_STRENGTH = ((0.8, Strength.VERY_STRONG), (0.6, Strength.STRONG), (0.4, Strength.MODERATE))
SEARCHED_CATEGORIES = (Category.SUCCESS_INDICATOR, Category.FAILURE_AVOIDANCE)


class Idea(Struct, frozen=True):
    """A pattern that may hold."""

    category: Category
    conditions: tuple[tuple[str, str], ...]
    higher: bool
    """Approved more often than the others, or less?"""


def patterns(settled: Samples, *, workspace: WorkspaceId, settings: LearningSettings) -> list[LearnedPattern]:
    """Learn patterns from samples that were approved or rejected.

    Ideas come from one half of the workflows: the categories that are defined (high confidence, consensus,
    experts; alone and within each type) and slices found by a beam search (success indicators, and failures
    to avoid). All are tested together on the other half.

    Args:
        settled: Samples whose ``approved`` is known.
        workspace: Where they belong.
        settings: Thresholds.

    Returns:
        Those of at least the least confidence: distinct ones first, then confirmed ones, the surer first.
    """
    if not len(settled):
        return []
    found = cells(settled, least=settings.min_size)
    ideas = _ideas_of_categories(found, settled, settings)
    defined = {idea.conditions for idea in ideas}
    ideas += [i for i in _search_ideas(found, settled, settings) if i.conditions not in defined]
    return _test_ideas(ideas, found, settled, workspace=workspace, settings=settings)


def retest(
    known: Sequence[LearnedPattern], settled: Samples, *, workspace: WorkspaceId, settings: LearningSettings
) -> list[LearnedPattern]:
    """Test patterns that are known on the samples of today, without looking for others.

    Args:
        known: As `patterns` gave them.
        settled: Samples whose ``approved`` is known, at least one.
        workspace: Where they belong.
        settings: Thresholds.

    Returns:
        Those that still are sure enough, in the same order as `patterns` gives them.
    """
    found = cells_of(settled, sorted({name for p in known for name in p.conditions}))
    ideas = [Idea(p.category, p.conditions, p.category != Category.FAILURE_AVOIDANCE) for p in known]
    ideas.sort(key=lambda idea: (idea.category in SEARCHED_CATEGORIES, len(idea.conditions) > 1))
    return _test_ideas(ideas, found, settled, workspace=workspace, settings=settings)


def strength(sure_share: float) -> Strength:
    """Say how strongly to lean on a pattern whose prediction is right at least this often.

    >>> strength(0.85).value, strength(0.5).value, strength(0.1).value
    ('very_strong', 'moderate', 'weak')
    """
    return next((word for least, word in LEAST_STRENGTH if sure_share >= least), Strength.WEAK)


def _ideas_of_categories(found: Cells, settled: Samples, settings: LearningSettings) -> list[Idea]:
    """Give the ideas that the categories name, where enough recommendations were explored."""
    types = [name for name in found.names if name[0] == "type"]
    heads = [
        (Category.HIGH_CONFIDENCE, ("confidence", "high")),
        (Category.CONSENSUS, ("agreement", "several agents")),
        *((Category.EXPERT_OPINION, name) for name in found.names if name[0] == "agent"),
    ]
    alone = [(category, (head,)) for category, head in heads]
    within = [(category, (head, kind)) for category, head in heads for kind in types]
    tried = [(category, tuple(sorted(conditions))) for category, conditions in (*alone, *within)]
    inside = found.inside([conditions for _, conditions in tried])
    n = inside @ found.count(settled.explored)
    hits = inside @ found.count(settled.explored & (settled.approved == 1))
    return [
        Idea(category, conditions, True)
        for (category, conditions), size, good in zip(tried, n.tolist(), hits.tolist(), strict=True)
        if size >= settings.min_size
        and (category != Category.EXPERT_OPINION or good / size > settings.expert_approval)
    ]


def _search_ideas(found: Cells, settled: Samples, settings: LearningSettings) -> list[Idea]:
    looked = settled.explored
    if len(found) > BeamWidth.most_rows:
        places = np.flatnonzero(looked)
        looked = np.zeros_like(looked)
        looked[places[:: len(places) // BeamWidth.most_rows + 1]] = True
    size = found.count(looked)
    hits = found.count(looked & (settled.approved == 1))
    width = BeamWidth(tested=settings.tested, min_size=settings.min_size)
    items = Items(found.names, found.feature, found.member)
    ways = {True: Category.SUCCESS_INDICATOR, False: Category.FAILURE_AVOIDANCE}
    return [
        Idea(ways[higher], tuple(sorted(found.names[k] for k in numbers)), higher)
        for numbers, higher in candidates(items, hits, size > 0, width, size=size)
    ]


def _test_ideas(
    ideas: Sequence[Idea],
    found: Cells,
    settled: Samples,
    *,
    workspace: WorkspaceId,
    settings: LearningSettings,
) -> list[LearnedPattern]:
    """Test ideas on the half that was not explored, and keep those that are sure enough."""
    inside = found.inside([idea.conditions for idea in ideas])
    counted = holdout_test(found, settled.approved == 1, settled.flow, ~settled.explored)
    measured = contrasts(counted, inside, [idea.higher for idea in ideas])
    how = Search(q=settings.false_discoveries, min_difference=settings.min_difference)
    named = [idea for idea in ideas if idea.category not in SEARCHED_CATEGORIES]
    given = sum(len(idea.conditions) == 1 for idea in named)
    tested = sift(measured, inside, counted.hits, how=how, size=counted.n, given=given, apart=True)
    frequency = inside @ found.count(np.ones(len(settled), dtype=np.bool_))
    told = [
        structs.replace(
            _to_pattern(idea, seen, count=count, workspace=workspace),
            confirmed=k in tested.sure,
            distinct=k in tested.kept,
        )
        for k, (idea, seen, count) in enumerate(zip(ideas, measured, frequency.tolist(), strict=True))
    ]
    sure = [p for p in told if p.confidence_level >= settings.min_pattern_confidence]
    return sorted(
        sure, key=lambda p: (not p.distinct, not p.confirmed, -p.confidence_level, -p.frequency_count, p.id)
    )


def _to_pattern(idea: Idea, seen: Contrast, *, count: int, workspace: WorkspaceId) -> LearnedPattern:
    """Write down an idea with what was counted; whether it is confirmed is known once all are tested."""
    limits = wilson(seen.hits, seen.n)
    rate = seen.hits / seen.n if seen.n else 0.5
    predicts = rate > 0.5
    words = " and ".join(f"{name} is {value}" for name, value in idea.conditions)
    flat = [f"{name}={value}" for name, value in idea.conditions]
    return LearnedPattern(
        id=PatternId(derive("lpt", workspace, idea.category, *flat)),
        category=idea.category,
        conditions=idea.conditions,
        name=words,
        success_rate=rate,
        success_low=limits.low,
        success_high=limits.high,
        rest_rate=seen.rest_hits / seen.rest_n if seen.rest_n else 0.5,
        frequency_count=count,
        confidence_level=float(scipy.stats.norm.cdf(seen.z)),
        recommendation_strength=strength(limits.low if predicts else 1 - limits.high),
        confirmed=False,
        distinct=False,
        predicts=predicts,
    )
