"""Build the Dataset of a night: the verb of this stage."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from upspiral.curate.answers import choose_answer, select_unanswered
from upspiral.curate.config import CurateSettings
from upspiral.curate.formats import sha256
from upspiral.curate.public.caps import KnownPublic, limit_public
from upspiral.curate.recorded.draw import draw_recorded
from upspiral.curate.rewrite import RewriteJob, ask
from upspiral.curate.select import (
    Case,
    drop_erased,
    failures,
    sample_stratified,
    select_lukewarm,
    successes,
)
from upspiral.curate.settled import to_example, write_dataset
from upspiral.curate.split import NOTHING_MORE, SAME_QUESTION, KeptBack, Parts, split
from upspiral.curate.topics import name_by_patterns, topics
from upspiral.domain import (
    Cycle,
    Dataset,
    ExampleKind,
    Feedback,
    Interaction,
    Outcome,
    Pattern,
    Rewrite,
    Split,
    Window,
    conversations,
)
from upspiral.domain.ids import DatasetId, InteractionId, derive
from upspiral.domain.judgment.random_sample import count_drawn_wrong, find_verdicts
from upspiral.providers.base import ChatModel
from upspiral.scorers.base import Scorer
from upspiral.store import Store


async def build(
    store: Store,
    cycle: Cycle,
    *,
    window: Window | None = None,
    teacher: ChatModel | None,
    scorer: Scorer,
    settings: CurateSettings,
    kept: KeptBack = NOTHING_MORE,
    now: datetime,
) -> Dataset:
    """Build the Dataset of a night, or find the one that was built before.

    Every answer of the teacher is stored as it arrives, under what it was shown, so that a repetition and
    later nights ask only what is missing.

    Args:
        store: Where everything is kept.
        cycle: The night, with the Patterns it found and the window it learns from.
        window: What of the agent the night learns from; None for all between its two moments.
        teacher: Who writes what should have been said; None for corrections that need nobody.
        scorer: Tells whether two answers say the same.
        settings: The knobs of this stage.
        kept: How many cases are kept back from teaching for other uses.
        now: The present moment.

    Raises:
        ProviderError: The teacher refuses the key, or fails for too many questions.
    """
    interactions, outcomes, patterns = await asyncio.to_thread(
        _evidence, store, cycle, window or Window(since=cycle.since, until=cycle.until)
    )
    by_id = {interaction.id: interaction for interaction in interactions}
    slices = await asyncio.to_thread(_slices, interactions, patterns)
    failed, dropped = failures(patterns, by_id, outcomes=outcomes, limit=settings.max_taught)
    if settings.teach_below:
        warm = select_lukewarm(interactions, outcomes, below=settings.teach_below, slices=slices)
        failed = _add_lukewarm(failed, warm, limit=settings.max_taught)
    feedback = await asyncio.to_thread(
        store.feedback.group_about, cycle.workspace, [interaction.id for interaction in interactions]
    )
    taken = {case.interaction.conversation for case in failed}
    good = successes(interactions, outcomes, slices=slices)
    good = [case for case in good if case.interaction.conversation not in taken]
    failed, good, capped = _limit_public(store, failed, good, feedback, settings=settings, now=now)
    dropped += capped
    rewrites = await _rewrites(
        store, cycle, failed, feedback, teacher=teacher, scorer=scorer, settings=settings, now=now
    )
    taught, reasons = _choose_answers(failed, feedback, rewrites, scorer=scorer, settings=settings)
    live, salt = window.version if window else None, _find_salt(store, cycle) if kept.select else ""
    drawn = draw_recorded(interactions, live=live, limit=kept.recorded, slices=slices)
    parts = await asyncio.to_thread(partial(split, taught, good, settings, drawn=drawn, kept=kept, salt=salt))
    dropped += reasons
    dropped[SAME_QUESTION] += parts.collapsed
    said = [signal for signals in feedback.values() for signal in signals]
    wrong = count_drawn_wrong(conversations(interactions, outcomes), find_verdicts(said))
    return _write(store, cycle, parts=parts, patterns=patterns, dropped=+dropped, drawn_wrong=wrong, now=now)


def _limit_public(
    store: Store,
    failed: list[Case],
    good: list[Case],
    feedback: Mapping[InteractionId, Sequence[Feedback]],
    *,
    settings: CurateSettings,
    now: datetime,
) -> tuple[list[Case], list[Case], Counter[str]]:
    """Leave out what people for whom nobody vouches would bring in beyond their limits; count why."""
    workspace = next((one.workspace for said in feedback.values() for one in said if one.public), None)
    if workspace is None:
        return failed, good, Counter()
    known = KnownPublic(store.feedback.first_public(workspace), store.examples.list_public(workspace))
    kept, dropped = limit_public([*failed, *good], feedback, known, settings=settings, now=now)
    return (
        [case for case in kept if case.kind is not ExampleKind.REPLAY],
        [case for case in kept if case.kind is ExampleKind.REPLAY],
        dropped,
    )


def _find_salt(store: Store, cycle: Cycle) -> str:
    """Give what decides how cases are parted: another one for each version that lives.

    So the sides change from promotion to promotion, and a night that was refused cannot hope for a luckier
    draw of the same cases.
    """
    agent = store.agents.find(cycle.workspace, cycle.agent)
    return f"{agent.live} " if agent else ""


def _evidence(
    store: Store, cycle: Cycle, window: Window
) -> tuple[list[Interaction], dict[InteractionId, Outcome], list[Pattern]]:
    found = store.evidence.within(cycle.workspace, cycle.agent, window)
    interactions = drop_erased(found, store.erasures.list_subjects(cycle.workspace))
    outcomes = store.outcomes.of(cycle.workspace, [interaction.id for interaction in interactions])
    return interactions, outcomes, store.patterns.many(cycle.workspace, cycle.patterns)


def _add_lukewarm(failed: list[Case], warm: Sequence[Case], *, limit: int) -> list[Case]:
    taken = {case.interaction.conversation for case in failed}
    return sample_stratified(
        [*failed, *(case for case in warm if case.interaction.conversation not in taken)], limit
    )


async def _rewrites(
    store: Store,
    cycle: Cycle,
    failed: Sequence[Case],
    feedback: Mapping[InteractionId, Sequence[Feedback]],
    *,
    teacher: ChatModel | None,
    scorer: Scorer,
    settings: CurateSettings,
    now: datetime,
) -> dict[InteractionId, tuple[Rewrite, ...]] | None:
    if teacher is None:
        return None
    agent = store.agents.find(cycle.workspace, cycle.agent)
    desk = RewriteJob(
        cycle=cycle,
        teacher=(agent.teacher if agent else None) or teacher.name,
        version=store.agent_versions.find(cycle.workspace, agent.live) if agent else None,
        scorer=scorer,
        settings=settings,
        known=lambda ids: {r.id: r for r in store.rewrites.many(cycle.workspace, ids)},
        keep=store.rewrites.upsert,
        now=now,
    )
    questions = [case.interaction for case in select_unanswered(failed, feedback, settings=settings)]
    return await ask(teacher, questions, desk=desk)


def _choose_answers(
    failed: Sequence[Case],
    feedback: Mapping[InteractionId, Sequence[Feedback]],
    rewrites: Mapping[InteractionId, Sequence[Rewrite]] | None,
    *,
    scorer: Scorer,
    settings: CurateSettings,
) -> tuple[list[Case], Counter[str]]:
    found = [
        choose_answer(
            case,
            feedback.get(case.interaction.id, ()),
            None if rewrites is None else rewrites.get(case.interaction.id, ()),
            scorer=scorer,
            settings=settings,
        )
        for case in failed
    ]
    return [f for f in found if isinstance(f, Case)], Counter(f for f in found if isinstance(f, str))


def _slices(interactions: Sequence[Interaction], patterns: Sequence[Pattern]) -> dict[InteractionId, str]:
    names = topics([interaction.question for interaction in interactions])
    topic_of = {i.id: name for i, name in zip(interactions, names, strict=True)}
    return name_by_patterns(topic_of, patterns)


def _write(
    store: Store,
    cycle: Cycle,
    *,
    parts: Parts,
    patterns: Sequence[Pattern],
    dropped: dict[str, int],
    drawn_wrong: int,
    now: datetime,
) -> Dataset:
    examples = [
        to_example(case, cycle.workspace, side)
        for cases, side in (
            (parts.train, Split.TRAIN),
            (parts.select, Split.SELECT),
            (parts.heldout, Split.HELDOUT),
        )
        for case in cases
    ]
    digest = sha256(examples)
    name = DatasetId(derive("ds", cycle.id, digest))
    dataset = Dataset(
        id=name,
        workspace=cycle.workspace,
        agent=cycle.agent,
        cycle=cycle.id,
        at=now,
        sha256=digest,
        train=len(parts.train),
        heldout=len(parts.heldout),
        selection=len(parts.select),
        taught=sum(case.kind != ExampleKind.REPLAY for case in parts.train),
        heldout_good=sum(case.kind == ExampleKind.REPLAY for case in parts.heldout),
        heldout_recorded=sum(case.kind == ExampleKind.RECORDED for case in parts.heldout),
        drawn_wrong=drawn_wrong,
        patterns=tuple(pattern.id for pattern in patterns),
        dropped=dropped,
    )
    return write_dataset(store, dataset, examples)
