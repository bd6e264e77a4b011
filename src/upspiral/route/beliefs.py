"""What do we believe of every agent in every domain, after all facts so far?"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from upspiral.domain.learning import DomainTrust
from upspiral.route.base import EVERYTHING, LONGEST_MS, MAX_COST, Fact
from upspiral.stats.change.cusum import CusumMonitor, Wander, safe_limits
from upspiral.stats.posterior import (
    DISPLAY_PRIOR,
    Array,
    Belief,
    DecayedCounts,
    fit_variances,
    limits,
    posterior,
)


class BeliefCell(Struct, frozen=True):
    """What one agent did in one domain."""

    tally: DecayedCounts = DecayedCounts()
    watch: CusumMonitor = CusumMonitor()
    changed: float = 0.0
    """When its rate was last found changed, in seconds since 1970; 0 for never."""


class AgentRecord(Struct, frozen=True):
    """What one agent did anywhere."""

    cells: dict[str, BeliefCell] = {}
    """By domain."""
    watch: CusumMonitor = CusumMonitor()
    wander: Wander = Wander()
    """How far its rate moves by itself where no domain is named."""
    latency_ms: float = 0.0
    """Mean, of which every outcome moves at least a fiftieth."""
    cost: float = 0.0
    """Mean of the answers whose cost is known, moving as the latency does."""
    priced: int = 0
    """Answers whose cost is known."""
    n: int = 0
    alarms: tuple[int, ...] = ()
    """When its rate was last found changed, at most ten times."""
    errors_in_a_row: int = 0
    """Newest answers that all ended in an error or a timeout."""

    @property
    def known_cost(self) -> float | None:
        """The mean cost of an answer; None where no answer had a known cost.

        >>> AgentRecord(cost=0.02, priced=3).known_cost, AgentRecord(n=9).known_cost
        (0.02, None)
        """
        return self.cost if self.priced else None


class PosteriorTable(NamedTuple):
    """The posteriors of all agents in all domains, and what they cost."""

    agents: tuple[str, ...]
    domains: tuple[str, ...]
    alpha: Array
    """Shape (agents, domains)."""
    beta: Array
    latency_ms: Array
    """Shape (agents,)."""
    cost: Array
    """Shape (agents,); NaN where no answer of the agent had a known cost."""

    def belief(self, agent: str, domain: str) -> Belief:
        """Give one cell's posterior."""
        a, d = self.agents.index(agent), self.domains.index(domain)
        return Belief(float(self.alpha[a, d]), float(self.beta[a, d]))


class ForgettingConfig(Struct, frozen=True):
    """How fast the past fades, and when it is thrown away."""

    half_life: float = 10_000
    """In labeled conversations of the workspace."""
    run_length: float = 10_000
    """Outcomes between two false alarms of a watch, at least, on average."""
    kept: float = 3
    """Outcomes that other domains' past still counts after an agent's alarm."""


class SuccessBeliefs(Struct, frozen=True):
    """The posterior beneath the trust that is shown: tallies with a half-life, and watches that reset them.

    rate_ad ~ Beta(prior from all other cells + own outcomes), see `stats.posterior.posterior`; a change that
    `CusumMonitor` is sure of throws away what was before it, and the outcomes that raised the alarm: a
    CUSUM picks the worst run of outcomes, and counted in full after a false alarm they would keep a good
    agent out for thousands of requests, as one that is hardly asked cannot show that it is as good as before.
    Without an alarm the order of facts does not matter. Units: success rates from 0 to 1, time in settled
    conversations. Sources: Morris (1983) for the shrinkage, Page (1954) for the watch.

    >>> facts = [Fact(agent="a", sequence=i, score=1.0) for i in range(30)]
    >>> learned = SuccessBeliefs().learn(facts)
    >>> learned.standing(("a", "new"), ("all",), now=30).belief("a", "all").mean > 0.9
    True
    """

    memory: ForgettingConfig = ForgettingConfig()
    records: dict[str, AgentRecord] = {}

    def update(self, fact: Fact) -> "SuccessBeliefs":
        """Count one fact."""
        record = _count(self.records.get(fact.agent, AgentRecord()), fact, self.memory)
        return replace(self, records={**self.records, fact.agent: record})

    def learn(self, facts: Iterable[Fact]) -> "SuccessBeliefs":
        """Count many facts, in their order; the same as one `update` after the other."""
        records = dict(self.records)
        for fact in facts:
            records[fact.agent] = _count(records.get(fact.agent, AgentRecord()), fact, self.memory)
        return replace(self, records=records)

    def standing(self, agents: Sequence[str], domains: Sequence[str], *, now: int) -> PosteriorTable:
        """Give the posteriors; agents and domains never seen get those of their kin.

        Args:
            agents: Whose.
            domains: Where; those known from facts help though they are not asked for.
            now: How many conversations are labeled in the workspace.
        """
        # Domains that nobody asks for help too: what an agent does there says what to expect of it here.
        known = sorted({d for a in agents for d in self.records.get(a, AgentRecord()).cells} - set(domains))
        everywhere = (*domains, *known)
        rates, sizes = self._observe_rates(agents, everywhere, now)
        alpha, beta = posterior(rates, sizes, fit_variances(rates, sizes))
        records = [self.records.get(a, AgentRecord()) for a in agents]
        own = len(domains)
        return PosteriorTable(
            tuple(agents),
            tuple(domains),
            alpha[:, :own],
            beta[:, :own],
            _fill_with_mean([record.latency_ms if record.n else None for record in records]),
            # Any number here would say that an agent is cheap or dear, so what is unknown stays so.
            np.array([record.known_cost for record in records], dtype=float),
        )

    def summarize(self, *, now: int) -> dict[str, tuple[DomainTrust, ...]]:
        """Tell what is believed of every agent where it has outcomes, with 95 % intervals.

        Args:
            now: How many conversations are labeled in the workspace.

        >>> learned = SuccessBeliefs().learn(Fact(agent="a", sequence=i, score=1.0) for i in range(30))
        >>> [one.domain for one in learned.summarize(now=30)["a"]]
        ['all']
        """
        agents = sorted(self.records)
        domains = sorted({domain for record in self.records.values() for domain in record.cells})
        if not agents:
            return {}
        rates, sizes = self._observe_rates(agents, domains, now)
        column = {domain: i for i, domain in enumerate(domains)}
        likely = fit_variances(rates, sizes, DISPLAY_PRIOR)
        mean, low, high = (part.tolist() for part in limits(rates, sizes, likely))
        known = sizes.tolist()
        found = {}
        for a, agent in enumerate(agents):
            cells = [
                DomainTrust(
                    domain=domain,
                    mean=mean[a][column[domain]],
                    low=low[a][column[domain]],
                    high=high[a][column[domain]],
                    n=known[a][column[domain]],
                    changed_at=datetime.fromtimestamp(cell.changed, UTC) if cell.changed else None,
                )
                for domain, cell in self.records[agent].cells.items()
            ]
            found[agent] = tuple(sorted(cells, key=lambda cell: (-cell.n, cell.domain)))
        return found

    def _observe_rates(self, agents: Sequence[str], domains: Sequence[str], now: int) -> tuple[Array, Array]:
        rates, sizes = np.full((len(agents), len(domains)), 0.5), np.zeros((len(agents), len(domains)))
        column = {domain: i for i, domain in enumerate(domains)}
        for row, agent in enumerate(agents):
            for domain, cell in self.records.get(agent, AgentRecord()).cells.items():
                if domain in column:
                    rates[row, column[domain]] = cell.tally.rate
                    sizes[row, column[domain]] = cell.tally.size(now, self.memory.half_life)
        return rates, sizes


def _fill_with_mean(values: Sequence[float | None]) -> Array:
    """Give the mean of the known for those that are not."""
    known = [value for value in values if value is not None]
    mean = sum(known) / len(known) if known else 0.0
    return np.array([mean if value is None else value for value in values])


def _count(record: AgentRecord, fact: Fact, memory: ForgettingConfig) -> AgentRecord:
    cell = record.cells.get(fact.domain, BeliefCell())
    wander, limits = _watch(record.wander, cell.tally, fact)
    tally = cell.tally.plus(fact.score, at=fact.sequence, half_life=memory.half_life)
    inner, outer = cell.watch.update(fact.score, limits), record.watch.update(fact.score, limits)
    alarm, everywhere = inner.alarm(memory.run_length), outer.alarm(memory.run_length)
    changed = cell.changed
    # The outcomes that raised the alarm go too: they are the worst run there was, picked by the CUSUM.
    if alarm:
        tally, inner, changed = DecayedCounts(at=tally.at), CusumMonitor(), fact.settled_at
    cells = {**record.cells, fact.domain: BeliefCell(tally, inner, changed)}
    # Other domains saw less of the change than this one; their past counts little rather than nothing.
    if everywhere:
        cells = {domain: _discount(kept, memory.kept, fact.settled_at) for domain, kept in cells.items()}
        cells[fact.domain] = BeliefCell(DecayedCounts(at=tally.at), CusumMonitor(), fact.settled_at)
        outer = CusumMonitor()
    # A plain mean of the first fifty, then a moving one: prices and speed change without notice.
    pace = max(1 / (record.n + 1), 0.02)
    cost, priced = _update_cost(record, fact.cost)
    return AgentRecord(
        cells,
        outer,
        wander,
        record.latency_ms + pace * (min(fact.latency_ms, LONGEST_MS) - record.latency_ms),
        cost,
        priced,
        record.n + 1,
        (*record.alarms, fact.sequence)[-10:] if alarm or everywhere else record.alarms,
        0 if fact.delivered else record.errors_in_a_row + 1,
    )


def _update_cost(record: AgentRecord, cost: float | None) -> tuple[float, int]:
    """Give the mean cost and the number of answers that it is of; an unknown cost changes neither."""
    if cost is None:
        return record.cost, record.priced
    pace = max(1 / (record.priced + 1), 0.02)
    return record.cost + pace * (min(cost, MAX_COST) - record.cost), record.priced + 1


def _watch(wander: Wander, tally: DecayedCounts, fact: Fact) -> tuple[Wander, tuple[float, float]]:
    """Give the limits between which the rate lay so far.

    Where no domain is named, requests of all kinds are watched together, and the rate moves with their mix.
    """
    limits = safe_limits(tally)
    if fact.domain != EVERYTHING:
        return wander, limits
    wander = wander.update(fact.score)
    return wander, wander.widen(limits)


def _discount(cell: BeliefCell, kept: float, moment: float) -> BeliefCell:
    """Let a domain's past count for at most ``kept`` outcomes."""
    tally = cell.tally
    size = tally.weight * tally.weight / tally.squares if tally.squares > 0 else 0.0
    if size <= kept:
        return BeliefCell(tally, changed=moment)
    shorter = (
        DecayedCounts(kept, kept, kept * tally.rate, tally.at) if kept > 0 else DecayedCounts(at=tally.at)
    )
    return BeliefCell(shorter, changed=moment)
