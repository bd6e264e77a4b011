"""What is forgotten, by age or on demand? Verbs of this stage: `erase` and `purge`."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Struct

from upspiral.capture.config import CaptureSettings
from upspiral.capture.rater_model import explain_weight
from upspiral.capture.record import refold
from upspiral.domain import Erasure, Example, ExampleKind, Interaction, ModelVersion, Pattern, to_rater_key
from upspiral.domain.access import hash_subject
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
from upspiral.lexical import tokenize
from upspiral.store import Store
from upspiral.store.repositories.interactions import Names
from upspiral.store.rows import Rows

BATCH_ROWS = 1000
"""Interactions looked at together."""
NOBODY_LEFT = "erased"
"""Name of a pattern or a slice of which no word is left."""
N = TypeVar("N", bound=Struct)


class _Subject(Struct, frozen=True):
    """Whom or what an erasure is about."""

    workspace: WorkspaceId
    end_user: str | None
    conversation: str | None
    names: list[Names]

    @property
    def ids(self) -> list[InteractionId]:
        return [one.id for one in self.names]

    @property
    def column(self) -> dict[str, str]:
        """The column that tells its Interactions, with the value."""
        if self.end_user is not None:
            return {"end_user": self.end_user}
        return {"conversation": self.conversation or ""}


def erase(
    store: Store,
    workspace: WorkspaceId,
    *,
    end_user: str | None = None,
    conversation: str | None = None,
    settings: CaptureSettings,
    now: datetime,
    ident: ErasureId,
) -> Erasure:
    """Erase everything about one end user, or one conversation; all of it happens, or nothing.

    What a person said of others' answers goes too, and those Outcomes are folded again. So does what was
    derived: cases, rewrites, items of memories, answers in reports, early feedback, words of patterns. Marked
    and named are the datasets that held some of it, and every model that learned from one or goes on from one
    that did; named, too, are the versions whose memory held some of it or whose words were drafted from such
    a dataset. Files are still to be deleted.

    Args:
        store: Where everything is kept.
        workspace: Whose.
        end_user: Whom it is about, as stored.
        conversation: Which one it is about.
        settings: By which Outcomes are folded.
        now: The present moment.
        ident: The id of the record that is kept of it.

    Raises:
        InvalidInput: Neither or both were named.
    """
    if (end_user is None) == (conversation is None):
        raise InvalidInput("Say whom or what to erase.", hint="Give end_user or conversation, one of them.")
    with store.transaction():
        whom = _find_subject(store, workspace, end_user, conversation)
        store.interactions.lock(workspace, whom.ids)
        examples = _find_examples(store, whom)
        datasets = sorted({example.dataset for example in examples})
        versions = {*_forget_remembered(store, whom), *_find_drafted(store, workspace, datasets)}
        models = _models_trained_on(store, workspace, datasets)
        files = sorted(store.attachment_uses.list_files_of(workspace, whom.ids))
        _forget_derived(store, whom, examples)
        feedback = _forget_facts(store, workspace, whom.names)
        feedback += _forget_rater(store, whom, settings=settings, now=now)
        store.datasets.mark_erased(workspace, datasets)
        store.model_versions.mark_erased(workspace, [model.id for model in models])
        made = Erasure(
            id=ident,
            workspace=workspace,
            at=now,
            subject=hash_subject(workspace, end_user=end_user, conversation=conversation),
            interactions=len(whom.ids),
            feedback=feedback,
            examples=len(examples),
            datasets=tuple(datasets),
            models=tuple(ModelVersionId(model.id) for model in models),
            versions=tuple(sorted(versions)),
            files=tuple(files),
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


def _find_subject(
    store: Store, workspace: WorkspaceId, end_user: str | None, conversation: str | None
) -> _Subject:
    column, value = ("end_user", end_user) if end_user is not None else ("conversation", conversation)
    names = store.interactions.names_of(workspace, column, value or "")
    return _Subject(workspace, end_user, conversation, names)


def _find_examples(store: Store, whom: _Subject) -> list[Example]:
    """Give the cases made from what happened, and those whose answer the person wrote for somebody else."""
    found = store.examples.about(whom.workspace, whom.ids)
    if whom.end_user:
        known = {one.id for one in found}
        written = store.examples.list_by_source(whom.workspace, ExampleKind.CORRECTION, whom.end_user)
        found += [one for one in written if one.id not in known]
    return found


def _forget_rater(store: Store, whom: _Subject, *, settings: CaptureSettings, now: datetime) -> int:
    """Forget what a person weighs as a rater, labeled, and said of others; give how many signals."""
    workspace, name = whom.workspace, whom.end_user
    if not name:
        return 0
    store.pair_labels.remove_each(workspace, "rater", [name])
    store.examples.forget_public(workspace, name)
    raters = {to_rater_key(source, name) for source in FAMILIES}
    for one in store.rater_weights.list_rows(workspace):
        if one.voice in raters:
            store.rater_weights.forget_ids(workspace, [one.id])
        elif raters.intersection(one.bloc + one.in_step):
            bloc, step = (tuple(v for v in mates if v not in raters) for mates in (one.bloc, one.in_step))
            left = msgspec.structs.replace(one, bloc=bloc, in_step=step)
            store.rater_weights.upsert(msgspec.structs.replace(left, reason=explain_weight(left)))
    return _forget_said(store, workspace, name, settings=settings, now=now)


def _forget_said(
    store: Store, workspace: WorkspaceId, name: str, *, settings: CaptureSettings, now: datetime
) -> int:
    """Forget what a person said of others' answers, as a rating or by a label; give how many signals."""
    store.early_feedback.forget_said_by(workspace, name)
    said = store.feedback.list_said_by(workspace, name)
    about = sorted({one.interaction for one in said})
    store.interactions.lock(workspace, about)
    store.feedback.remove_each(workspace, "id", [one.id for one in said])
    if others := store.interactions.many(workspace, about):
        refold(store, others, settings=settings, now=now)
    return len(said)


def _forget_derived(store: Store, whom: _Subject, examples: list[Example]) -> None:
    workspace, ids = whom.workspace, whom.ids
    store.rewrites.forget_about(workspace, ids)
    store.examples.remove_each(workspace, "id", [one.id for one in examples])
    store.attempts.forget_all(workspace)  # answers kept for repeated requests quote what was sent
    store.reservations.forget_answers(workspace)  # as do those kept for a night that is under way
    gone = {example.id for example in examples}
    words = _list_words(store.interactions.many(workspace, ids))
    for dataset in sorted({example.dataset for example in examples}):
        for report in store.eval_reports.of_dataset(workspace, dataset):
            pairs = tuple(pair for pair in report.pairs if pair.example not in gone)
            store.eval_reports.upsert(msgspec.structs.replace(report, pairs=pairs))
        _rename_slices(store, workspace, dataset, words)
    hidden = set(ids)
    touched = [one for one in store.patterns.list_rows(workspace) if not hidden.isdisjoint(one.members)]
    left = [_forget_member(store, pattern, hidden) for pattern in touched]
    store.patterns.upsert(*left)
    renamed = [old.name for old, new in zip(touched, left, strict=True) if old.name != new.name]
    if renamed:
        _rename(store.approvals, store.approvals.list_rows(workspace), renamed)


def _forget_member(store: Store, pattern: Pattern, hidden: Collection[InteractionId]) -> Pattern:
    """Leave of a pattern only the words that stand in what others wrote as well."""
    members = tuple(member for member in pattern.members if member not in hidden)
    terms = pattern.terms
    if not pattern.conditions:
        words = _list_words(store.interactions.many(pattern.workspace, members))
        terms = tuple(term for term in terms if words.issuperset(tokenize(term)))
    said = f"{pattern.failures} of {pattern.conversations} conversations of this kind failed."
    name = pattern.name if pattern.conditions else " · ".join(terms[:3]) or NOBODY_LEFT
    return msgspec.structs.replace(pattern, members=members, terms=terms, description=said, name=name)


def _list_words(given: Iterable[Interaction]) -> set[str]:
    return {word for one in given for word in tokenize(f"{one.question}\n{one.answer}")}


def _rename_slices(store: Store, workspace: WorkspaceId, dataset: DatasetId, words: Collection[str]) -> None:
    """Rename the slices of a Dataset that bear a word which nobody else in it wrote.

    Args:
        store: Where everything is kept.
        workspace: Whose.
        dataset: From which the cases are gone already.
        words: Those of whom is erased.
    """
    left = store.examples.of_dataset(workspace, dataset)
    texts = ("\n".join([*(message.content for message in one.messages), one.answer]) for one in left)
    lost = set(words).difference(word for text in texts for word in tokenize(text))
    reports = store.eval_reports.of_dataset(workspace, dataset)
    slices = {one.slice for one in left} | {one.name for report in reports for one in report.slices}
    names = [name for name in slices if not lost.isdisjoint(tokenize(name))]
    if not names:
        return
    labels = [label for report in reports for label in store.pair_labels.of_report(workspace, report.id)]
    decided = store.gate_decisions.list_about(workspace, [report.id for report in reports])
    _rename(store.examples, left, names)
    _rename(store.eval_reports, reports, names)
    _rename(store.pair_labels, labels, names)
    _rename(store.gate_decisions, decided, names)


def _rename(rows: Rows[N], given: Iterable[N], names: Collection[str]) -> None:
    """Put another name in the place of some, wherever they stand in rows."""
    for one in given:
        text = msgspec.json.encode(one).decode()
        left = text
        for name in sorted(names, key=len, reverse=True):
            left = left.replace(msgspec.json.encode(name).decode()[1:-1], NOBODY_LEFT)
        if left != text:
            rows.upsert(msgspec.json.decode(left, type=type(one)))


def _forget_remembered(store: Store, whom: _Subject) -> list[AgentVersionId]:
    """Take what was learned from Interactions out of every memory; give the versions that showed it.

    A memory outlives the records that it was built from, so its items say themselves whose they are.
    """
    workspace = whom.workspace
    found = store.memory_items.about(workspace, whom.ids, **whom.column)
    if whom.end_user:
        found += store.memory_items.list_by_source(workspace, ExampleKind.CORRECTION, whom.end_user)
    held: dict[MemoryId, set[MemoryItemId]] = {}
    for item in found:
        held.setdefault(item.memory, set()).add(item.id)
    store.memory_items.forget(workspace, {ident for items in held.values() for ident in items})
    for memory, items in sorted(held.items()):
        store.memories.mark_erased(workspace, memory, items)
    return [one.id for one in store.agent_versions.list_with_memory(workspace, held)]


def _find_drafted(
    store: Store, workspace: WorkspaceId, datasets: Collection[DatasetId]
) -> list[AgentVersionId]:
    """Give the versions that nights drafted from the datasets: their rules or instructions may quote them."""
    nights = {one.cycle for one in store.datasets.many(workspace, datasets) if one.cycle}
    tried = [trial for night in sorted(nights) for trial in store.lever_trials.of(workspace, night)]
    return [trial.candidate for trial in tried if trial.candidate]


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
