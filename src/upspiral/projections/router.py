"""Who is chosen in a workspace, by what has settled so far? Learns off the hot path, draws on it."""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from threading import Lock

from msgspec import structs

from upspiral.domain import Choice
from upspiral.domain.ids import WorkspaceId
from upspiral.plugin_kinds import ROUTING_POLICY
from upspiral.projections.routing_tables import RoutingTables
from upspiral.projections.routing_updates import RoutingUpdates
from upspiral.route.base import EVERYTHING, RoutingContext, RoutingPolicy, RoutingRule, Table, draw
from upspiral.route.beliefs import AgentRecord
from upspiral.route.cascade import Cascade
from upspiral.route.config import RouteSettings
from upspiral.route.ensemble import Ensemble, chance_of, members
from upspiral.route.explain import Explanation, explain
from upspiral.route.facts import SettledOutcome
from upspiral.route.metrics_file import MetricsFile
from upspiral.route.policies import Thompson, Threshold
from upspiral.route.profiles import Profile, ProfileBook
from upspiral.route.rules import routing_rules
from upspiral.store import Store

FIRST_REBUILD_FACTS = 2_000
"""Facts after which tables are first rebuilt while there is more to read."""
MAX_RULES_AGE_S = 600
"""Rules are loaded after each learning run, and again after so many seconds: a run may be tested again."""


class Router:
    """Chooses among a workspace's agents; `update` learns from Outcomes, everything else only reads.

    Args:
        workspace: Whose.
        settings: The policy and its knobs.
        file: Where the profiles are kept for others to read; None for nowhere.
    """

    def __init__(
        self, workspace: WorkspaceId, settings: RouteSettings, file: MetricsFile | None = None
    ) -> None:
        self.policy: RoutingPolicy = ROUTING_POLICY.get(settings.policy)(settings)
        self.ensemble = Ensemble(least=settings.min_width, most=settings.max_width)
        self.cascade = Cascade(deepest=settings.max_depth)
        self.book = ProfileBook()
        self.agents: tuple[str, ...] = ()
        self.rules: tuple[RoutingRule, ...] = ()
        self._workspace = workspace
        self._file = file
        self._file_was_read = False
        self._updates = RoutingUpdates(workspace)
        self._tables = RoutingTables(speed=settings.speed)
        self._rules_version: tuple[str | None, int] | None = None
        """The learning run that the rules are of, and in which span of time they were loaded."""
        # Two locks: reading the store may take minutes, and must not stop those who only change the tables.
        self._lock, self._reading = Lock(), Lock()
        self._closed = False

    @property
    def now(self) -> int:
        """Answers that have settled so far."""
        return self._updates.count

    @property
    def revised(self) -> bool:
        """Has a verdict changed after it was counted? Then only reading everything again is exact."""
        return self._updates.revised

    def open(self, store: Store, agents: Iterable[str]) -> None:
        """Make tables for those who may be chosen now, by rules alone; `update` learns from the facts."""
        with self._lock:
            self._load_agents_and_rules(store, tuple(sorted(agents)))
            self._rebuild_tables(set)

    def update(self, store: Store, agents: Iterable[str]) -> int:
        """Learn from what has settled since, and rebuild the tables of the domains it concerns.

        Where there is much to read, tables are rebuilt in between, each time twice as much has been read:
        requests that come meanwhile are served by what is known so far.

        Args:
            store: Where everything is kept.
            agents: Who may be chosen now.

        Returns:
            How many facts were new.
        """
        with self._reading:
            changed, new, rebuilt_at = {EVERYTHING}, 0, FIRST_REBUILD_FACTS
            for found in self._updates.read(store):
                if self._closed:
                    break
                with self._lock:
                    for one in found:
                        self._learn(one)
                        changed.add(one.facts[0].domain)
                    new += len(found)
                    if new > 2 * rebuilt_at:  # doubling: all rebuilds together cost no more than the last
                        rebuilt_at = new
                        self._rebuild_tables(lambda _: changed)
            with self._lock:
                self._keep_profiles()
                if self._load_agents_and_rules(store, tuple(sorted(agents))):
                    self._rebuild_tables(lambda known: changed | known)
                elif new:
                    self._rebuild_tables(lambda _: changed)
            return new

    def prepare_speed(self, speed: bool) -> None:
        """Make the tables of callers who are in a hurry, or of those who are not; once is enough."""
        with self._lock:
            if not self._tables.is_ready(speed):
                self._tables.add_speed(self.policy, self._context(), speed=speed)

    def is_ready(self, speed: bool) -> bool:
        """Say whether these tables are there."""
        return self._tables.is_ready(speed)

    def choose(self, conversation: str, domain: str, *, speed: bool = False) -> Choice:
        """Draw who answers: the same for every turn of a conversation while the table stands.

        Raises:
            NotFound: Nobody may answer.
        """
        return draw(self.table(domain, speed=speed), unit_interval_hash(conversation))

    def draw_many(
        self, conversation: str, domain: str, *, count: int, speed: bool = False
    ) -> tuple[tuple[str, ...], float]:
        """Draw several agents, and give the chance with which just these are drawn in this order.

        Raises:
            NotFound: Nobody may answer.
        """
        chances, place = self.table(domain, speed=speed), unit_interval_hash(conversation)
        draw(chances, place)  # raises where nobody may answer
        drawn = members(chances, count, place)
        return drawn, chance_of(chances, drawn)

    def reach(self, domain: str, *, speed: bool = False) -> tuple[int, int]:
        """Say how many agents an ensemble asks in a domain, and a cascade at most."""
        chances = self.table(domain, speed=speed)
        wanted = self.ensemble.width(domain), self.cascade.rung(domain).depth
        width, depth = (len(members(chances, count, 0.0)) for count in wanted)
        return width, depth

    def table(self, domain: str, *, speed: bool = False) -> Table:
        """Give the chances in a domain; those of all domains together for one that is not known."""
        return self._tables.get(domain, speed=speed)

    def list_domains(self) -> list[str]:
        """Give every domain that has chances of its own; that of all domains together first."""
        return self._tables.list_domains()

    def explain(self, domain: str, *, speed: bool = False) -> list[Explanation]:
        """Say of every agent why it has its chance in a domain; with numbers where the policy has beliefs."""
        with self._lock:
            beliefs, made, ask = self.beliefs, self.table(domain, speed=speed), self._context()
        return explain(beliefs, structs.replace(ask, domains=(domain,), speed=speed), made)

    def cost(self, agent: str) -> float | None:
        """Give the mean cost of an agent's answers; None where the policy does not know it."""
        beliefs = self.beliefs
        return beliefs.learned.records.get(agent, AgentRecord()).known_cost if beliefs else None

    def merge_profiles(self, profiles: Mapping[str, Profile]) -> None:
        """Take over profiles from elsewhere, as far as they count more than is known; kept in the file."""
        with self._lock:
            self.book.adopt(profiles)
            if self._file:
                self._file.wanted = True
            self._keep_profiles(at_once=True)
            self._rebuild_tables(set)

    def close(self) -> None:
        """Read no further, and write what is not written yet."""
        self._closed = True
        with self._lock:
            self._keep_profiles(at_once=True)

    @property
    def beliefs(self) -> Thompson | None:
        """What the policy believes of every agent; None where it decides by something else."""
        policy = self.policy
        return policy if isinstance(policy, Thompson) else getattr(policy, "beliefs", None)

    def _context(self) -> RoutingContext:
        return RoutingContext(agents=self.agents, now=self.now, rules=self.rules)

    def _learn(self, one: SettledOutcome) -> None:
        for fact in self._updates.select_facts(one):
            self.policy = self.policy.update(fact)
        if one.updates_width:
            self.ensemble = self.ensemble.update(one.facts[0])
            self.cascade = self.cascade.update(one.facts[0])
        if one.run:
            self.book.log_run(one.run)

    def _keep_profiles(self, *, at_once: bool = False) -> None:
        if self._file:
            if not self._file_was_read:
                self.book.adopt(self._file.read())
            self._file.offer(self.book.profiles, at_once=at_once)
        self._file_was_read = True
        if isinstance(self.policy, Threshold):
            self.policy = structs.replace(self.policy, profiles=dict(self.book.profiles))

    def _load_agents_and_rules(self, store: Store, agents: tuple[str, ...]) -> bool:
        """Take over who may be chosen and the active rules; say whether either differs from before."""
        newest = store.learning_runs.newest_id(self._workspace)
        version = (newest, int(time.monotonic() / MAX_RULES_AGE_S))
        if agents == self.agents and version == self._rules_version:
            return False
        runs = store.learning_runs.latest(self._workspace) if newest else []
        before = self.agents, self.rules
        self.rules = routing_rules(runs[0].learned.rules, agents) if runs else ()
        self.agents, self._rules_version = agents, version
        return before != (self.agents, self.rules)

    def _rebuild_tables(self, wanted: Callable[[set[str]], set[str]]) -> None:
        self._tables.rebuild(self.policy, self._context(), wanted=wanted)


def unit_interval_hash(conversation: str) -> float:
    """Give the place of a conversation between 0 and 1; every turn of it gets the same agent.

    >>> 0 <= unit_interval_hash("c1") < 1
    True
    """
    return int.from_bytes(hashlib.sha256(b"route" + conversation.encode()).digest()[:8], "big") / 2**64
