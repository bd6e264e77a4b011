"""What does an agent remember? Verified answers to earlier questions, frozen as one set."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct

from upspiral.domain.dataset import ExampleKind
from upspiral.domain.ids import (
    AgentId,
    DatasetId,
    InteractionId,
    MemoryId,
    MemoryItemId,
    WorkspaceId,
    derive,
)


class MemoryItem(Struct, frozen=True, kw_only=True):
    """A question that was asked once, with the answer that was verified."""

    id: MemoryItemId
    """The same in every memory that holds it, so that it can be followed over the versions."""
    workspace: WorkspaceId
    memory: MemoryId
    interaction: InteractionId
    """Where the question was asked."""
    conversation: str
    end_user: str | None = None
    """Who asked, by whom it is found again when that person is erased."""
    question: str
    answer: str
    kind: ExampleKind
    """How the answer came about."""
    source: str = ""
    """The rater, teacher or version that gave the answer."""


class Memory(Struct, frozen=True, kw_only=True):
    """An immutable, content-hashed set of items; only an erasure takes some of them away."""

    id: MemoryId
    """Derived from the agent and the hash."""
    workspace: WorkspaceId
    agent: AgentId
    at: datetime
    sha256: str
    """Over all questions and answers as they were when it was made, and how they are chosen."""
    size: int
    """Items when it was made."""
    dataset: DatasetId | None = None
    """Whose cases it was built from."""
    by: str = "text"
    """How likeness is measured: `text` by its letters and words, `embedding` by an endpoint, or a folder."""
    max_shown: int = 5
    """At most so many items are shown before one request."""
    max_tokens: int = 2000
    """All that are shown have at most about so many tokens."""
    dropped: dict[str, int] = {}
    """Why cases were left out, with their counts."""
    erased: tuple[MemoryItemId, ...] = ()
    """Items of erased persons; their rows are gone, and they are shown no more."""
    erasures: int = 0
    """Grows with every erasure that took something away, so that every server follows."""


def to_item_id(
    workspace: WorkspaceId, interaction: InteractionId, question: str, answer: str
) -> MemoryItemId:
    """Give the id of an item; its hash cannot be guessed from the texts without the Interaction's id."""
    return MemoryItemId(derive("mi", workspace, interaction, question, answer))


def freeze_memory(memory: Memory, items: Iterable[MemoryItem]) -> tuple[Memory, tuple[MemoryItem, ...]]:
    """Give a memory and its items the hash and the ids that follow from what they hold.

    Args:
        memory: With everything but its id, hash and size.
        items: In any order; of several with one id the first is kept.
    """
    kept = {to_item_id(memory.workspace, i.interaction, i.question, i.answer): i for i in reversed([*items])}
    said = [(ident, kept[ident].question, kept[ident].answer) for ident in sorted(kept)]
    how = (memory.by, memory.max_shown, memory.max_tokens)
    digest = derive("sha", msgspec.json.encode((said, how)).decode())
    name = MemoryId(derive("mem", memory.workspace, memory.agent, digest))
    frozen = msgspec.structs.replace(memory, id=name, sha256=digest, size=len(kept))
    return frozen, tuple(
        msgspec.structs.replace(kept[ident], id=ident, workspace=memory.workspace, memory=name)
        for ident in sorted(kept)
    )


def estimate_tokens(text: str) -> int:
    """Estimate the tokens of a text: four bytes each, and some for its role.

    >>> estimate_tokens("Where is my parcel?")
    9
    """
    return len(text.encode()) // 4 + 5
