"""Does routing learn what is true, and how fast? Planted truth, fixed seeds, Markdown tables.

`OMP_NUM_THREADS=1 python benchmarks/routing.py` prints everything in about fourteen minutes on one core;
`--only regret` one part.
"""

import argparse
import time
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from upspiral.route.base import Fact, RoutingContext, Table, draw, table
from upspiral.route.beliefs import SuccessBeliefs
from upspiral.route.policies.thompson import Prices, Thompson
from upspiral.stats.offpolicy import Logged, NoEstimate, value_of
from upspiral.stats.posterior import chance_of_best
from upspiral.stats.proportions import wilson

Rates = NDArray[np.float64]
REQUESTS = 5_000
FRESH = 100
"""First seed of the worlds for regret; the worlds from 0 to 15 were used to choose the sharpness."""
UNSEEN = 1_600_000
"""First seed of the worlds for coverage; worlds below were used to choose the prior of what is shown."""
FLOORS = (0.0, 0.002)
"""None, and the default: the difference is its price."""
MATTER = 0.12
"""Deviation of an agent's own part in a domain, where domains matter."""


def names(letter: str, n: int) -> tuple[str, ...]:
    return tuple(f"{letter}{i}" for i in range(n))


def world(rng: np.random.Generator, *, own: float, agents: int = 8, domains: int = 4) -> Rates:
    """Plant success rates around .7, with so much deviation of an agent's own part in each domain."""
    spread = (0.07 if own else 0.10, 0.05, own)
    shapes = ((agents, 1), (1, domains), (agents, domains))
    parts = [s * rng.standard_normal(shape) for s, shape in zip(spread, shapes, strict=True)]
    return np.clip(0.7 + parts[0] + parts[1] + parts[2], 0.0, 1.0)


def with_walls(rng: np.random.Generator) -> Rates:
    """Plant a domain that everybody masters, one that nobody does, and a fifth of the cells at 0 or 1."""
    rates = world(rng, own=0.06, domains=6)
    place = rng.random(rates.shape)
    rates[place < 0.1], rates[place > 0.9] = 0.0, 1.0
    rates[:, 0], rates[:, 1] = np.where(rng.random(len(rates)) < 0.2, 0.6, 1.0), 0.0
    return rates


def near_one(rng: np.random.Generator) -> Rates:
    """Plant agents that are nearly always right, about half of the cells without any failure."""
    shapes = ((8, 1), (1, 6), (8, 6))
    return np.clip(0.95 + sum(0.1 * rng.standard_normal(shape) for shape in shapes), 0.0, 1.0)


def of_tasks(rng: np.random.Generator) -> Rates:
    """Plant domains of one to ten tasks, each of which an agent solves always or never."""
    able, rates = 0.8 * rng.standard_normal((12, 1)), np.zeros((12, 12))
    for domain in range(12):
        hard = 1.5 * rng.standard_normal(int(rng.integers(1, 11)))
        solves = rng.random((12, len(hard))) < 1 / (1 + np.exp(1.2 * (hard - able)))
        rates[:, domain] = solves.mean(axis=1)
    return rates


PLANTED: dict[str, Callable[[np.random.Generator], Rates]] = {
    "own part none": lambda rng: world(rng, own=0.0),
    "own part 6 points": lambda rng: world(rng, own=0.06),
    "own part 12 points": lambda rng: world(rng, own=MATTER),
    "a fifth at 0 or 1, walls": with_walls,
    "nearly always right": near_one,
    "domains of 1 to 10 tasks": of_tasks,
}
"""Worlds of which the intervals must hold the truth; in half of them rates reach 0 and 1."""


class Global:
    """Plain Thompson sampling on one Beta(1, 1) per agent, the same for all domains, without a floor."""

    def __init__(self, agents: tuple[str, ...]) -> None:
        self.agents = agents
        self.good, self.bad = np.ones(len(agents)), np.ones(len(agents))

    def tables(self, ask: RoutingContext) -> Mapping[str, Table]:
        """Give the same table for every domain."""
        chances = chance_of_best(self.good, self.bad, np.zeros(len(self.agents))).tolist()
        made = table(dict(zip(self.agents, chances, strict=True)))
        return dict.fromkeys(ask.domains, made)

    def learn(self, fact: Fact) -> None:
        """Count one fact."""
        who = self.agents.index(fact.agent)
        self.good[who] += fact.score
        self.bad[who] += 1 - fact.score


class Ours:
    """The default policy at its default settings, all agents at one price."""

    def __init__(self, floor: float) -> None:
        self.policy = Thompson(floor=floor, prices=Prices(0, 0))

    def tables(self, ask: RoutingContext) -> Mapping[str, Table]:
        """Give a table for every domain."""
        return self.policy.probabilities(ask)

    def learn(self, fact: Fact) -> None:
        """Count one fact."""
        self.policy = self.policy.update(fact)


def regret(learner: Global | Ours, rates: Rates, seed: int) -> float:
    """Add up what was lost against the best agent of each domain."""
    rng = np.random.default_rng(seed)
    agents, domains = names("a", rates.shape[0]), names("d", rates.shape[1])
    draws, where = rng.random((REQUESTS, 2)), rng.integers(0, len(domains), REQUESTS)
    lost, tables = 0.0, dict[str, Table]()
    for at in range(REQUESTS):
        if at % (5 if at < 200 else 20) == 0:
            tables = dict(learner.tables(RoutingContext(agents=agents, domains=domains, now=at)))
        d = int(where[at])
        a = agents.index(draw(tables[domains[d]], draws[at, 0]).agent)
        lost += float(rates[:, d].max() - rates[a, d])
        score = float(draws[at, 1] < rates[a, d])
        learner.learn(Fact(agent=agents[a], domain=domains[d], sequence=at, score=score))
    return lost


def show_regret(runs: int) -> None:
    print(f"\n## Regret at {REQUESTS:,} requests, 8 agents, 4 domains, {runs} worlds each\n")
    print(
        "| domains | our floor | ours | global Thompson, no floor | ours less global (95 %) | ours / global |"
    )
    print("|---|---:|---:|---:|---:|---:|")
    for matter in (False, True):
        for floor in FLOORS:
            pairs = []
            for seed in range(FRESH, FRESH + runs):
                rates = world(np.random.default_rng(seed), own=MATTER * matter)
                ours, theirs = Ours(floor), Global(names("a", 8))
                pairs.append((regret(ours, rates, 1000 + seed), regret(theirs, rates, 1000 + seed)))
            found = np.array(pairs)
            gap = found[:, 0] - found[:, 1]
            half = 1.96 * gap.std(ddof=1) / np.sqrt(runs)
            mean = found.mean(axis=0)
            print(
                f"| {'matter' if matter else 'do not matter'} | {floor:.1%} | {mean[0]:.0f} | {mean[1]:.0f} "
                f"| {gap.mean():+.0f} ({gap.mean() - half:+.0f} to {gap.mean() + half:+.0f}) "
                f"| {mean[0] / mean[1]:.2f} |",
                flush=True,
            )


def share_within(seed: int, each: float, planted: str) -> tuple[float, float]:
    """Give the share of one stationary world's rates between their limits, and how wide those are."""
    rng = np.random.default_rng(seed)
    rates = PLANTED[planted](rng)
    outcomes = int(each * rates.size)
    agents, domains = names("a", rates.shape[0]), names("d", rates.shape[1])
    who, where = rng.integers(0, len(agents), outcomes), rng.integers(0, len(domains), outcomes)
    scores = rng.random(outcomes) < rates[who, where]
    facts = (
        Fact(agent=agents[a], domain=domains[d], sequence=i, score=float(s))
        for i, (a, d, s) in enumerate(zip(who, where, scores, strict=True))
    )
    told = SuccessBeliefs().learn(facts).summarize(now=outcomes)
    shown = [
        (one.low <= rates[a, domains.index(one.domain)] <= one.high, one.high - one.low)
        for a, agent in enumerate(agents)
        for one in told.get(agent, ())
    ]
    hit, width = np.mean(shown, axis=0)
    return float(hit), float(width)


def show_coverage(runs: int) -> None:
    print(f"\n## Coverage of 95 % trust intervals, stationary, {runs} worlds each\n")
    print("| planted | outcomes per agent and domain | covered (95 %, by worlds) | mean width |")
    print("|---|---:|---:|---:|")
    for planted in PLANTED:
        for each in (6.25, 31.25, 125.0):
            seeds = range(UNSEEN, UNSEEN + runs)
            found = np.array([share_within(seed, each, planted) for seed in seeds])
            mean, width = found.mean(axis=0)
            half = 1.96 * found[:, 0].std(ddof=1) / np.sqrt(runs)
            print(
                f"| {planted} | {each:.0f} "
                f"| {mean:.1%} ({mean - half:.1%} to {mean + half:.1%}) | {width:.2f} |",
                flush=True,
            )


def share_after_fall(seed: int, domains: tuple[str, ...]) -> tuple[float, float, int]:
    """Let the best agent fall; give its share before, 200 requests later, and when it was below 5 %."""
    rng = np.random.default_rng(seed)
    agents = names("a", 8)
    rates = np.array([0.85, *rng.uniform(0.45, 0.75, 7)])
    policy, tables, warm, below = Thompson(prices=Prices(0, 0)), dict[str, Table](), 1_000, 999
    before = after = 1.0
    for at in range(warm + 200):
        if at % (20 if at < warm else 5) == 0:
            ask = RoutingContext(agents=agents, domains=domains, now=at)
            tables = dict(policy.probabilities(ask))
            after = float(np.mean([made.probability("a0") for made in tables.values()]))
            if at >= warm and after < 0.05:
                below = min(below, at - warm)
        if at == warm:
            before, rates[0] = after, 0.30
        domain = domains[int(rng.integers(len(domains)))]
        agent = draw(tables[domain], rng.random()).agent
        score = float(rng.random() < rates[agents.index(agent)])
        policy = policy.update(Fact(agent=agent, domain=domain, sequence=at, score=score))
    return before, after, below


def show_fall(runs: int) -> None:
    print(
        f"\n## The best agent falls from .85 to .30 after 1,000 requests, default floor, {runs} runs each\n"
    )
    print(
        "| domains | share >= 60 % | below 5 % within 200 (95 %) | requests: median, worst | share at 200 |"
    )
    print("|---:|---:|---:|---:|---:|")
    for n in (1, 4):
        found = [share_after_fall(seed, names("d", n)) for seed in range(runs)]
        held = [row for row in found if row[0] >= 0.60]
        good = sum(row[2] <= 200 for row in held)
        limits, took = wilson(good, len(held)), sorted(row[2] for row in held)
        print(
            f"| {n} | {len(held)} of {runs} | {good / len(held):.1%} ({limits.low:.1%} to {limits.high:.1%}) "
            f"| {took[len(took) // 2]}, {took[-1]} | {np.mean([row[1] for row in held]):.1%} |",
            flush=True,
        )


def share_of_the_weaker(seed: int, floor: float) -> tuple[float, float]:
    """Give what eight agents right in .6 get beside one right in .9: of the first 5,000, and then."""
    rng, agents = np.random.default_rng(seed), names("a", 9)
    policy, tables, weaker = Thompson(floor=floor), dict[str, Table](), np.zeros(REQUESTS + 1_000)
    for at in range(len(weaker)):
        if at % (5 if at < 200 else 25) == 0:
            tables = dict(policy.probabilities(RoutingContext(agents=agents, now=at)))
        agent = draw(tables["all"], rng.random()).agent
        weaker[at] = agent != "a0"
        score = float(rng.random() < (0.9 if agent == "a0" else 0.6))
        policy = policy.update(Fact(agent=agent, sequence=at, score=score))
    return float(weaker[:REQUESTS].mean()), float(weaker[REQUESTS:].mean())


def show_weaker(runs: int) -> None:
    print(f"\n## One agent right in .9, eight in .6: what the eight get, {runs} runs each\n")
    print("| floor | of the first 5,000 requests (95 %) | worst run | of the 1,000 after them |")
    print("|---:|---:|---:|---:|")
    for floor in (*FLOORS, 0.01):
        found = np.array([share_of_the_weaker(seed, floor) for seed in range(UNSEEN, UNSEEN + runs)])
        half = 1.96 * found[:, 0].std(ddof=1) / np.sqrt(runs)
        first, after = found.mean(axis=0)
        print(
            f"| {floor:.1%} | {first:.2%} ({first - half:.2%} to {first + half:.2%}) "
            f"| {found[:, 0].max():.2%} | {after:.2%} |",
            flush=True,
        )


def logged(rng: np.random.Generator, rates: Rates, chances: Rates, n: int) -> list[Logged]:
    agents, domains = names("a", rates.shape[0]), names("d", rates.shape[1])
    where = rng.integers(0, len(domains), n)
    who = (rng.random((n, 1)) > chances.cumsum(axis=0).T[where]).sum(axis=1).clip(0, len(agents) - 1)
    scores = rng.random(n) < rates[who, where]
    return [
        Logged(domains[d], agents[a], float(chances[a, d]), float(s))
        for a, d, s in zip(who, where, scores, strict=True)
    ]


def covered(hits: int, answered: int) -> str:
    limits = wilson(hits, answered)
    return f"{hits / answered:.1%} ({limits.low:.1%} to {limits.high:.1%})" if answered else "no answer"


def show_offpolicy(runs: int) -> None:
    print(f"\n## Off-policy value, 8 agents x 4 domains, {runs} logs each\n")
    print("| floor of the log | rows | other policy | refused | IPS | SNIPS | doubly robust | width (DR) |")
    print("|---:|---:|---|---:|---:|---:|---:|---:|")
    cells = ((0.10, 2_000, 1.0), (0.01, 2_000, 1.0), (0.01, 15_000, 1.0), (0.01, 5_000, 0.3))
    for floor, rows, moved in cells:
        hits, answered, width = np.zeros(3), 0, 0.0
        for seed in range(runs):
            rng = np.random.default_rng(seed)
            rates = world(rng, own=MATTER)
            order = np.argsort(-rates, axis=0)
            chances = np.full(rates.shape, floor)
            chances[order[0], range(4)] = 1 - 7 * floor
            other = (1 - moved) * chances
            other[order[1], range(4)] += moved
            policy = {f"d{d}": {f"a{a}": float(other[a, d]) for a in range(8)} for d in range(4)}
            found = value_of(logged(rng, rates, chances, rows), policy)
            if isinstance(found, NoEstimate):
                continue
            truth = float((other * rates).sum(axis=0).mean())
            answered += 1
            estimates = (found.ips, found.snips, found.doubly_robust)
            hits += [estimate.low <= truth <= estimate.high for estimate in estimates]
            width += found.doubly_robust.high - found.doubly_robust.low
        share = " | ".join(covered(int(h), answered) for h in hits)
        name = "second best" if moved == 1 else f"{moved:.0%} to the second best"
        print(
            f"| {floor:.0%} | {rows:,} | {name} | {1 - answered / runs:.0%} | {share} "
            f"| {width / max(answered, 1):.2f} |",
            flush=True,
        )


def show_choose(draws: int) -> None:
    print("\n## Time of `choose`, 100 agents x 100 domains, in process\n")
    agents, domains = names("a", 100), names("d", 100)
    rng = np.random.default_rng(0)
    rates = world(rng, own=MATTER, agents=100, domains=100)
    who, where = rng.integers(0, 100, 50_000), rng.integers(0, 100, 50_000)
    facts = [
        Fact(agent=agents[a], domain=domains[d], sequence=i, score=float(rng.random() < rates[a, d]))
        for i, (a, d) in enumerate(zip(who, where, strict=True))
    ]
    started = time.perf_counter()
    learned = SuccessBeliefs().learn(facts)
    folded = (time.perf_counter() - started) / len(facts)
    policy, seconds = Thompson(learned), dict[int, float]()
    for changed in (1, 100):
        started = time.perf_counter()
        tables = policy.probabilities(RoutingContext(agents=agents, domains=domains[:changed], now=50_000))
        seconds[changed] = time.perf_counter() - started
    took = np.empty(draws)
    for i, (u, d) in enumerate(zip(rng.random(draws).tolist(), rng.integers(0, 100, draws), strict=True)):
        begun = time.perf_counter_ns()
        draw(tables[domains[d]], u)
        took[i] = time.perf_counter_ns() - begun
    print("| what | time |\n|---|---:|")
    print(f"| choose, median | {np.median(took) / 1000:.1f} us |")
    print(f"| choose, p99 | {np.percentile(took, 99) / 1000:.1f} us |")
    print(f"| counting one fact | {folded * 1e6:.0f} us |")
    print(f"| new tables, 1 changed domain | {seconds[1] * 1000:.0f} ms |")
    print(f"| new tables, all 100 domains | {seconds[100] * 1000:.0f} ms |")


PARTS: dict[str, tuple[Callable[[int], None], int]] = {
    "choose": (show_choose, 200_000),
    "coverage": (show_coverage, 2_400),
    "fall": (show_fall, 40),
    "offpolicy": (show_offpolicy, 300),
    "regret": (show_regret, 20),
    "weaker": (show_weaker, 40),
}
"""Each part with its number of runs."""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sorted(PARTS))
    parser.add_argument("--runs", type=int, help="Instead of each part's own number.")
    chosen = parser.parse_args()
    started = time.perf_counter()
    for name, (show, runs) in PARTS.items():
        if chosen.only in (None, name):
            show(chosen.runs or runs)
    print(f"\n{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
