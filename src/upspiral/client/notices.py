"""What does a client tell the application's log about records that do not arrive?

Each outage is told once when it is sure, each kind of refusal once between two outages, and at the end how
many records are kept or lost: nobody reads the counters of a program that is over.
"""

import logging
from pathlib import Path

from upspiral.client.delivery import Batch, DeliveryReply

log = logging.getLogger("upspiral.client")

FAILURES_OF_AN_OUTAGE = 2
"""Attempts in a row that must fail before it is told; a single one mends itself as a rule."""


class Notices:
    """Speaks for one sender; used by its thread, and by whoever closes it."""

    def __init__(self, address: str, spool: Path | None) -> None:
        """Make it.

        Args:
            address: Of the server, as messages name it.
            spool: Where records are kept; None where there is no such file.
        """
        self._address, self._spool = address, spool
        self._failures = 0
        self._refused: set[int] = set()

    def hear(self, reply: DeliveryReply) -> None:
        """Take note of an attempt; tell the beginning and the end of an outage."""
        if not reply.passing:
            if self._failures >= FAILURES_OF_AN_OUTAGE:
                self._refused.clear()
                log.info("%s takes records again", self._address)
            self._failures = 0
            return
        self._failures += 1
        if self._failures == FAILURES_OF_AN_OUTAGE:
            log.warning(
                "%s does not take records (%s); they are kept in %s and sent when it does again",
                self._address,
                reply.reason or f"status {reply.status}",
                self._spool or "memory, as far as there is room,",
            )

    def tell_refusal(self, parcel: Batch, reply: DeliveryReply) -> None:
        """Tell that records were refused for good, once for each status."""
        if reply.status in self._refused:
            return
        self._refused.add(reply.status)
        log.warning(
            "%s refused %s: %d %s; refused records are lost, their number is told at the end",
            self._address,
            _count(len(parcel.items), f"record of {parcel.door}", f"records of {parcel.door}"),
            reply.status,
            reply.reason,
        )

    def tell_end(self, *, kept: int, lost: int) -> None:
        """Tell how many records have not arrived."""
        if kept:
            log.warning(
                "%s could not be sent to %s; kept in %s for the next start",
                _count(kept, "record", "records"), self._address, self._spool,
            )  # fmt: skip
        if lost:
            log.warning("%s for %s lost", _count(lost, "record", "records"), self._address)


def _count(number: int, one: str, many: str) -> str:
    """Count in words.

    >>> _count(1, "record", "records"), _count(3, "record", "records")
    ('1 record', '3 records')
    """
    return f"{number} {one if number == 1 else many}"
