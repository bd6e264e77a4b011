"""A swarm of agents with a planted skill for each type of recommendation."""

from datetime import datetime, timedelta

import numpy as np
from tests.conftest import START

from upspiral.analyze.recommendations import (
    LearningSettings,
    Sample,
    learn,
)
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, InteractionId
from upspiral.domain.learning import (
    Learned,
    Recommended,
)

HERE = DEFAULT_WORKSPACE

USUAL = LearningSettings()

SKILL = {("ann", "strategy"): 0.95, ("ann", "budget"): 0.9, ("bob", "strategy"): 0.9, ("bob", "budget"): 0.1,
         ("cy", "strategy"): 0.2, ("cy", "budget"): 0.3}  # fmt: skip


def swarm(
    n: int, seed: int, *, skill: dict[tuple[str, str], float] | None = None, start: datetime = START
) -> list[Sample]:
    """One recommendation a workflow, one every 10 minutes."""
    rng = np.random.default_rng(seed)
    skill = SKILL if skill is None else skill
    made = []
    for k in range(n):
        agent, kind = sorted(SKILL)[int(rng.integers(len(SKILL)))]
        good = bool(rng.random() < skill.get((agent, kind), 0.6))
        sure = bool(rng.random() < 0.8)
        known = {"agent": agent, "type": kind, "confidence": "high" if sure else "low", "agreement": "alone"}
        made.append(
            Sample(
                id=InteractionId(f"int_{seed}_{k}"),
                agent=AgentId(agent),
                type=kind,
                workflow=f"flow {seed} {k}",
                confidence=0.9 if sure else 0.4,
                approved=good,
                settled=start + timedelta(minutes=10 * k),
                features=known,
            )
        )
    return made


def run_cycle(given: list[Sample], at: datetime, previous: Learned | None = None) -> Learned:
    times = iter((at, at + timedelta(seconds=3)))
    return learn(given, workspace=HERE, previous=previous, clock=lambda: next(times), settings=USUAL)


def recommends(agent: str, says: str, flow: str, **noted: str) -> Recommended:
    return Recommended(
        id=InteractionId(f"{agent} {flow}"),
        agent=AgentId(agent),
        at=START,
        answer=says,
        conversation="c1",
        trace=None,
        metadata={"type": "strategy", "workflow_id": flow, **noted},
        status=None,
        folded=None,
        settled=None,
    )
