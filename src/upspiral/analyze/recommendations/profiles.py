"""What is each agent good and bad at, and does it know?"""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from upspiral.analyze.recommendations.categorical import Bools
from upspiral.analyze.recommendations.samples import Samples
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.learning import AgentProfile, CalibrationBin
from upspiral.stats.contrast import compare
from upspiral.stats.discovery import benjamini_hochberg
from upspiral.stats.proportions import wilson

BINS = 5
MIN_SETTLED = 5
FALSE_DISCOVERY_RATE = 0.1
Numbers = NDArray[np.float64]


def profiles(settled: Samples, *, workspace: WorkspaceId) -> list[AgentProfile]:
    """Profile every agent, by name.

    A strength is a type of recommendation in which the agent is approved more often than the other agents
    are, with few false ones among all agents and types; a weakness likewise.

    Args:
        settled: Samples whose ``approved`` is known.
        workspace: Where they belong.
    """
    effect = joint_effect(settled)
    better, worse = (_compare_types(settled, effect, higher=way) for way in (True, False))
    agents = settled.features["agent"]
    found = []
    for agent, code in sorted((agent, code) for code, agent in enumerate(agents.values)):
        own = agents.codes == code
        if own.any():
            marks = {"strengths": tuple(better[agent]), "weaknesses": tuple(worse[agent])}
            found.append(_profile(AgentId(agent), settled, own, workspace=workspace, marks=marks))
    return found


def joint_effect(settled: Samples) -> float:
    """Say by how much being judged together swells the variance of a rate; at least 1."""
    if not len(settled):
        return 1.0
    cell = _cell(settled)
    approved = (settled.approved == 1).astype(np.float64)
    mean = np.bincount(cell, weights=approved) / np.maximum(1, np.bincount(cell))
    off = approved - mean[cell]
    alone = float((off * off).sum())
    together = np.bincount(np.unique(settled.flow, return_inverse=True)[1], weights=off)
    return max(1.0, float((together * together).sum()) / alone) if alone else 1.0


def calibration(stated: Numbers, approved: Bools) -> tuple[CalibrationBin, ...]:
    """Sort stated confidences into bins of equal count, and hold each against what was approved.

    Args:
        stated: Shape (n,).
        approved: Shape (n,).

    >>> calibration(np.array([0.9, 0.9]), np.array([True, False]))
    (CalibrationBin(confidence=0.9, approved=0.5, n=2),)
    """
    order = np.lexsort((approved, stated))
    parts = np.array_split(order, max(1, min(BINS, len(order) // 10)))
    return tuple(
        CalibrationBin(float(stated[part].mean()), float(approved[part].mean()), len(part))
        for part in parts
        if len(part)
    )


def _cell(settled: Samples) -> NDArray[np.int64]:
    """Number each sample's agent and type together."""
    agents, types = settled.features["agent"], settled.features["type"]
    return agents.codes.astype(np.int64) * len(types.values) + types.codes


def _compare_types(settled: Samples, effect: float, *, higher: bool) -> dict[str, list[str]]:
    """Give for each agent the types in which it surely does better, or worse, than the others do."""
    agents, types = settled.features["agent"].values, settled.features["type"].values
    cell, shape = _cell(settled), (len(agents), len(types))
    n = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    good = np.bincount(cell[settled.approved == 1], minlength=shape[0] * shape[1]).reshape(shape)
    rest, rest_good = n.sum(axis=0) - n, good.sum(axis=0) - good
    places = sorted(
        ((int(a), int(t)) for a, t in np.argwhere((n >= MIN_SETTLED) & (rest >= MIN_SETTLED))),
        key=lambda place: (agents[place[0]], types[place[1]]),
    )
    tests = [
        compare(
            (int(good[place]), int(n[place])),
            (int(rest_good[place]), int(rest[place])),
            higher=higher,
            effect=effect,
        )
        for place in places
    ]
    found: dict[str, list[str]] = defaultdict(list)
    surely = benjamini_hochberg([t.p_value for t in tests], FALSE_DISCOVERY_RATE)
    for (agent, kind), sure in zip(places, surely, strict=True):
        if sure:
            found[agents[agent]].append(types[kind])
    return found


def _profile(
    agent: AgentId, settled: Samples, own: Bools, *, workspace: WorkspaceId, marks: dict[str, tuple[str, ...]]
) -> AgentProfile:
    approved = settled.approved[own] == 1
    n, good = len(approved), int(approved.sum())
    limits = wilson(good, n)
    confidence = settled.confidence[own]
    said = ~np.isnan(confidence)
    bins = calibration(confidence[said], approved[said])
    stated = sum(b.n for b in bins)
    agreement = settled.features.get("agreement")
    agreed = agreement.meets("several agents")[own] if agreement else np.zeros(n)
    return AgentProfile(
        agent=agent,
        workspace=workspace,
        settled=n,
        approval_rate=good / n,
        approval_low=limits.low,
        approval_high=limits.high,
        overconfidence=sum(b.n * (b.confidence - b.approved) for b in bins) / stated if stated else None,
        calibration_error=sum(b.n * abs(b.confidence - b.approved) for b in bins) / stated
        if stated
        else None,
        calibration=bins,
        consensus_share=int(agreed.sum()) / n,
        **marks,
    )
