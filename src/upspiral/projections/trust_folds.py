"""What do all verdicts and deliveries say of each agent? Folded once, then kept up to date."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain
from threading import Lock

from msgspec import Struct
from msgspec.structs import replace

from upspiral.domain import Interaction, Outcome
from upspiral.domain.ids import AgentId, InteractionId, WorkspaceId
from upspiral.domain.rollup import day_of
from upspiral.projections.feed import OutcomeFeed
from upspiral.route.incremental_trust import (
    Delivery,
    IncrementalTrust,
    TrustEvent,
    deliveries,
    delivery,
    median_latency_ms,
    verdicts,
)
from upspiral.route.trust_score import TrustFold
from upspiral.route.trust_summary import AgentTrust
from upspiral.store import Store

RECENT_DELIVERIES = 200
"""Newest Interactions of an agent by which its timeliness and reliability are judged."""
NONE = (0, 0)
DAY = timedelta(days=1)
FULL_COUNT_INTERVAL = timedelta(seconds=60)
"""So often the counts of all days are looked at; in between only those of yesterday and today."""


class _Entry(Struct, frozen=True):
    """What is kept of one agent."""

    folded: IncrementalTrust
    deliveries: tuple[Delivery, ...]
    delivered: TrustFold
    name: str
    seen: tuple[int, int]
    """Interactions, and settled ones, that the daily counts knew when it was last read."""
    gone: int
    """Settled ones that were counted and have since been forgotten."""

    @property
    def summary(self) -> AgentTrust:
        late = self.delivered
        trust = replace(self.folded.trust, timeliness=late.timeliness, reliability=late.reliability)
        trust = replace(trust, known=(*trust.known[:2], *late.known[2:]))
        return AgentTrust(self.name, trust)


class _Counted(Struct, frozen=True):
    """Interactions of each agent, and settled ones, as the daily counts had them."""

    whole: dict[AgentId, tuple[int, int]]
    recent: dict[AgentId, tuple[int, int]]
    """The part of yesterday and today."""
    since: str
    at: datetime


class TrustFolds:
    """Keeps the trust of a workspace's agents up to date; the same as reading everything again."""

    def __init__(self, workspace: WorkspaceId) -> None:
        self._workspace = workspace
        self._entries: dict[AgentId, _Entry] = {}
        self._shown: dict[AgentId, AgentTrust] = {}
        self._feed = OutcomeFeed(workspace)
        self.warm = False
        """Has it read everything once, so that `refresh` is quick?"""
        self._counted: _Counted | None = None
        self._usual_ms = 0.0
        """The workspace's median latency, by the newest answers of every agent."""
        self._lock = Lock()

    def refresh(self, store: Store, *, now: datetime) -> dict[AgentId, AgentTrust]:
        """Count what came or changed since; the first time, read everything.

        A verdict that comes late or changes after 500 others makes its agent be read again. What is said to
        have happened days ago is met within a minute.

        Args:
            store: Where everything is kept.
            now: The present moment.
        """
        with self._lock:
            counts = self._count(store, now)  # first: what comes meanwhile is then met again
            if not self.warm:
                self._feed.skip_to_end(store)
            self._count_changes(store)
            changed = [self._update(store, agent, seen) for agent, seen in counts.items()]
            if any(changed):
                self._compare_latencies()
            self.warm = True
            return dict(self._shown)

    def rebuild(self, store: Store, *, now: datetime) -> int:
        """Read everything again; give how many agents differed from what was kept, on the same verdicts."""
        fresh = TrustFolds(self._workspace)
        fresh.refresh(store, now=now)
        self.refresh(store, now=now)
        with self._lock:
            kept = self._entries
            self._entries, self._shown = fresh._entries, fresh._shown
            self._feed, self._usual_ms = fresh._feed, fresh._usual_ms
        return sum(
            one.folded.settled == kept[agent].folded.settled and one.summary != kept[agent].summary
            for agent, one in fresh._entries.items()
            if agent in kept
        )

    def reset(self) -> None:
        """Start over at the next occasion, as after facts were erased."""
        with self._lock:
            self._entries, self._shown = {}, {}
            self._counted, self.warm, self._usual_ms = None, False, 0.0

    def _count(self, store: Store, now: datetime) -> dict[AgentId, tuple[int, int]]:
        since, known = day_of(now.astimezone(UTC) - DAY), self._counted
        recent = _load_counts(store, self._workspace, since)
        if known is None or known.since != since or now - known.at >= FULL_COUNT_INTERVAL:
            self._counted = known = _Counted(_load_counts(store, self._workspace), recent, since, now)
            return known.whole
        counts = dict(known.whole)
        for agent, (n, settled) in recent.items():
            (all_n, all_settled), (old_n, old_settled) = (
                counts.get(agent, NONE),
                known.recent.get(agent, NONE),
            )
            counts[agent] = (all_n + n - old_n, all_settled + settled - old_settled)
        return counts

    def _count_changes(self, store: Store) -> None:
        changed: dict[AgentId, list[Outcome]] = defaultdict(list)
        for changes in self._feed.read(store):
            ids = [one.outcome.interaction for one in changes]
            participants = store.participants.group_about(self._workspace, ids)
            for outcome in (one.outcome for one in changes):
                others = (one.agent for one in participants.get(outcome.interaction, ()) if one.credited)
                for agent in {outcome.agent, *others} & self._entries.keys():
                    changed[agent].append(outcome)
        for agent, outcomes in changed.items():
            entry = self._entries[agent]
            folded = entry.folded.add(_load_verdicts(store, self._workspace, outcomes))
            if folded is None:
                del self._entries[agent]  # read again below
            else:
                self._set(agent, replace(entry, folded=folded))

    def _update(self, store: Store, agent: AgentId, seen: tuple[int, int]) -> bool:
        """Bring one agent up to date; say whether other answers of it are the newest now."""
        entry = self._entries.get(agent)
        # The feed covers what changed; the counts show what it missed, such as a verdict that was committed
        # later than the feed's lag.
        if entry is None or entry.folded.settled + entry.gone < seen[1]:
            outcomes = _load_outcomes(store, self._workspace, agent)
            folded = _fold_all(_load_verdicts(store, self._workspace, outcomes))
            entry = _Entry(folded, (), TrustFold(), "", (-1, -1), max(0, seen[1] - folded.settled))
        if entry.seen[0] != seen[0]:
            turns = _load_latest(store, self._workspace, agent)
            found = deliveries(turns)
            entry = replace(
                entry, deliveries=found, delivered=delivery(found, self._usual_ms), name=_find_name(turns)
            )
        if entry is not self._entries.get(agent) or entry.seen != seen:
            others = (known := self._entries.get(agent)) is None or known.deliveries != entry.deliveries
            self._set(agent, replace(entry, seen=seen))
            return others
        return False

    def _compare_latencies(self) -> None:
        """Judge everybody's timeliness against the workspace's median, where that has moved."""
        usual = median_latency_ms(chain.from_iterable(one.deliveries for one in self._entries.values()))
        if usual != self._usual_ms:
            self._usual_ms = usual
            for agent, entry in list(self._entries.items()):
                self._set(agent, replace(entry, delivered=delivery(entry.deliveries, usual)))

    def _set(self, agent: AgentId, entry: _Entry) -> None:
        self._entries[agent], self._shown[agent] = entry, entry.summary


def trust_scores(store: Store, workspace: WorkspaceId, *, now: datetime) -> dict[AgentId, AgentTrust]:
    """Fold the trust scores of all agents from the stored facts, whatever is kept."""
    return TrustFolds(workspace).refresh(store, now=now)


def _fold_all(found: list[TrustEvent]) -> IncrementalTrust:
    made = IncrementalTrust().add(found)
    assert made is not None  # noqa: S101 - nothing stands before the first
    return made


def _load_counts(
    store: Store, workspace: WorkspaceId, since: str | None = None
) -> dict[AgentId, tuple[int, int]]:
    """Give how many Interactions each agent has, those that count for several included, and settled ones."""
    counts: dict[AgentId, tuple[int, int]] = {}
    for rows in (store.rollups, store.shared_rollups):
        for row in rows.sums(workspace, "agent", None, since):
            n, settled = counts.get(AgentId(row["key"]), NONE)
            more = int(row["successes"]) + int(row["failures"])
            counts[AgentId(row["key"])] = (n + int(row["n"]), settled + more)
    return counts


def _load_outcomes(store: Store, workspace: WorkspaceId, agent: AgentId) -> list[Outcome]:
    """Give the Outcomes of an agent's Interactions, and of those that count for it."""
    found = {one.interaction: one for one in store.outcomes.of_agent(workspace, agent)}
    shared = store.participants.list_credited(workspace, agent)
    return list((found | store.outcomes.of(workspace, (one for one in shared if one not in found))).values())


def _load_latest(store: Store, workspace: WorkspaceId, agent: AgentId) -> list[Interaction]:
    """Give an agent's newest Interactions, and those that count as its own, newest first."""
    own = store.interactions.latest_headers(workspace, agent, RECENT_DELIVERIES)
    shared = store.participants.list_newest_counted(workspace, agent, RECENT_DELIVERIES)
    if not shared:
        return own
    found = [*own, *store.interactions.headers(workspace, shared)]
    return sorted(found, key=lambda one: (one.at, one.id), reverse=True)[:RECENT_DELIVERIES]


def _load_verdicts(store: Store, workspace: WorkspaceId, outcomes: list[Outcome]) -> list[TrustEvent]:
    told: Mapping[InteractionId, Outcome] = {one.interaction: one for one in outcomes}
    turns = store.interactions.headers(workspace, told)
    return verdicts(turns, told, store.feedback.group_about(workspace, told))


def _find_name(turns: Iterable[Interaction]) -> str:
    return next((turn.metadata["agent_name"] for turn in turns if turn.metadata.get("agent_name")), "")
