"""Build the memory of an agent out of a Dataset: a verb of this stage."""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from upspiral.curate.config import CurateSettings
from upspiral.curate.memorable import CaseEvidence, choose_items
from upspiral.domain import Dataset, Example, Split
from upspiral.domain.ids import MemoryId, WorkspaceId
from upspiral.domain.prompting import Memory, MemoryItem
from upspiral.domain.prompting.memory import freeze_memory
from upspiral.store import Store


def build_memory(
    store: Store,
    dataset: Dataset,
    *,
    before: MemoryId | None = None,
    split: Split = Split.TRAIN,
    settings: CurateSettings,
    redact: Callable[[str], str] = str,
    now: datetime,
) -> Memory:
    """Freeze the verified answers of a Dataset as a memory, or find the one that holds just these.

    It answers nobody until a version names it. What a memory showed is not remembered again as if it were
    new, nor is anything whose erasure came meanwhile.

    Args:
        store: Where everything is kept.
        dataset: Whose cases are remembered.
        before: A memory that the new one goes on from; what it holds is kept.
        split: Which of the cases; never those that prove anything.
        settings: How much is shown before a request.
        redact: Hides secrets and personal data; what it would change is not remembered.
        now: The present moment.

    Returns:
        The memory; its `size` is 0 where nothing could be remembered.
    """
    workspace = dataset.workspace
    with store.transaction():
        asked = [one.interaction for one in store.examples.of(workspace, dataset.id, split)]
        store.interactions.lock(workspace, asked)
        examples = store.examples.of(workspace, dataset.id, split)  # without those erased until then
        kept = store.memory_items.of(workspace, before) if before else []
        items, dropped = choose_items(
            examples,
            replace(_find_evidence(store, workspace, examples), redact=redact),
            before=kept,
            max_tokens=settings.memory_max_tokens,
        )
        newest = sorted(items, key=lambda one: one.interaction)[-settings.memory_max_items :]
        dropped["more than a memory holds"] += len(items) - len(newest)
        memory = _describe(dataset, dict(+dropped), settings=settings, now=now)
        return _write(store, *freeze_memory(memory, newest))


def _find_evidence(store: Store, workspace: WorkspaceId, examples: list[Example]) -> CaseEvidence:
    ids = [one.interaction for one in examples]
    interactions = {one.id: one for one in store.interactions.many(workspace, ids)}
    feedback = store.feedback.group_about(workspace, ids)
    raters = {signal.voice for signals in feedback.values() for signal in signals}
    shown = {name for one in interactions.values() for name in one.shown}
    return CaseEvidence(
        interactions=interactions,
        feedback=feedback,
        weights=store.rater_weights.weights(workspace, raters),
        shown=store.memory_items.find_many(workspace, shown),
    )


def _describe(
    dataset: Dataset, dropped: dict[str, int], *, settings: CurateSettings, now: datetime
) -> Memory:
    return Memory(
        id=MemoryId(""),
        workspace=dataset.workspace,
        agent=dataset.agent,
        at=now,
        sha256="",
        size=0,
        dataset=dataset.id,
        by=settings.memory_by,
        max_shown=settings.memory_shown,
        max_tokens=settings.memory_max_tokens,
        dropped=dropped,
    )


def _write(store: Store, memory: Memory, items: tuple[MemoryItem, ...]) -> Memory:
    """Write a memory with its items; one that is there already stays as it is, with what it has lost."""
    known = store.memories.find(memory.workspace, memory.id)
    if known:
        return known
    store.memories.add(memory)
    store.memory_items.insert_ignore(*items)
    return memory
