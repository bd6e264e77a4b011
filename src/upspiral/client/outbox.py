"""What waits to be sent, how much may wait, and what became of the rest?"""

from collections import deque
from collections.abc import Sequence
from threading import Condition

from upspiral.client.wire import Item

MOST_BYTES = 64 * 1024 * 1024
"""Memory that waiting Items may take, whatever their number."""


class Outbox:
    """A bounded queue between the application's threads and the sender; honest about what was lost."""

    def __init__(self, size: int, batch: int, *, most_bytes: int = MOST_BYTES) -> None:
        self._size, self._batch, self._most_bytes = size, batch, most_bytes
        self._waiting: deque[Item] = deque()
        self._taken: list[Item] = []
        self._bytes = 0
        # A stream may be collected, and so recorded, while this very thread holds the lock: reentrant.
        self._changed = Condition()
        self._hurry = False
        self.closed = False
        self.dropped = 0
        """Items that will never arrive."""

    @property
    def pending(self) -> int:
        """How many Items are neither acknowledged, nor dropped, nor in the spool."""
        return len(self._waiting) + len(self._taken)

    def put(self, item: Item) -> bool:
        """Accept an Item without waiting; False, and counted, where there is no room."""
        with self._changed:
            room = len(self._waiting) < self._size and self._bytes + len(item.body) <= self._most_bytes
            if self.closed or not room:
                self.dropped += 1
                return False
            self._waiting.append(item)
            self._bytes += len(item.body)
            if len(self._waiting) in {1, self._batch}:
                self._changed.notify_all()
            return True

    def drop(self, count: int = 1) -> None:
        """Count Items that were lost before they could be put."""
        with self._changed:
            self.dropped += count

    def take(self, within_s: float, idle_s: float | None = None) -> Sequence[Item]:
        """Wait for a batch; give what there is at the latest ``within_s`` after the first was there.

        Args:
            within_s: How long an Item waits for others.
            idle_s: How long to wait for the first; None for ever.

        Returns:
            Items that stay pending until they are settled; none when there were none, or when closed.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting or self.closed, idle_s):
                return ()
            self._changed.wait_for(
                lambda: len(self._waiting) >= self._batch or self._hurry or self.closed, within_s
            )
            count = min(self._batch, len(self._waiting))
            self._taken = [self._waiting.popleft() for _ in range(count)]
            self._bytes -= sum(len(item.body) for item in self._taken)
            return tuple(self._taken)

    def select_pending(self, items: Sequence[Item]) -> Sequence[Item]:
        """Give those that are still pending, which they are not once everything was given up."""
        with self._changed:
            taken = set(map(id, self._taken))
            return tuple(item for item in items if id(item) in taken)

    def acknowledge(self, items: Sequence[Item], *, dropped: bool = False) -> None:
        """Take Items off what is pending: they arrived or are in the spool, unless said otherwise."""
        gone = set(map(id, items))
        with self._changed:
            before = len(self._taken)
            self._taken = [item for item in self._taken if id(item) not in gone]
            self.dropped += before - len(self._taken) if dropped else 0
            self._changed.notify_all()

    def put_back(self, items: Sequence[Item]) -> None:
        """Let Items that were taken wait again, before all others."""
        back = set(map(id, items))
        with self._changed:
            again = [item for item in self._taken if id(item) in back]
            self._taken = [item for item in self._taken if id(item) not in back]
            self._waiting.extendleft(reversed(again))
            self._bytes += sum(len(item.body) for item in again)

    def hurry(self, wanted: bool) -> None:
        """Let ``take`` stop waiting for a full batch, or wait again."""
        with self._changed:
            self._hurry = wanted
            self._changed.notify_all()

    def wait_hurry(self, seconds: float) -> bool:
        """Wait, unless somebody is or gets in a hurry: then True, at once."""
        with self._changed:
            return self._changed.wait_for(lambda: self._hurry or self.closed, seconds)

    def wait_empty(self, timeout_s: float) -> bool:
        """Wait until nothing is pending; False when the time is over first."""
        with self._changed:
            return self._changed.wait_for(lambda: not self.pending, timeout_s)

    def close(self) -> None:
        """Accept nothing more."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def abandon(self) -> Sequence[Item]:
        """Give up everything pending, to be kept or counted by the caller."""
        with self._changed:
            left = (*self._taken, *self._waiting)
            self._taken, self._bytes = [], 0
            self._waiting.clear()
            self._changed.notify_all()
            return left
