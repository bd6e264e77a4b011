"""What is each agent good and bad at, and does it know?"""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from upspiral.analyze.learning.samples import Sample
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.learning import AgentProfile, CalibrationBin
from upspiral.stats.contrast import compare
from upspiral.stats.discovery import benjamini_hochberg
from upspiral.stats.proportions import wilson

BINS = 5
LEAST = 5
FALSE = 0.1
Cell = tuple[AgentId, str]
Tally = tuple[int, int]


def profiles(settled: Sequence[Sample], *, workspace: WorkspaceId) -> list[AgentProfile]:
    """Profile every agent, by name.

    A strength is a type of recommendation in which the agent is approved more often than the other agents
    are, with few false ones among all agents and types; a weakness likewise.

    Args:
        settled: Samples whose ``approved`` is known.
        workspace: Where they belong.
    """
    by_agent: dict[AgentId, list[Sample]] = defaultdict(list)
    for sample in settled:
        by_agent[sample.agent].append(sample)
    effect = joint_effect(settled)
    better, worse = (_standing(settled, effect, higher=way) for way in (True, False))
    return [
        _profile(agent, by_agent[agent], workspace, better=better, worse=worse) for agent in sorted(by_agent)
    ]


def joint_effect(settled: Sequence[Sample]) -> float:
    """Say by how much being judged together swells the variance of a rate; at least 1."""
    cells: dict[Cell, list[bool]] = defaultdict(list)
    for s in settled:
        cells[s.agent, s.type].append(bool(s.approved))
    mean = {cell: sum(said) / len(said) for cell, said in cells.items()}
    sums: dict[str, float] = defaultdict(float)
    alone = 0.0
    for s in settled:
        off = float(bool(s.approved)) - mean[s.agent, s.type]
        sums[s.workflow] += off
        alone += off * off
    return max(1.0, sum(total * total for total in sums.values()) / alone) if alone else 1.0


def calibration(said: Sequence[tuple[float, bool]]) -> tuple[CalibrationBin, ...]:
    """Sort stated confidences into bins of equal count, and hold each against what was approved.

    >>> calibration([(0.9, True), (0.9, False)])
    (CalibrationBin(confidence=0.9, approved=0.5, n=2),)
    """
    ordered = sorted(said)
    parts = np.array_split(np.array(ordered, dtype=float), max(1, min(BINS, len(ordered) // 10)))
    return tuple(
        CalibrationBin(float(part[:, 0].mean()), float(part[:, 1].mean()), len(part))
        for part in parts
        if len(part)
    )


def _standing(settled: Sequence[Sample], effect: float, *, higher: bool) -> dict[AgentId, list[str]]:
    """Give for each agent the types in which it surely does better, or worse, than the others do."""
    n, good = Counter((s.agent, s.type) for s in settled), Counter[Cell]()
    good.update((s.agent, s.type) for s in settled if s.approved)
    all_n, all_good = Counter(s.type for s in settled), Counter(s.type for s in settled if s.approved)
    cells = [c for c in sorted(n) if n[c] >= LEAST and all_n[c[1]] - n[c] >= LEAST]
    tests = [
        compare((good[c], n[c]), (all_good[c[1]] - good[c], all_n[c[1]] - n[c]), higher=higher, effect=effect)
        for c in cells
    ]
    found: dict[AgentId, list[str]] = defaultdict(list)
    for (agent, kind), sure in zip(cells, benjamini_hochberg([t.p_value for t in tests], FALSE), strict=True):
        if sure:
            found[agent].append(kind)
    return found


def _profile(
    agent: AgentId,
    own: Sequence[Sample],
    workspace: WorkspaceId,
    *,
    better: dict[AgentId, list[str]],
    worse: dict[AgentId, list[str]],
) -> AgentProfile:
    good = sum(bool(s.approved) for s in own)
    limits = wilson(good, len(own))
    bins = calibration([(s.confidence, bool(s.approved)) for s in own if s.confidence is not None])
    stated = sum(b.n for b in bins)
    return AgentProfile(
        agent=agent,
        workspace=workspace,
        settled=len(own),
        approval_rate=good / len(own),
        approval_low=limits.low,
        approval_high=limits.high,
        strengths=tuple(better.get(agent, ())),
        weaknesses=tuple(worse.get(agent, ())),
        overconfidence=sum(b.n * (b.confidence - b.approved) for b in bins) / stated if stated else None,
        calibration_error=sum(b.n * abs(b.confidence - b.approved) for b in bins) / stated
        if stated
        else None,
        calibration=bins,
        consensus_share=sum(s.features.get("agreement") == "several agents" for s in own) / len(own),
    )
