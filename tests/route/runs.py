"""Runs in which something went wrong as often as is said."""

from random import Random

from upspiral.route.base import Fact


def runs(n: int, *, loops: float = 0.0, wrong: float = 0.0, seed: int = 0) -> list[Fact]:
    rng = Random(seed)
    return [
        Fact(
            agent="a",
            sequence=i,
            score=0.5,
            loop_back=rng.random() < loops,
            fact_check_failed=rng.random() < wrong,
        )
        for i in range(n)
    ]
