"""How does one parcel reach the server, and what does the server's answer mean for it?"""

import email.utils
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
from msgspec import Struct

from upspiral.client.wire import ENDPOINTS, Item

if TYPE_CHECKING:
    import httpx2

log = logging.getLogger("upspiral.client")

MOST_BYTES = 900_000
"""Size of one request; a single Item may be larger."""
LONGEST_WAIT_S = 30.0
LONGEST_ASKED_S = 300.0
"""What a server may ask for by Retry-After."""


class Batch(Struct, frozen=True):
    """What one request carries."""

    door: str
    items: tuple[Item, ...]
    key: str
    """Idempotency key, the same over all attempts."""

    def body(self) -> bytes:
        """Write the request's body."""
        plural = ENDPOINTS[self.door].plural
        if plural is None:
            return self.items[0].body
        return b'{"%s":[%s]}' % (plural.encode(), b",".join(item.body for item in self.items))

    def halves(self) -> "tuple[Batch, Batch]":
        """Split it, so that one bad Item does not take the others with it."""
        middle = len(self.items) // 2
        return (
            Batch(self.door, self.items[:middle], uuid4().hex),
            Batch(self.door, self.items[middle:], uuid4().hex),
        )


def parcels(items: Sequence[Item]) -> Iterator[Batch]:
    """Sort Items by door, at most 900 kB together, and give every parcel its own key."""
    for name, door in ENDPOINTS.items():
        here = [item for item in items if item.door == name]
        for group in _groups(here) if door.plural else ([item] for item in here):
            yield Batch(name, tuple(group), uuid4().hex)


def _groups(items: Iterable[Item]) -> Iterator[list[Item]]:
    group: list[Item] = []
    size = 0
    for item in items:
        if group and size + len(item.body) > MOST_BYTES:
            yield group
            group, size = [], 0
        group.append(item)
        size += len(item.body) + 1
    if group:
        yield group


class RefusedItem(Struct, frozen=True):
    """Why one Item of a batch was not taken while others were."""

    index: int
    """Its place in the batch, from 0."""
    status: int
    title: str = ""


class _Refused(Struct, frozen=True):
    """The part of an answer that names them."""

    refused: tuple[RefusedItem, ...] = ()


class DeliveryReply(Struct, frozen=True):
    """What came of one attempt."""

    status: int
    """HTTP status; 0 where no answer came."""
    retry_after_s: float | None = None
    reason: str = ""
    ours: bool = False
    """Did an Upspiral server say so, and not something on the way to it?"""
    refused: tuple[RefusedItem, ...] = ()
    """The Items that were not taken, where the server tells them apart."""

    @property
    def arrived(self) -> bool:
        """Did the server take it?"""
        return 200 <= self.status < 300

    @property
    def passing(self) -> bool:
        """Is it worth trying again?

        >>> [DeliveryReply(status).passing for status in (0, 200, 401, 422, 429, 503)]
        [True, False, False, False, True, True]
        """
        busy = self.status == 409 and self.retry_after_s is not None
        return busy or self.status in {0, 408, 425, 429} or self.status >= 500

    @property
    def concerns_content(self) -> bool:
        """Was it refused for what one of its Items says, so that the others may still arrive?

        A 404 or 409 concerns the content only in the server's own words: a wrong address answers 404 to
        everything, and halving would ask it twice for each Item.

        >>> statuses = (400, 401, 404, 409, 413, 422, 500)
        >>> [DeliveryReply(status, ours=True).concerns_content for status in statuses]
        [True, False, True, True, True, True, False]
        >>> DeliveryReply(404).concerns_content, DeliveryReply(409, 2.0, ours=True).concerns_content
        (False, False)
        """
        if self.arrived or self.passing:
            return False
        return self.status in {400, 413, 422} or (self.ours and self.status in {404, 409, 410})


def pause_s(attempt: int, rng: Random, asked: float | None = None) -> float:
    """Decide how long to wait before the next attempt, in seconds.

    Args:
        attempt: How many have failed, from 1.
        rng: Spreads the clients out, so that they do not come back all at once.
        asked: What the server asked for; never undercut, at most 300.

    >>> [round(pause_s(n, Random(1)), 1) for n in (1, 2, 3, 10)]
    [0.3, 0.6, 1.1, 17.0]
    >>> 5 <= pause_s(1, Random(1), 5) <= 5.5
    True
    """
    if asked is not None:
        return min(asked, LONGEST_ASKED_S) * rng.uniform(1, 1.1)
    return min(0.5 * 2.0 ** min(attempt - 1, 10), LONGEST_WAIT_S) * rng.uniform(0.5, 1)


def retry_after(value: str | None, now: float) -> float | None:
    """Read a Retry-After header: seconds, or a date; ``now`` in seconds since 1970.

    >>> retry_after("7", 0), retry_after("Thu, 01 Jan 1970 00:01:00 GMT", 50), retry_after("soon", 0)
    (7.0, 10.0, None)
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - now
        except ValueError:
            return None
    return max(seconds, 0.0) if seconds < 1e9 else None


class Transport:
    """Carries parcels to one server; used by the sender's thread alone."""

    def __init__(
        self,
        client: "httpx2.Client",
        *,
        rest: Callable[[float], None],
        patient: Callable[[int], bool],
        notice: Callable[[DeliveryReply], None] = lambda _reply: None,
        rng: Random,
    ) -> None:
        """Make a courier.

        Args:
            client: Knows the server's address and the key; closed with the courier.
            rest: Waits so many seconds, or less when somebody is in a hurry.
            patient: Says whether to go on after so many failures in a row.
            notice: Hears every reply, so that an outage can be told.
            rng: Spreads the attempts of many clients out.
        """
        self._client, self._rest, self._patient, self._rng = client, rest, patient, rng
        self._notice = notice
        self._failures = 0
        self.quiet_until = 0.0
        """Until this `time.monotonic()` the server is taken to be away and is not asked."""

    def deliver(self, items: Sequence[Item]) -> Iterator[tuple[Batch, DeliveryReply]]:
        """Bring Items to the server; tell of each parcel what came of it."""
        todo = list(parcels(items))
        while todo:
            parcel = todo.pop(0)
            reply = self._send_with_retry(parcel)
            if reply.refused:
                yield from _split_refused(parcel, reply)
            elif reply.concerns_content and len(parcel.items) > 1:
                todo[:0] = parcel.halves()
            else:
                yield parcel, reply

    def _send_with_retry(self, parcel: Batch) -> DeliveryReply:
        if time.monotonic() < self.quiet_until:
            return DeliveryReply(0, reason="not asked")
        while True:
            reply = self._carry(parcel)
            self._notice(reply)
            if not reply.passing:
                self._failures = 0
                return reply
            self._failures += 1
            wait = pause_s(self._failures, self._rng, reply.retry_after_s)
            log.debug("%s, failure %d: %d %s", parcel.door, self._failures, reply.status, reply.reason)
            if not self._patient(self._failures):
                self.quiet_until = time.monotonic() + wait
                return reply
            self._rest(wait)

    def _carry(self, parcel: Batch) -> DeliveryReply:
        headers = {"Idempotency-Key": parcel.key, "Content-Type": "application/json"}
        try:
            answer = self._client.post(ENDPOINTS[parcel.door].path, content=parcel.body(), headers=headers)
        except Exception as error:
            return DeliveryReply(0, reason=f"{type(error).__name__}: {error}"[:200])
        wait = retry_after(answer.headers.get("Retry-After"), time.time())
        if answer.is_success and answer.status_code != 207:
            return DeliveryReply(answer.status_code, wait)
        ours = answer.headers.get("Content-Type", "").startswith("application/problem+json")
        refused = _refusals(answer.content, len(parcel.items)) if ours or answer.is_success else ()
        return DeliveryReply(answer.status_code, wait, _title(answer), ours, refused)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _refusals(content: bytes, count: int) -> tuple[RefusedItem, ...]:
    """Read which of `count` Items an answer refuses; none where it does not tell them apart."""
    try:
        refused = msgspec.json.decode(content, type=_Refused).refused
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ()
    return tuple(one for one in refused if 0 <= one.index < count)


def _split_refused(parcel: Batch, reply: DeliveryReply) -> Iterator[tuple[Batch, DeliveryReply]]:
    """Give what arrived as one Parcel, and each refused Item as one of its own."""
    refused = {one.index: one for one in reply.refused}
    kept = tuple(item for n, item in enumerate(parcel.items) if n not in refused)
    if kept:
        yield Batch(parcel.door, kept, parcel.key), DeliveryReply(reply.status)
    for place, one in sorted(refused.items()):
        alone = Batch(parcel.door, (parcel.items[place],), parcel.key)
        yield alone, DeliveryReply(one.status, reason=one.title, ours=True)


def _title(answer: "httpx2.Response") -> str:
    try:
        return str(answer.json().get("title", ""))[:200]
    except (ValueError, AttributeError):
        return ""
