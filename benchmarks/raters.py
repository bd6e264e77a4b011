"""Do weights of raters recover the planted truth, and how far does a bloc move an agent's success rate?

`python benchmarks/raters.py` prints Markdown tables; ground truth is planted, raters never see it.
"""

import argparse
import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from upspiral.capture.rater_model import RaterModel, Vote
from upspiral.stats.proportions import wilson

RATES = (0.92, 0.84, 0.76, 0.68, 0.60)
"""True success rates of the agents."""


@dataclass(frozen=True)
class World:
    """A planted world: who rates what, how well, and who colludes."""

    name: str
    raters: int = 100
    votes: int = 50
    """By each rater, colluding ones too."""
    per_item: float = 3.0
    """Honest votes on an item, on average."""
    careless: float = 0.0
    """Share of raters who toss a coin."""
    colluding: float = 0.0
    bloc: str = "bad"
    """What the bloc says of its items: bad, good, or mixed (good elsewhere, bad on the target)."""
    camouflage: float = 0.0
    """Share of a colluder's votes that is cast honestly, on items of one's own choice."""
    slips: float = 0.0
    """Share of the bloc's votes that differ at random, to look less alike."""
    apart: int = 1
    """Into how many teams with items of their own the bloc splits."""
    target: int = 0
    hard: float = 0.0
    """Share of items on which everybody is nearly guessing."""
    stuck: float = 0.0
    """Share of honest raters who always say good or always bad, half each, and do so independently."""
    lenient: bool = False
    """Honest raters overlook bad answers each in their own measure."""


@dataclass(frozen=True)
class Drawn:
    """Votes of one world with their truth; colluders are the last raters, careless ones the first."""

    rater: NDArray[np.int64]
    item: NDArray[np.int64]
    good: NDArray[np.bool_]
    truth: NDArray[np.bool_]
    agent: NDArray[np.int64]
    log_odds: NDArray[np.float64]
    honest: int
    lazy: int

    def weights(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Learn; give each rater's weights of a bad and of a good word, and whether in a bloc."""
        learner = RaterModel()
        learner.update(
            Vote(f"{r:05}", f"{i:06}", bool(g), str(self.agent[i]))
            for r, i, g in zip(self.rater.tolist(), self.item.tolist(), self.good.tolist(), strict=True)
        )
        weight = np.ones((len(self.log_odds), 2))
        for name, value in learner.weights().items():
            weight[int(name)] = value.bad, value.good
        called = np.zeros(len(self.log_odds), dtype=bool)
        called[[int(name) for bloc in learner.blocs() for name in bloc]] = True
        return weight, called

    def scores(self, weight: NDArray[np.float64], *, only: slice = slice(None)) -> NDArray[np.float64]:
        """Give each item's weighted mean vote, as `outcome.fold` does; NaN where nobody is heard."""
        loud = np.zeros_like(weight)
        loud[only] = weight[only]
        n = len(self.truth)
        each = loud[self.rater, self.good.astype(int)]
        total, said = np.bincount(self.item, each, n), np.bincount(self.item, each * self.good, n)
        return np.where(total > 0, said / np.where(total > 0, total, 1), np.nan)


def draw(world: World, rng: np.random.Generator) -> Drawn:
    """Draw the votes of a world."""
    bloc = round(world.raters * world.colluding)
    honest = world.raters - bloc
    items = int(honest * world.votes / world.per_item)
    agent = rng.integers(len(RATES), size=items)
    truth = rng.random(items) < np.array(RATES)[agent]
    right = np.clip(rng.beta(12, 3, size=(world.raters, 2)), 0.52, 0.98)
    if not world.lenient:
        right[:, 0] = right[:, 1]
    lazy = round(world.careless * honest)
    right[:lazy] = 0.5
    hard = rng.random(items) < world.hard
    casts = np.full(world.raters, world.votes)
    casts[honest:] = round(world.votes * world.camouflage)
    item = np.concatenate([rng.choice(items, min(int(n), items), replace=False) for n in casts])
    rater = np.repeat(np.arange(world.raters), np.minimum(casts, items))
    chance = right[rater, truth[item].astype(int)]
    chance = np.where(hard[item], 0.5 + 0.2 * (chance - 0.5), chance)
    good = np.where(rng.random(len(item)) < chance, truth[item], ~truth[item])
    stuck = rater < round(world.stuck * honest)
    good = np.where(stuck, rater % 2 == 0, good)
    right[: round(world.stuck * honest)] = 0.5
    drawn = Drawn(rater, item, good, truth, agent, _evidence(right), honest, lazy)
    return _with_bloc(world, drawn, rng) if bloc else drawn


def _evidence(right: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.log(right / (1 - right)).mean(axis=1))


def _with_bloc(world: World, drawn: Drawn, rng: np.random.Generator) -> Drawn:
    """Add a bloc's votes: the same answers on the same items; the latest vote of a rater counts."""
    volume = world.votes - round(world.votes * world.camouflage)
    members = np.array_split(np.arange(drawn.honest, world.raters), world.apart)
    targets = rng.permutation(np.flatnonzero(drawn.agent == world.target))
    others = rng.permutation(np.flatnonzero(drawn.agent != world.target))
    rater, item, good = [drawn.rater], [drawn.item], [drawn.good]
    for number, team in enumerate(members):
        size = volume // 2 if world.bloc == "mixed" else volume
        mine = np.take(targets, np.arange(number * size, (number + 1) * size), mode="wrap")
        says = np.full(len(mine), world.bloc == "good")
        if world.bloc == "mixed":
            mine = np.r_[mine, others[number * size : (number + 1) * size]]
            says = np.r_[says, np.ones(len(mine) - len(says), dtype=bool)]
        rater.append(np.repeat(team, len(mine)))
        item.append(np.tile(mine, len(team)))
        votes = np.tile(says, len(team))
        good.append(votes ^ (rng.random(len(votes)) < world.slips))
    key = np.concatenate(rater) * len(drawn.truth) + np.concatenate(item)
    _, last = np.unique(key[::-1], return_index=True)
    keep = len(key) - 1 - last
    return replace(
        drawn, rater=np.concatenate(rater)[keep], item=np.concatenate(item)[keep],
        good=np.concatenate(good)[keep],
    )  # fmt: skip


def accuracy(world: World, runs: int) -> str:
    """Give a line: are weights and Outcomes nearer the truth?"""
    lines = []
    for seed in range(runs):
        drawn = draw(world, np.random.default_rng(seed))
        weight, called = drawn.weights()
        plain, weighed = drawn.scores(np.ones((world.raters, 2))), drawn.scores(weight)
        both = ~np.isnan(weighed)
        ours = np.corrcoef(weight.mean(axis=1), drawn.log_odds)[0, 1]
        careless = float(weight[: drawn.lazy].mean()) if drawn.lazy else np.nan
        lines.append((
            ours, careless, float(weight[drawn.lazy :].mean()), _right(plain, drawn, both),
            _right(weighed, drawn, both), float(both.sum() / (~np.isnan(plain)).sum()),
            float(called.sum()), float(called.any()),
        ))  # fmt: skip
    r, lazy, rest, before, after, judged, called_sum, _ = np.mean(lines, axis=0)
    share = called_sum / world.raters
    worlds = int(sum(line[-1] for line in lines))
    low = "none" if np.isnan(lazy) else f"{lazy:.2f}"
    limit = wilson(worlds, runs).high
    return (
        f"| {world.name} | {r:.2f} | {low} | {rest:.2f} | {before:.1%} | {after:.1%} | {judged:.1%}"
        f" | {share:.2%} | {worlds} of {runs} (≤ {limit:.0%}) |"
    )


def _right(score: NDArray[np.float64], drawn: Drawn, both: NDArray[np.bool_]) -> float:
    """Give the share of right verdicts at one half; a draw is half right."""
    value = np.where(score == 0.5, 0.5, (score > 0.5) == drawn.truth)
    return float(value[both].mean())


def collusion(world: World, runs: int) -> str:
    """Give a line: how far does the bloc move an agent's measured success rate?"""
    plain, weighed, found, accused = [], [], [], []
    for seed in range(runs):
        drawn = draw(world, np.random.default_rng(seed))
        weight, called = drawn.weights()
        ones = np.ones((world.raters, 2))
        fair = _rates(drawn, drawn.scores(ones, only=slice(0, drawn.honest)))
        plain.append(_worst(_rates(drawn, drawn.scores(ones)), fair))
        honest = _without(drawn)
        clean = _rates(honest, honest.scores(honest.weights()[0]))
        weighed.append(_worst(_rates(drawn, drawn.scores(weight)), clean))
        found.append(float(called[drawn.honest :].mean()))
        accused.append(float(called[: drawn.honest].mean()))
    over = sum(move > 0.05 for move in weighed)
    surely = wilson(over, runs).high
    return (
        f"| {world.name} | {np.mean(plain):.1%} | {np.mean(weighed):.1%} | {np.max(weighed):.1%}"
        f" | {over} of {runs} (≤ {surely:.0%}) | {np.mean(found):.0%} | {np.mean(accused):.2%} |"
    )


def _without(drawn: Drawn) -> Drawn:
    kept = drawn.rater < drawn.honest
    return replace(drawn, rater=drawn.rater[kept], item=drawn.item[kept], good=drawn.good[kept])


def _rates(drawn: Drawn, score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each agent's share of successes among settled Outcomes (success at 0.7, failure below 0.4)."""
    won, lost = score >= 0.7, score < 0.4
    n = len(RATES)
    wins = np.bincount(drawn.agent[won], minlength=n)
    return np.asarray(wins / np.maximum(wins + np.bincount(drawn.agent[lost], minlength=n), 1))


def _worst(rates: NDArray[np.float64], fair: NDArray[np.float64]) -> float:
    return float(np.abs(rates - fair).max())


HONEST = (
    World("3 votes an item"), World("1.2 votes an item", per_item=1.2), World("8 votes an item", per_item=8),
    World("all rate nearly everything", per_item=60), World("lenient in their own measure", lenient=True),
    World("30 % hard items", hard=0.3), World("30 % hard items, 8 votes", hard=0.3, per_item=8),
    World("hard, lenient, nearly everything", hard=0.3, per_item=60, votes=200, lenient=True),
    World("10 raters, 8 votes an item", raters=10, votes=100, per_item=8),
    World("10 % always say the same", stuck=0.1), World("the same, 8 votes an item", stuck=0.1, per_item=8),
    World("the same, nearly everything", stuck=0.1, per_item=60),
)  # fmt: skip
CARELESS = tuple(
    World(f"{share:.0%} careless, {k:g} votes an item", careless=share, per_item=k, votes=votes)
    for k, votes in ((3, 50), (5, 100))
    for share in (0.1, 0.2, 0.3)
)
BLOCS = (
    World("all bad on the best agent"), World("all good on the worst", bloc="good", target=4),
    World("bad on one, good elsewhere", bloc="mixed"),
    World("the same, 1.2 votes an item", bloc="mixed", per_item=1.2),
    World("all bad, 1.2 votes an item", per_item=1.2), World("all bad, 8 votes", per_item=8),
    World("half of the votes honest", camouflage=0.5), 
    World("half honest, 8 votes", camouflage=0.5, per_item=8),
    World("10 % slips", slips=0.1), World("30 % careless too", careless=0.3, bloc="mixed"),
    World("2 teams", apart=2), World("5 teams", apart=5), World("10 pairs", apart=10),
    World("5 teams, half honest", apart=5, camouflage=0.5), World("30 % slips", slips=0.3),
    World("half honest, 20 votes each", camouflage=0.5, votes=20),
    World("half honest, 14 votes each", camouflage=0.5, votes=14),
    World("half honest, 14 votes, 8 an item", camouflage=0.5, votes=14, per_item=8),
    World("300 raters, half honest", raters=300, camouflage=0.5),
    World("1,000 raters, mixed", raters=1000, bloc="mixed"),
)  # fmt: skip


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    runs = parser.parse_args().runs
    print(
        "| world | correlation | careless weigh | others weigh | right plain | right weighed | still judged"
        " | called bloc | worlds with a bloc |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    )
    for world in HONEST + CARELESS:
        print(accuracy(world, runs), flush=True)
    print(
        "\n| 20 % collude | moved plain | moved weighed | at most | over 5 points | found | honest called |\n"
        "|---|---:|---:|---:|---:|---:|---:|"
    )
    for world in BLOCS:
        print(collusion(replace(world, colluding=0.2), runs), flush=True)
    drawn = draw(World("", raters=2000, careless=0.1, colluding=0.02), np.random.default_rng(0))
    start = time.process_time()
    drawn.weights()
    print(f"\n{len(drawn.rater):,} votes by 2,000 raters: {time.process_time() - start:.1f} s of one core")


if __name__ == "__main__":
    main()
