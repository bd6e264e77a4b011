"""What do the facts so far say about whom to choose? A verb of this stage: it follows what has settled."""

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from threading import Lock

from msgspec import structs

from upspiral.domain import Choice, Feedback
from upspiral.domain.ids import InteractionId, WorkspaceId
from upspiral.plugin_kinds import ROUTING_POLICY
from upspiral.projections import Change, OutcomeFeed
from upspiral.route.base import EVERYTHING, RoutingContext, RoutingPolicy, RoutingRule, Table, draw, table
from upspiral.route.beliefs import AgentRecord
from upspiral.route.cascade import Cascade
from upspiral.route.config import RouteSettings
from upspiral.route.ensemble import Ensemble, chance_of, members
from upspiral.route.explain import Explanation, explain
from upspiral.route.facts import SettledOutcome, outcome_to_facts
from upspiral.route.metrics_file import MetricsFile
from upspiral.route.policies import Thompson, Threshold
from upspiral.route.profiles import Profile, ProfileBook
from upspiral.route.rules import routing_rules
from upspiral.store import Store

FIRST_LAYING = 2_000
"""Facts after which tables are first laid out while there is more to read."""
MAX_COUNTED_CONVERSATIONS = 50_000
"""Conversations of which it is known that they were counted."""
RULES_S = 600
"""Rules are read after each learning run, and again in each of these spans of seconds."""


def share(conversation: str) -> float:
    """Give the place of a conversation between 0 and 1; every turn of it gets the same agent.

    >>> 0 <= share("c1") < 1
    True
    """
    return int.from_bytes(hashlib.sha256(b"route" + conversation.encode()).digest()[:8], "big") / 2**64


class Router:
    """Chooses among a workspace's agents; learns from Outcomes off the hot path, draws from tables on it.

    Args:
        workspace: Whose.
        settings: The policy and its knobs.
        file: Where the profiles are kept for others to read; None for nowhere.
    """

    def __init__(
        self, workspace: WorkspaceId, settings: RouteSettings, file: MetricsFile | None = None
    ) -> None:
        self.policy: RoutingPolicy = ROUTING_POLICY.get(settings.policy)(settings)
        self.ensemble = Ensemble(least=min(settings.min_width, settings.max_width), most=settings.max_width)
        self.cascade = Cascade(deepest=settings.max_depth)
        self.book = ProfileBook()
        self.now = 0
        """Answers that have settled so far."""
        self.revised = False
        """Has a verdict changed after it was counted? Then only reading everything again is exact."""
        self.agents: tuple[str, ...] = ()
        self.rules: tuple[RoutingRule, ...] = ()
        self._workspace = workspace
        self._file = file
        self._read = False
        self._feed = OutcomeFeed(workspace, remembered=MAX_COUNTED_CONVERSATIONS)
        self._provisional: dict[InteractionId, None] = {}
        """Counted so far by the cascade's own verification alone: counted again once somebody has judged."""
        self._talks: dict[tuple[str, str], InteractionId] = {}
        """Which answer speaks for an agent in a conversation: the first that settled."""
        self._looked: tuple[str | None, int] | None = None
        """For rules: the learning run, and in which ten minutes, for a run may be compared again."""
        self._tables: dict[bool, dict[str, Table]] = {settings.speed: {}}
        """By whether the caller is in a hurry, then by domain."""
        self._lock, self._reading = Lock(), Lock()
        """Of what is known, for as long as a change of it takes; of reading, to its end."""
        self._closed = False

    def open(self, store: Store, agents: Iterable[str]) -> None:
        """Lay out tables for those who may be chosen now, by rules alone; `follow` learns from the facts."""
        with self._lock:
            self._agents_or_rules_changed(store, tuple(sorted(agents)))
            self._rebuild_tables(set)

    def follow(self, store: Store, agents: Iterable[str]) -> int:
        """Learn from what has settled since, and lay out the tables of the domains it concerns.

        Where there is much to read, tables are laid out in between, each time twice as much has been read:
        those who ask meanwhile are served by what is known so far.

        Args:
            store: Where everything is kept.
            agents: Who may be chosen now.

        Returns:
            How many facts were new.
        """
        with self._reading:
            changed, new, laid = {EVERYTHING}, 0, FIRST_LAYING
            for found in map(partial(self._take, store), self._feed.read(store)):
                if self._closed:
                    break
                with self._lock:
                    for one in found:
                        self._learn(one)
                        changed.add(one.facts[0].domain)
                    new += len(found)
                    if new > 2 * laid:
                        laid = new
                        self._rebuild_tables(lambda _: changed)
            self._forget()
            with self._lock:
                self._keep_profiles()
                if self._agents_or_rules_changed(store, tuple(sorted(agents))):
                    self._rebuild_tables(lambda known: changed | known)
                elif new:
                    self._rebuild_tables(lambda _: changed)
            return new

    def prepare_speed(self, speed: bool) -> None:
        """Lay out the tables of callers who are in a hurry, or of those who are not; once is enough."""
        with self._lock:
            if speed not in self._tables:
                self._tables = {**self._tables, speed: {}}
                self._rebuild_tables(lambda _: set(self._tables[not speed]))

    def is_ready(self, speed: bool) -> bool:
        """Say whether these tables are laid out."""
        return speed in self._tables

    def choose(self, conversation: str, domain: str, *, speed: bool = False) -> Choice:
        """Draw who answers: the same for every turn of a conversation while the table stands.

        Raises:
            NotFound: Nobody may answer.
        """
        return draw(self.table(domain, speed=speed), share(conversation))

    def draw_many(
        self, conversation: str, domain: str, *, count: int, speed: bool = False
    ) -> tuple[tuple[str, ...], float]:
        """Draw several agents, and give the chance with which just these are drawn in this order.

        Raises:
            NotFound: Nobody may answer.
        """
        laid, place = self.table(domain, speed=speed), share(conversation)
        draw(laid, place)
        drawn = members(laid, count, place)
        return drawn, chance_of(laid, drawn)

    def reach(self, domain: str, *, speed: bool = False) -> tuple[int, int]:
        """Say how many agents an ensemble asks in a domain, and a cascade at most, given who may be asked."""
        laid = self.table(domain, speed=speed)
        wanted = self.ensemble.width(domain), self.cascade.rung(domain).depth
        width, depth = (len(members(laid, count, 0.0)) for count in wanted)
        return width, depth

    def table(self, domain: str, *, speed: bool = False) -> Table:
        """Give the chances in a domain; those of all together for one that is not known."""
        laid = self._tables.get(speed, {})
        return laid.get(domain) or laid.get(EVERYTHING) or table({})

    def explain(self, domain: str, *, speed: bool = False) -> list[Explanation]:
        """Say of every agent why it has its chance in a domain; with numbers where the policy has beliefs."""
        with self._lock:
            beliefs, made = self._beliefs(), self.table(domain, speed=speed)
            ask = RoutingContext(
                agents=self.agents, domains=(domain,), now=self.now, rules=self.rules, speed=speed
            )
        return explain(beliefs, ask, made)

    def cost(self, agent: str) -> float:
        """Give the mean cost of an agent's answers, as far as the policy knows it; else 0."""
        beliefs = self._beliefs()
        return beliefs.learned.records.get(agent, AgentRecord()).cost if beliefs else 0.0

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

    def _beliefs(self) -> Thompson | None:
        policy = self.policy
        return policy if isinstance(policy, Thompson) else getattr(policy, "beliefs", None)

    def _learn(self, one: SettledOutcome) -> None:
        for fact in one.facts:
            if self._talks.setdefault((one.conversation, fact.agent), one.id) == one.id:
                self.policy = self.policy.update(fact)
        if one.updates_width:
            self.ensemble = self.ensemble.update(one.facts[0])
            self.cascade = self.cascade.update(one.facts[0])
        if one.run:
            self.book.log_run(one.run)

    def _keep_profiles(self, *, at_once: bool = False) -> None:
        if self._file:
            if not self._read:
                self.book.adopt(self._file.read())
            self._file.offer(self.book.profiles, at_once=at_once)
        self._read = True
        if isinstance(self.policy, Threshold):
            self.policy = structs.replace(self.policy, profiles=dict(self.book.profiles))

    def _agents_or_rules_changed(self, store: Store, agents: tuple[str, ...]) -> bool:
        """See whether there are other agents or other rules than before."""
        newest = store.learning_runs.newest_id(self._workspace)
        looked = (newest, int(time.monotonic() / RULES_S))
        if agents == self.agents and looked == self._looked:
            return False
        runs = store.learning_runs.latest(self._workspace) if newest else []
        before = self.agents, self.rules
        self.rules = routing_rules(runs[0].learned.rules, agents) if runs else ()
        self.agents, self._looked = agents, looked
        return before != (self.agents, self.rules)

    def _rebuild_tables(self, wanted: Callable[[set[str]], set[str]]) -> None:
        """Rebuild tables, in and out of speed mode: of the domains wanted, given those there are."""
        made = {}
        for speed, laid in self._tables.items():
            domains = wanted(set(laid)) | ({EVERYTHING} - set(laid))
            ask = RoutingContext(
                agents=self.agents,
                domains=tuple(sorted(domains)),
                now=self.now,
                rules=self.rules,
                speed=speed,
            )
            made[speed] = {**laid, **self.policy.probabilities(ask)}
        self._tables = made

    def _forget(self) -> None:
        """Remember the newest only; what goes goes at once, for the oldest of a dict is slow to find."""
        for talk in list(islice(self._talks, max(0, len(self._talks) - MAX_COUNTED_CONVERSATIONS))):
            del self._talks[talk]
        for ident in list(
            islice(self._provisional, max(0, len(self._provisional) - MAX_COUNTED_CONVERSATIONS))
        ):
            del self._provisional[ident]

    def _take(self, store: Store, changes: Sequence[Change]) -> list[SettledOutcome]:
        """Read changes for everything that learns from them: each outcome once, a provisional one twice."""
        self.revised |= any(
            one.is_revision and one.outcome.interaction not in self._provisional for one in changes
        )
        fresh = [one for one in changes if one.is_settled and self._counts(one)]
        ids = [one.outcome.interaction for one in fresh]
        turns = {one.id: one for one in store.interactions.headers(self._workspace, ids)}
        said: dict[InteractionId, list[Feedback]] = defaultdict(list)
        for signal in store.feedback.about(self._workspace, ids):
            said[signal.interaction].append(signal)
        made: list[SettledOutcome] = []
        for one in (change.outcome for change in fresh):
            if one.interaction in turns:
                again, at = one.interaction in self._provisional, self.now + len(made)
                found = outcome_to_facts(
                    one, turns[one.interaction], said[one.interaction], at=at, again=again
                )
                if not (again and found.provisional):
                    made.append(found)
                self._provisional.pop(one.interaction, None)
                if found.provisional:
                    self._provisional[one.interaction] = None
        self.now += len(made)
        return made

    def _counts(self, change: Change) -> bool:
        return not change.was_settled or change.outcome.interaction in self._provisional
