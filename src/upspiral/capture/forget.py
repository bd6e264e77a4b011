"""What is forgotten, by age or on demand? Verbs of this stage: `erase` and `purge`."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec

from upspiral.capture.rater_model import explain_weight
from upspiral.domain import Erasure, Example, ModelVersion, to_rater_key
from upspiral.domain.feedback import FAMILIES
from upspiral.domain.ids import (
    AgentVersionId,
    DatasetId,
    ErasureId,
    InteractionId,
    MemoryId,
    MemoryItemId,
    ModelVersionId,
    WorkspaceId,
)
from upspiral.errors import InvalidInput
from upspiral.store import Store
from upspiral.store.repositories.interactions import Names

BATCH_ROWS = 1000
"""Interactions looked at together."""


def erase(
    store: Store,
    workspace: WorkspaceId,
    *,
    end_user: str | None = None,
    conversation: str | None = None,
    now: datetime,
    ident: ErasureId,
) -> Erasure:
    """Erase everything about one end user, or one conversation; all of it happens, or nothing.

    What was derived goes too: teaching cases, rewrites, items of memories, answers in reports, early
    feedback, and examples in the words of patterns. Datasets that held some of it are marked, and so is every
    model that learned from them, or goes on from one that did. Both are named in what is given back, and so
    are the versions whose memory held some of it.

    Args:
        store: Where everything is kept.
        workspace: Whose.
        end_user: Whom it is about, as stored.
        conversation: Which one it is about.
        now: The present moment.
        ident: The id of the record that is kept of it.

    Raises:
        InvalidInput: Neither or both were named.
    """
    if (end_user is None) == (conversation is None):
        raise InvalidInput("Say whom or what to erase.", hint="Give end_user or conversation, one of them.")
    column, value = ("end_user", end_user) if end_user is not None else ("conversation", conversation)
    with store.transaction():
        found = store.interactions.names_of(workspace, column, value or "")
        ids = [one.id for one in found]
        store.interactions.lock(workspace, ids)
        examples = store.examples.about(workspace, ids)
        datasets = sorted({example.dataset for example in examples})
        versions = _forget_remembered(store, workspace, ids, **{column: value or ""})
        models = _models_trained_on(store, workspace, datasets)
        _forget_derived(store, workspace, ids, examples)
        feedback = _forget_facts(store, workspace, found)
        if end_user:
            _forget_rater(store, workspace, end_user)
        store.datasets.mark_erased(workspace, datasets)
        store.model_versions.mark_erased(workspace, [model.id for model in models])
        subject = hashlib.sha256(f"{workspace}\x1f{end_user}\x1f{conversation}".encode()).hexdigest()
        made = Erasure(
            id=ident,
            workspace=workspace,
            at=now,
            subject=subject,
            interactions=len(ids),
            feedback=feedback,
            examples=len(examples),
            datasets=tuple(datasets),
            models=tuple(ModelVersionId(model.id) for model in models),
            versions=versions,
        )
        store.erasures.add(made)
    return made


def purge(store: Store, workspace: WorkspaceId, *, before: datetime, limit: int = BATCH_ROWS) -> int:
    """Forget the facts of Interactions older than a moment, at most so many; give how many there were."""
    old = store.interactions.names_before(workspace, before, limit)
    with store.transaction():
        if old:
            store.interactions.lock(workspace, [one.id for one in old])
            _forget_facts(store, workspace, old)
        else:
            store.spans.forget(workspace, before)
            store.early_feedback.forget(workspace, before)
            store.attempts.forget(workspace, before)
            store.reservations.forget(workspace, before)
    return len(old)


def _forget_facts(store: Store, workspace: WorkspaceId, given: Collection[Names]) -> int:
    """Forget what happened, without reading it; give how many signals were about it."""
    ids = [one.id for one in given]
    names = {name for one in given for name in (one.id, one.client_id, one.conversation, one.trace) if name}
    feedback = store.feedback.forget_about(workspace, ids)
    store.outcomes.forget_about(workspace, ids)
    store.attachment_uses.forget_about(workspace, ids)
    store.participants.forget_about(workspace, ids)
    store.choices.forget_about(workspace, ids)
    store.shadow_answers.forget_about(workspace, ids)
    store.early_feedback.forget_named(workspace, names)
    store.interactions.forget_ids(workspace, ids)
    traces = {one.trace for one in given if one.trace}
    left = store.interactions.traces_left(workspace, traces)
    store.spans.forget_traces(workspace, traces - left)
    return feedback


def _forget_rater(store: Store, workspace: WorkspaceId, name: str) -> None:
    """Forget what a person weighs as a rater and labeled, and the name in the blocs of others."""
    store.pair_labels.remove_each(workspace, "rater", [name])
    raters = {to_rater_key(source, name) for source in FAMILIES}
    for one in store.rater_weights.list_rows(workspace):
        if one.voice in raters:
            store.rater_weights.forget_ids(workspace, [one.id])
        elif raters.intersection(one.bloc + one.in_step):
            bloc, step = (tuple(v for v in mates if v not in raters) for mates in (one.bloc, one.in_step))
            left = msgspec.structs.replace(one, bloc=bloc, in_step=step)
            store.rater_weights.upsert(msgspec.structs.replace(left, reason=explain_weight(left)))


def _forget_derived(
    store: Store, workspace: WorkspaceId, ids: list[InteractionId], examples: list[Example]
) -> None:
    store.rewrites.forget_about(workspace, ids)
    store.examples.forget_about(workspace, ids)
    store.attempts.forget_all(workspace)  # answers kept for repeated requests quote what was sent
    store.reservations.forget_answers(workspace)  # as do those kept for a night that is under way
    gone = {example.id for example in examples}
    for dataset in sorted({example.dataset for example in examples}):
        for report in store.eval_reports.of_dataset(workspace, dataset):
            pairs = tuple(pair for pair in report.pairs if pair.example not in gone)
            store.eval_reports.upsert(msgspec.structs.replace(report, pairs=pairs))
    hidden = set(ids)
    for pattern in store.patterns.list_rows(workspace):
        if hidden.isdisjoint(pattern.members):
            continue
        members = tuple(member for member in pattern.members if member not in hidden)
        said = f"{pattern.failures} of {pattern.conversations} conversations of this kind failed."
        name = pattern.name if pattern.conditions else " · ".join(pattern.terms[:3]) or pattern.name
        store.patterns.upsert(msgspec.structs.replace(pattern, members=members, description=said, name=name))


def _forget_remembered(
    store: Store, workspace: WorkspaceId, ids: list[InteractionId], **whose: str
) -> tuple[AgentVersionId, ...]:
    """Take what was learned from Interactions out of every memory; give the versions that showed it.

    A memory outlives the records that it was built from, so its items say themselves whose they are.
    """
    held: dict[MemoryId, list[MemoryItemId]] = {}
    for item in store.memory_items.about(workspace, ids, **whose):
        held.setdefault(item.memory, []).append(item.id)
    store.memory_items.forget(workspace, {ident for items in held.values() for ident in items})
    for memory, items in sorted(held.items()):
        store.memories.mark_erased(workspace, memory, items)
    return tuple(one.id for one in store.agent_versions.list_with_memory(workspace, held))


def _models_trained_on(
    store: Store, workspace: WorkspaceId, datasets: Iterable[DatasetId]
) -> list[ModelVersion]:
    """Give the models that learned from the datasets, and those that go on from one of them."""
    every = store.model_versions.list_rows(workspace)
    bases = {job.id: job.base for job in store.training_jobs.list_rows(workspace)}
    wanted = set(datasets)
    found = {model.id: model for model in every if model.dataset in wanted}
    while True:
        more = [m for m in every if m.id not in found and m.job and bases.get(m.job) in found]
        if not more:
            return [found[ident] for ident in sorted(found)]
        found |= {model.id: model for model in more}
