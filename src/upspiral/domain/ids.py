"""How is a thing called? Typed ids that sort by time, and ids derived from what they stand for."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NewType

WorkspaceId = NewType("WorkspaceId", str)
AgentId = NewType("AgentId", str)
AgentVersionId = NewType("AgentVersionId", str)
InteractionId = NewType("InteractionId", str)
FeedbackId = NewType("FeedbackId", str)
RaterId = NewType("RaterId", str)
PatternId = NewType("PatternId", str)
DatasetId = NewType("DatasetId", str)
ExampleId = NewType("ExampleId", str)
RewriteId = NewType("RewriteId", str)
JobId = NewType("JobId", str)
ModelVersionId = NewType("ModelVersionId", str)
ReportId = NewType("ReportId", str)
DecisionId = NewType("DecisionId", str)
DeploymentId = NewType("DeploymentId", str)
CycleId = NewType("CycleId", str)
KeyId = NewType("KeyId", str)
ErasureId = NewType("ErasureId", str)
SpanId = NewType("SpanId", str)
MemoryId = NewType("MemoryId", str)
MemoryItemId = NewType("MemoryItemId", str)
BudgetId = NewType("BudgetId", str)
ReservationId = NewType("ReservationId", str)
JudgeVersionId = NewType("JudgeVersionId", str)
VerdictId = NewType("VerdictId", str)
PairId = NewType("PairId", str)
LabelId = NewType("LabelId", str)
NotificationId = NewType("NotificationId", str)
WebhookId = NewType("WebhookId", str)
DeliveryId = NewType("DeliveryId", str)
ShadowId = NewType("ShadowId", str)

LAST_MS = 2**48 - 1
EPOCH, MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
OWN_ID = re.compile(r"[a-z]{2,8}_[0-9a-f]{28}")
DEFAULT_WORKSPACE = WorkspaceId("default")


def mint(prefix: str, *, now: datetime, rng: Random) -> str:
    """Make a new id: the prefix, milliseconds since 1970 in hex, and 64 random bits.

    Args:
        prefix: What kind of thing it names, such as ``int`` or ``fb``.
        now: The moment it is born; later ids sort after earlier ones.
        rng: Where the random bits come from.

    >>> from datetime import UTC
    >>> mint("int", now=datetime(2026, 1, 1, tzinfo=UTC), rng=Random(0))
    'int_019b76daa800629f6fbed82c07cd'
    """
    ms = (now - EPOCH) // MILLISECOND  # exact, where a float would now and then be one less
    return f"{prefix}_{ms:012x}{rng.getrandbits(64):016x}"


def is_own_id(text: str) -> bool:
    """Say whether a text has the form of the ids made here.

    >>> is_own_id("int_019b76daa800629f6fbed82c07cd"), is_own_id("support")
    (True, False)
    """
    return OWN_ID.fullmatch(text) is not None


def derive_at(prefix: str, *parts: str, ms: int) -> str:
    """Make the id that the same parts always give, so that it sorts by time as minted ones do.

    New rows then stand together in the index of ids, however many there are.

    Args:
        prefix: What kind of thing it names.
        parts: What makes it this one.
        ms: Milliseconds since 1970, the same at each repetition.

    >>> derive_at("int", "trace", "span", ms=1_767_225_600_000)[:16]
    'int_019b76daa800'
    """
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    return f"{prefix}_{min(max(ms, 0), LAST_MS):012x}{digest[:16]}"


def derive(prefix: str, *parts: str) -> str:
    """Make the id that the same parts always give, so that an effect repeated finds itself.

    >>> derive("job", "cyc_1", "sft") == derive("job", "cyc_1", "sft")
    True
    >>> derive("job", "a", "bc") == derive("job", "ab", "c")
    False
    """
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    return f"{prefix}_{digest[:28]}"
