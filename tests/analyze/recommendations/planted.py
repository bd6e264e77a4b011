"""Samples with planted differences, of many seeds."""

from datetime import timedelta

import numpy as np
from tests.conftest import START

from upspiral.analyze.recommendations import Sample
from upspiral.domain.ids import AgentId, InteractionId


def samples(seed: int, *, flows: int, certain: bool = False) -> list[Sample]:
    """Random ones with texts, few and many numbers, gaps, and workflows of any size."""
    rng = np.random.default_rng(seed)
    made = []
    for k in range(900):
        agent, kind = str(rng.choice(["ann", "bob", "cy"])), str(rng.choice(["plan", "budget"]))
        says = {
            "channel": str(rng.choice(list("abcd"))),
            "few": f"{rng.integers(3)}",
            "many": f"{rng.random():.3f}",
        }
        good = agent == "ann" if certain else rng.random() < (0.8 if agent == "ann" else 0.5)
        made.append(
            Sample(
                id=InteractionId(f"int_{k}"),
                agent=AgentId(agent),
                type=kind,
                workflow=f"flow {rng.integers(flows)}",
                confidence=None,
                approved=bool(good),
                settled=START + timedelta(minutes=k),
                features={"agent": agent, "type": kind}
                | {f"content {key}": text for key, text in says.items() if rng.random() < 0.9},
            )
        )
    return made
