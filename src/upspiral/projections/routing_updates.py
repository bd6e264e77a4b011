"""Which judged answers has the router not learned from yet? Each counts once, however late it comes."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TypeVar

from upspiral.domain.ids import InteractionId, WorkspaceId
from upspiral.projections.feed import Change, OutcomeFeed
from upspiral.route.base import Fact
from upspiral.route.facts import SettledOutcome, outcome_to_facts
from upspiral.store import Store

K = TypeVar("K")
V = TypeVar("V")
MAX_COUNTED_CONVERSATIONS = 50_000
"""Conversations that are remembered as counted."""


class RoutingUpdates:
    """Reads what was judged in a workspace since the last time.

    A policy only ever adds facts, it cannot subtract one. So an answer whose verdict changes after it was
    counted is not counted again: `revised` is set, and whoever needs exact numbers reads everything again.
    The one exception is a provisional verdict, given by the cascade's own verification: it moved only the
    cascade's own statistics, and the verdict of a person that follows is counted as if it were the first.

    Args:
        workspace: Whose answers.
    """

    def __init__(self, workspace: WorkspaceId) -> None:
        self._workspace = workspace
        self._feed = OutcomeFeed(workspace, remembered=MAX_COUNTED_CONVERSATIONS)
        self.count = 0
        """Judged answers so far; the clock by which old ones are discounted."""
        self.revised = False
        """Has a verdict changed after it was counted?"""
        self._provisional: dict[InteractionId, None] = {}
        """Judged so far by the cascade's own verification alone."""
        self._first_by_conversation: dict[tuple[str, str], InteractionId] = {}
        """By conversation and agent: the answer that was settled first, which is the one that counts."""

    def read(self, store: Store) -> Iterator[list[SettledOutcome]]:
        """Give what is new, oldest first, in batches."""
        for changes in self._feed.read(store):
            yield self._take(store, changes)
        _keep_newest(self._first_by_conversation)
        _keep_newest(self._provisional)

    def select_facts(self, one: SettledOutcome) -> list[Fact]:
        """Give the facts of an answer that count: those of the first settled one of each conversation.

        Turns of one conversation are no independent evidence: the agent stays the same for all of them, and
        a satisfied or an angry customer rates each alike.
        """
        first = self._first_by_conversation
        return [
            fact for fact in one.facts if first.setdefault((one.conversation, fact.agent), one.id) == one.id
        ]

    def _take(self, store: Store, changes: Sequence[Change]) -> list[SettledOutcome]:
        self.revised |= any(
            one.is_revision and one.outcome.interaction not in self._provisional for one in changes
        )
        fresh = [one.outcome for one in changes if one.is_judged and self._counts(one)]
        ids = [one.interaction for one in fresh]
        turns = {one.id: one for one in store.interactions.headers(self._workspace, ids)}
        signals = store.feedback.group_about(self._workspace, ids)
        participants = store.participants.of_turns(turns.values())
        made: list[SettledOutcome] = []
        for one in fresh:
            ident = one.interaction
            if ident not in turns:
                continue  # erased since its outcome was read
            again = ident in self._provisional
            found = outcome_to_facts(
                one,
                turns[ident],
                signals[ident],
                at=self.count + len(made),
                participants=participants.get(ident, ()),
                again=again,
            )
            if not (again and found.provisional):  # the same provisional verdict once more says nothing new
                made.append(found)
            self._provisional.pop(ident, None)
            if found.provisional:
                self._provisional[ident] = None
        self.count += len(made)
        return made

    def _counts(self, change: Change) -> bool:
        return not change.was_judged or change.outcome.interaction in self._provisional


def _keep_newest(known: dict[K, V]) -> None:
    """Drop the oldest entries, all at once: to find the oldest of a dict that shrinks is slow."""
    for key in list(islice(known, max(0, len(known) - MAX_COUNTED_CONVERSATIONS))):
        del known[key]
