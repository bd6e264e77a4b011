"""What do the facts so far say about whom to choose? A verb of this stage: it follows what has settled."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock

from upspiral.domain import Choice, Interaction, Outcome
from upspiral.domain.ids import InteractionId, WorkspaceId
from upspiral.route.base import Ask, Fact, RoutingPolicy, RoutingRule, Table, choose, table
from upspiral.route.config import RouteSettings
from upspiral.route.policies import POLICIES
from upspiral.store import Store

EVERYTHING = "all"
"""The domain of requests that name none, and of every agent's first appearance."""
STEP = 2_000
MOST_DOMAINS = 200
REMEMBERED = 200_000
"""Conversations of which it is known that they were counted."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
BACK = timedelta(seconds=5)
"""Outcomes may be committed a little after the moment they carry."""


def domain_of(metadata: Mapping[str, str]) -> str:
    """Say what kind of request it is.

    >>> domain_of({"domain": "billing"}), domain_of({})
    ('billing', 'all')
    """
    return (metadata.get("domain") or metadata.get("task") or EVERYTHING)[:100]


def share(conversation: str) -> float:
    """Give the place of a conversation between 0 and 1; every turn of it gets the same agent.

    >>> 0 <= share("c1") < 1
    True
    """
    return int.from_bytes(hashlib.sha256(b"route" + conversation.encode()).digest()[:8], "big") / 2**64


def facts_of(
    outcomes: Sequence[Outcome], turns: Mapping[InteractionId, Interaction], *, start: int
) -> list[Fact]:
    """Read settled Outcomes as facts, one per Outcome, numbered from `start`."""
    found = []
    for number, outcome in enumerate(outcomes, start=start):
        turn = turns[outcome.interaction]
        found.append(
            Fact(
                agent=turn.agent,
                domain=domain_of(turn.metadata),
                at=number,
                score=min(1.0, max(0.0, outcome.score or 0.0)),
                latency_ms=max(0.0, turn.latency_ms),
                cost=max(0.0, turn.usage.cost),
                delivered=turn.error is None,
                loop_back=turn.metadata.get("loop_back") == "true",
                fact_check_failed=turn.metadata.get("fact_check") == "failed",
            )
        )
    return found


class Router:
    """Chooses among a workspace's agents; learns from Outcomes off the hot path, draws from tables on it."""

    def __init__(self, workspace: WorkspaceId, settings: RouteSettings) -> None:
        self.policy: RoutingPolicy = POLICIES[settings.policy](settings)
        self.now = 0
        """Conversations that have settled so far."""
        self.agents: tuple[str, ...] = ()
        self._workspace = workspace
        self._since = BEGINNING
        self._counted: dict[str, None] = {}
        self._tables: dict[str, Table] = {}
        self._lock = Lock()

    def follow(self, store: Store, agents: Iterable[str], rules: Sequence[RoutingRule] = ()) -> int:
        """Learn from what has settled since, and lay out the tables of the domains it concerns.

        Args:
            store: Where everything is kept.
            agents: Who may be chosen now.
            rules: Priors and vetoes.

        Returns:
            How many facts were new.
        """
        with self._lock:
            new = 0
            changed = {EVERYTHING}
            while facts := self._next(store):
                for fact in facts:
                    self.policy = self.policy.update(fact)
                    changed.add(fact.domain)
                new += len(facts)
            known = tuple(sorted(agents))
            if known != self.agents:
                changed |= set(self._tables)
            self.agents = known
            if new or (known and not self._tables) or changed != {EVERYTHING}:
                ask = Ask(
                    agents=known,
                    domains=tuple(sorted(changed))[:MOST_DOMAINS],
                    now=self.now,
                    rules=tuple(rules),
                )
                self._tables = {**self._tables, **self.policy.probabilities(ask)}
            return new

    def choose(self, conversation: str, domain: str) -> Choice:
        """Draw who answers: the same for every turn of a conversation while the table stands.

        Raises:
            NotFound: Nobody may answer.
        """
        return choose(self.table(domain), share(conversation))

    def table(self, domain: str) -> Table:
        """Give the chances in a domain; those of all together for one that is not known."""
        return self._tables.get(domain) or self._tables.get(EVERYTHING) or table({})

    def _next(self, store: Store) -> list[Fact]:
        again = min(len(self._counted), STEP)  # as many may stand in the seconds that are read again
        outcomes = store.outcomes.settled_since(self._workspace, self._since - BACK, STEP + again)
        fresh = [one for one in outcomes if one.interaction not in self._counted]
        if not fresh:
            return []
        turns = {
            one.id: one for one in store.interactions.many(self._workspace, [o.interaction for o in fresh])
        }
        there = [one for one in fresh if one.interaction in turns]
        self._since = max(one.at for one in fresh)
        self._counted |= dict.fromkeys(str(one.interaction) for one in fresh)
        while len(self._counted) > REMEMBERED:
            self._counted.pop(next(iter(self._counted)))
        made = facts_of(there, turns, start=self.now)
        self.now += len(made)
        return made or self._next(store)
