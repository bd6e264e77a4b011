"""Who was accurate enough here so far? The selection of the performance feedback document."""

from msgspec import Struct
from msgspec.structs import replace

from upspiral.route.base import Fact, RoutingContext, Table, list_allowed, table
from upspiral.route.profiles import LoggedRun, Profile, log_run


class Threshold(Struct, frozen=True):
    """Left out below 0.3 in the domain, boosted by 0.2 above 0.7; the highest score answers.

    score = accuracy in the domain, else overall, else a half (+ boost); in speed mode less the mean latency
    over the last 100 answers, relative to the slowest. Ties share evenly. Where all would be left out, none
    is. Where several are asked, the next best scores follow. Units: shares from 0 to 1. Source: the
    performance feedback document.

    >>> good = [Fact(agent="a", sequence=i, score=1.0) for i in range(3)]
    >>> policy = Threshold()
    >>> for fact in good: policy = policy.update(fact)
    >>> policy.probabilities(RoutingContext(agents=("a", "b")))["all"].probabilities
    (1.0, 0.0)
    """

    profiles: dict[str, Profile] = {}
    leave_out_below: float = 0.3
    boost_above: float = 0.7
    boost: float = 0.2

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return "threshold"

    def update(self, fact: Fact) -> "Threshold":
        """Count one fact."""
        run = LoggedRun((fact.agent,), fact.worth, fact.latency_ms, fact.domain)
        return replace(self, profiles=log_run(self.profiles, run))

    def score(self, agent: str, domain: str) -> float | None:
        """Give an agent's score in a domain; None for one left out."""
        accuracy = self.profiles.get(agent, Profile()).accuracy_in(domain)
        if accuracy is None:
            return 0.5
        if accuracy < self.leave_out_below:
            return None
        return accuracy + (self.boost if accuracy > self.boost_above else 0.0)

    def probabilities(self, ask: RoutingContext) -> dict[str, Table]:
        """Give a table for every domain that is asked for."""
        return {domain: self._table(ask, domain) for domain in ask.domains}

    def _table(self, ask: RoutingContext, domain: str) -> Table:
        agents = list_allowed(ask, domain)
        scores = {agent: self.score(agent, domain) for agent in agents}
        kept = {agent: score for agent, score in scores.items() if score is not None}
        if not kept:
            kept = {a: self.profiles[a].accuracy_in(domain) or 0.0 for a in agents}
        if ask.speed:
            slow = {agent: self.profiles.get(agent, Profile()).avg_latency for agent in kept}
            most = max(slow.values(), default=0.0) or 1.0
            kept = {agent: score - slow[agent] / most for agent, score in kept.items()}
        best = max(kept.values(), default=0.0)
        ranked = tuple(sorted(kept, key=lambda agent: -kept[agent]))
        reasons = [f"threshold: score {kept[a]:.2f}" if a in kept else "threshold: left out" for a in agents]
        made = table({a: float(a in kept and kept[a] == best) for a in agents}, reasons=reasons)
        return replace(made, reserve=ranked)
