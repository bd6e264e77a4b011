"""What do the facts so far say about whom to choose? A verb of this stage: it follows what has settled."""

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from threading import Lock
from typing import NamedTuple

from msgspec import structs

from upspiral.domain import Choice, Feedback, Status
from upspiral.domain.ids import InteractionId, WorkspaceId
from upspiral.route.base import Ask, RoutingPolicy, RoutingRule, Table, choose, table
from upspiral.route.cascade import Cascade
from upspiral.route.config import RouteSettings
from upspiral.route.ensemble import Ensemble, chance_of, members
from upspiral.route.explain import Explanation, explain
from upspiral.route.learner import Record
from upspiral.route.metrics_file import MetricsFile
from upspiral.route.policies import POLICIES, Thompson, Threshold
from upspiral.route.profiles import Profile, ProfileBook
from upspiral.route.rules import routing_rules
from upspiral.route.settled import EVERYTHING, Settled, settled
from upspiral.store import Store
from upspiral.store.rows import Mark

STEP = 2_000
MOST_DOMAINS = 200
REMEMBERED = 50_000
"""Conversations of which it is known that they were counted."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
RULES_S = 600
"""Rules are read after each learning run, and again in each of these spans of seconds."""
BACK = timedelta(seconds=60)
"""Outcomes may be committed so long after the moment they carry: a writer's queue, locks, other clocks."""


class Counted(NamedTuple):
    """What is remembered of an Outcome that was counted."""

    at: datetime
    """When it was folded."""
    provisional: bool = False
    """Will it be counted again, once somebody else has judged?"""


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
        self.policy: RoutingPolicy = POLICIES[settings.policy](settings)
        self.ensemble = Ensemble(least=min(settings.min_width, settings.max_width), most=settings.max_width)
        self.cascade = Cascade(deepest=settings.max_depth)
        self.book = ProfileBook()
        self.now = 0
        """Answers that have settled so far."""
        self.revised = False
        """Has a verdict changed after it was counted? Then only reading everything anew is exact."""
        self.agents: tuple[str, ...] = ()
        self.rules: tuple[RoutingRule, ...] = ()
        self._workspace = workspace
        self._file = file
        self._read = False
        self._since = BEGINNING
        self._counted: dict[str, Counted] = {}
        self._talks: dict[tuple[str, str], InteractionId] = {}
        """Which answer speaks for an agent in a conversation: the first that settled."""
        self._forgotten = BEGINNING
        """Of Outcomes that settled until then nothing has to be remembered: they were counted."""
        self._looked: tuple[str | None, int] | None = None
        """For rules: the learning run, and in which ten minutes, for a run may be held against facts anew."""
        self._tables: dict[bool, dict[str, Table]] = {settings.speed: {}}
        """By whether the caller is in a hurry, then by domain."""
        self._lock, self._reading = Lock(), Lock()
        """Of what is known, for as long as a change of it takes; of reading, to its end."""
        self._closed = False

    def open(self, store: Store, agents: Iterable[str]) -> None:
        """Lay out tables for those who may be chosen now, by rules alone; `follow` learns from the facts."""
        with self._lock:
            self._others(store, tuple(sorted(agents)))
            self._lay(set)

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
            changed, new, laid = {EVERYTHING}, 0, STEP
            for found in self._unseen(store):
                with self._lock:
                    for one in found:
                        self._learn(one)
                        changed.add(one.facts[0].domain)
                    new += len(found)
                    if new > 2 * laid:
                        laid = new
                        self._lay(lambda _: changed)
            with self._lock:
                self._keep_profiles()
                if self._others(store, tuple(sorted(agents))):
                    self._lay(lambda known: changed | known)
                elif new:
                    self._lay(lambda _: changed)
            return new

    def hurry(self, speed: bool) -> None:
        """Lay out the tables of callers who are in a hurry, or of those who are not; once is enough."""
        with self._lock:
            if speed not in self._tables:
                self._tables = {**self._tables, speed: {}}
                self._lay(lambda _: set(self._tables[not speed]))

    def is_ready(self, speed: bool) -> bool:
        """Say whether these tables are laid out."""
        return speed in self._tables

    def choose(self, conversation: str, domain: str, *, speed: bool = False) -> Choice:
        """Draw who answers: the same for every turn of a conversation while the table stands.

        Raises:
            NotFound: Nobody may answer.
        """
        return choose(self.table(domain, speed=speed), share(conversation))

    def several(
        self, conversation: str, domain: str, *, count: int, speed: bool = False
    ) -> tuple[tuple[str, ...], float]:
        """Draw several agents, and give the chance with which just these are drawn in this order.

        Raises:
            NotFound: Nobody may answer.
        """
        laid, place = self.table(domain, speed=speed), share(conversation)
        choose(laid, place)
        drawn = members(laid, count, place)
        return drawn, chance_of(laid, drawn)

    def table(self, domain: str, *, speed: bool = False) -> Table:
        """Give the chances in a domain; those of all together for one that is not known."""
        laid = self._tables.get(speed, {})
        return laid.get(domain) or laid.get(EVERYTHING) or table({})

    def explained(self, domain: str, *, speed: bool = False) -> list[Explanation]:
        """Say of every agent why it has its chance in a domain; with numbers where the policy has beliefs."""
        with self._lock:
            beliefs, made = self._beliefs(), self.table(domain, speed=speed)
            ask = Ask(agents=self.agents, domains=(domain,), now=self.now, rules=self.rules, speed=speed)
        return explain(beliefs, ask, made)

    def cost(self, agent: str) -> float:
        """Give the mean cost of an agent's answers, as far as the policy knows it; else 0."""
        beliefs = self._beliefs()
        return beliefs.learned.records.get(agent, Record()).cost if beliefs else 0.0

    def adopt(self, profiles: Mapping[str, Profile]) -> None:
        """Take over profiles from elsewhere, as far as they count more than is known; kept in the file."""
        with self._lock:
            self.book.adopt(profiles)
            if self._file:
                self._file.wanted = True
            self._keep_profiles(at_once=True)
            self._lay(set)

    def close(self) -> None:
        """Read no further, and write what is not written yet."""
        self._closed = True
        with self._lock:
            self._keep_profiles(at_once=True)

    def _beliefs(self) -> Thompson | None:
        policy = self.policy
        return policy if isinstance(policy, Thompson) else getattr(policy, "beliefs", None)

    def _learn(self, one: Settled) -> None:
        for fact in one.facts:
            if self._talks.setdefault((one.conversation, fact.agent), one.id) == one.id:
                self.policy = self.policy.update(fact)
        if one.tunes:
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

    def _others(self, store: Store, agents: tuple[str, ...]) -> bool:
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

    def _lay(self, wanted: Callable[[set[str]], set[str]]) -> None:
        """Lay out tables anew, in and out of a hurry: of the domains wanted, given those there are."""
        made = {}
        for speed, laid in self._tables.items():
            domains = wanted(set(laid)) | ({EVERYTHING} - set(laid))
            ask = Ask(
                agents=self.agents,
                domains=tuple(sorted(domains))[:MOST_DOMAINS],
                now=self.now,
                rules=self.rules,
                speed=speed,
            )
            made[speed] = {**laid, **self.policy.probabilities(ask)}
        self._tables = made

    def _unseen(self, store: Store) -> Iterator[list[Settled]]:
        """Read what has settled and was not counted, in pieces, from a little before the last one known."""
        mark, read = Mark(self._since - BACK, ""), STEP
        while read == STEP and not self._closed:
            marks = store.outcomes.settled_after(self._workspace, mark, STEP)
            self._note_revised(marks)
            if fresh := [one for one in marks if self._is_fresh(one)]:
                yield self._settled(store, [InteractionId(one.id) for one in fresh])
            read, mark = len(marks), marks[-1] if marks else mark
        self._forget()

    def _forget(self) -> None:
        """Remember the newest only; what goes goes at once, for the oldest of a dict is slow to find."""
        for talk in list(islice(self._talks, max(0, len(self._talks) - REMEMBERED))):
            del self._talks[talk]
        for ident in list(islice(self._counted, max(0, len(self._counted) - REMEMBERED))):
            self._forgotten = max(self._forgotten, self._counted.pop(ident).at)

    def _note_revised(self, marks: Sequence[Mark]) -> None:
        for mark in marks:
            known = self._counted.get(mark.id)
            if known and known.at != mark.at and not known.provisional:
                self.revised = True
                self._counted[mark.id] = known._replace(at=mark.at)

    def _is_fresh(self, mark: Mark) -> bool:
        known = self._counted.get(mark.id)
        return known is None or (known.provisional and known.at != mark.at)

    def _settled(self, store: Store, ids: Sequence[InteractionId]) -> list[Settled]:
        turns = {one.id: one for one in store.interactions.lean(self._workspace, ids)}
        said: dict[InteractionId, list[Feedback]] = defaultdict(list)
        for signal in store.feedback.about(self._workspace, ids):
            said[signal.interaction].append(signal)
        made: list[Settled] = []
        for one in store.outcomes.of(self._workspace, ids).values():
            if one.status == Status.UNKNOWN:
                continue  # since the marks were read
            before = self._counted.pop(one.interaction, None)
            self._since = max(self._since, one.at)
            self._counted[one.interaction] = Counted(one.at)
            forgotten = before is None and one.settled is not None and one.settled <= self._forgotten
            if one.interaction in turns and not forgotten:
                turn, at = turns[one.interaction], self.now + len(made)
                found = settled(one, turn, said[one.interaction], at=at, again=before is not None)
                if before is None or not found.provisional:
                    made.append(found)
                self._counted[one.interaction] = Counted(one.at, found.provisional)
        self.now += len(made)
        return made
