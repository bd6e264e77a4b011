"""Which patterns of the five categories hold? Named or discovered on one half, tested on the other."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.stats import norm

from upspiral.analyze.features import table
from upspiral.analyze.learning.config import LearningSettings
from upspiral.analyze.learning.samples import Sample, explores
from upspiral.domain.ids import PatternId, WorkspaceId, derive
from upspiral.domain.learning import Category, LearnedPattern, Strength
from upspiral.stats.beam import Width, candidates
from upspiral.stats.contrast import Contrast
from upspiral.stats.items import Items, itemise
from upspiral.stats.proportions import wilson
from upspiral.stats.subgroups import Search, confirm

Bools = NDArray[np.bool_]
LEAST_STRENGTH = ((0.8, Strength.VERY_STRONG), (0.6, Strength.STRONG), (0.4, Strength.MODERATE))


class Idea(Struct, frozen=True):
    """A pattern that may hold."""

    category: Category
    conditions: tuple[tuple[str, str], ...]
    higher: bool
    """Approved more often than the others, or less?"""


def patterns(
    settled: Sequence[Sample], *, workspace: WorkspaceId, settings: LearningSettings
) -> list[LearnedPattern]:
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
    if not settled:
        return []
    approved = np.array([bool(s.approved) for s in settled])
    explored = np.array([explores(s.workflow) for s in settled])
    items = itemise(table([s.features for s in settled]), least=settings.min_size)
    ideas = _defined(items, approved, explored, settings)
    defined = {idea.conditions for idea in ideas}
    ideas += [i for i in _discovered(items, approved, explored, settings) if i.conditions not in defined]
    rows = _rows(items, ideas, len(settled))
    how = Search(q=settings.false_discoveries, min_difference=settings.min_difference)
    tested = confirm(
        rows[:, ~explored],
        approved[~explored],
        higher=[idea.higher for idea in ideas],
        how=how,
        groups=np.array([s.workflow for s in settled])[~explored],
        given=sum(len(idea.conditions) == 1 for idea in ideas[: len(defined)]),
        apart=True,
    )
    found = [
        _told(
            idea,
            seen,
            count=int(rows[k].sum()),
            sure=k in tested.sure,
            distinct=k in tested.kept,
            workspace=workspace,
        )
        for k, (idea, seen) in enumerate(zip(ideas, tested.measured, strict=True))
    ]
    sure = [p for p in found if p.confidence_level >= settings.min_pattern_confidence]
    return sorted(
        sure, key=lambda p: (not p.distinct, not p.confirmed, -p.confidence_level, -p.frequency_count, p.id)
    )


def strength(sure_share: float) -> Strength:
    """Say how strongly to lean on a pattern whose prediction is right at least this often.

    >>> strength(0.85).value, strength(0.5).value, strength(0.1).value
    ('very_strong', 'moderate', 'weak')
    """
    return next((word for least, word in LEAST_STRENGTH if sure_share >= least), Strength.WEAK)


def _defined(items: Items, approved: Bools, explored: Bools, settings: LearningSettings) -> list[Idea]:
    """Give the ideas that the categories name, where enough recommendations were explored."""
    place = {name: k for k, name in enumerate(items.names)}
    types = [name for name in items.names if name[0] == "type"]
    heads = [
        (Category.HIGH_CONFIDENCE, ("confidence", "high")),
        (Category.CONSENSUS, ("agreement", "several agents")),
        *((Category.EXPERT_OPINION, name) for name in items.names if name[0] == "agent"),
    ]
    alone = [(category, (head,)) for category, head in heads]
    within = [(category, (head, kind)) for category, head in heads for kind in types]
    ideas = []
    for category, conditions in (*alone, *within):
        numbers = [place[name] for name in conditions if name in place]
        inside = items.rows[numbers].all(axis=0) & explored
        known = len(numbers) == len(conditions) and inside.sum() >= settings.min_size
        expert = known and approved[inside].mean() > settings.expert_approval
        if known and (category != Category.EXPERT_OPINION or expert):
            ideas.append(Idea(category, tuple(sorted(conditions)), True))
    return ideas


def _discovered(items: Items, approved: Bools, explored: Bools, settings: LearningSettings) -> list[Idea]:
    width = Width(tested=settings.tested, min_size=settings.min_size)
    ways = {True: Category.SUCCESS_INDICATOR, False: Category.FAILURE_AVOIDANCE}
    return [
        Idea(ways[higher], tuple(sorted(items.names[k] for k in numbers)), higher)
        for numbers, higher in candidates(items, approved, explored, width)
    ]


def _rows(items: Items, ideas: Sequence[Idea], n: int) -> Bools:
    place = {name: k for k, name in enumerate(items.names)}
    rows = [items.rows[[place[name] for name in idea.conditions]].all(axis=0) for idea in ideas]
    return np.stack(rows) if rows else np.zeros((0, n), dtype=np.bool_)


def _told(
    idea: Idea, seen: Contrast, *, count: int, sure: bool, distinct: bool, workspace: WorkspaceId
) -> LearnedPattern:
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
        confidence_level=float(norm.cdf(seen.z)),
        recommendation_strength=strength(limits.low if predicts else 1 - limits.high),
        confirmed=sure,
        distinct=distinct,
        predicts=predicts,
    )
