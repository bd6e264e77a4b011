"""Which labeled conversations are asked again? The newest good ones, all of them held out."""

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from upspiral.curate.config import CurateSettings
from upspiral.curate.deduplicate import normalise_question
from upspiral.curate.formats import sha256
from upspiral.curate.select import Case, drop_erased, successes
from upspiral.curate.split import components, is_heldout
from upspiral.curate.tool_messages import keep_options, record_tool_messages
from upspiral.curate.topics import topics
from upspiral.domain import Dataset, Example, ExampleKind, Split, Window
from upspiral.domain.ids import AgentId, DatasetId, ExampleId, WorkspaceId, derive
from upspiral.store import Store

MAX_READ_INTERACTIONS = 50_000
"""The newest of an agent that are looked at for settled ones."""
TAUGHT_SHARE = 0.3
"""Of the conversations, where levers are to make up for what a model does worse; the others prove it."""
FIRST_MOMENT = datetime(1, 1, 2, tzinfo=UTC)
"""Everything that was recorded is later."""


def collect_settled(
    store: Store, workspace: WorkspaceId, agent: AgentId, *, limit: int, now: datetime
) -> Dataset | None:
    """Make a Dataset of the newest conversations that went well, or find the one of just these.

    Nobody learns from it: all of its cases are held out.

    Args:
        store: Where everything is kept.
        workspace: Where the agent is.
        agent: Whose conversations.
        limit: At most so many, one case of each.
        now: The present moment.

    Returns:
        The Dataset; None where no conversation went well.
    """
    window = Window(since=FIRST_MOMENT, until=now, limit=MAX_READ_INTERACTIONS)
    found = store.evidence.within(workspace, agent, window)
    interactions = drop_erased(found, store.erasures.list_subjects(workspace))
    outcomes = store.outcomes.of(workspace, [one.id for one in interactions])
    good = successes(interactions, outcomes, slices={})
    newest = sorted(good, key=lambda case: (case.interaction.at, case.interaction.id))[-limit:]
    if not newest:
        return None
    names = topics([case.interaction.question for case in newest])
    examples = [
        to_example(replace(case, slice=name), workspace, Split.HELDOUT)
        for case, name in zip(newest, names, strict=True)
    ]
    digest = sha256(examples)
    dataset = Dataset(
        id=DatasetId(derive("ds", workspace, agent, "settled", digest)),
        workspace=workspace,
        agent=agent,
        at=now,
        sha256=digest,
        train=0,
        heldout=len(examples),
        heldout_good=len(examples),
    )
    return write_dataset(store, dataset, examples)


def extend_dataset(store: Store, dataset: Dataset, cases: Sequence[Case], *, now: datetime) -> Dataset:
    """Make a Dataset of another one and further held-out cases.

    Args:
        store: Where everything is kept.
        dataset: Stays as it is.
        cases: Of recorded conversations.
        now: The present moment.
    """
    known = [one for side in Split for one in store.examples.of(dataset.workspace, dataset.id, side)]
    examples = [*known, *(to_example(case, dataset.workspace, Split.HELDOUT) for case in cases)]
    digest = sha256(examples)
    made = replace(
        dataset,
        id=DatasetId(derive("ds", dataset.id, digest)),
        at=now,
        sha256=digest,
        heldout=dataset.heldout + len(cases),
        heldout_recorded=dataset.heldout_recorded + len(cases),
    )
    return write_dataset(store, made, examples)


def to_example(case: Case, workspace: WorkspaceId, side: Split) -> Example:
    """Make a case an Example; its id and Dataset are given when it is written."""
    return Example(
        id=ExampleId(""),
        workspace=workspace,
        dataset=DatasetId(""),
        interaction=case.interaction.id,
        conversation=case.interaction.conversation,
        kind=case.kind,
        split=side,
        messages=case.interaction.messages,
        options=case.interaction.options if case.recorded else keep_options(case.interaction),
        tool_messages=record_tool_messages(case.interaction),
        answer=case.answer,
        pattern=case.pattern,
        slice=case.slice,
        source=case.source,
        public_rater=case.public_rater,
        recorded=case.recorded,
    )


def write_dataset(store: Store, dataset: Dataset, examples: Sequence[Example]) -> Dataset:
    """Write a Dataset with its Examples; one that is known stays as it is."""
    name = dataset.id
    with store.transaction():
        store.datasets.insert_ignore(dataset)
        store.examples.insert_ignore(
            *(replace(e, id=ExampleId(derive("ex", name, e.interaction)), dataset=name) for e in examples)
        )
    return store.datasets.get(dataset.workspace, name)


def part_settled(
    store: Store,
    dataset: Dataset,
    lost: Sequence[ExampleId],
    *,
    kind: ExampleKind,
    settings: CurateSettings,
    now: datetime,
) -> Dataset | None:
    """Part labeled conversations into those that levers learn from and those that prove it.

    Conversations that are alike go to one side as a whole, as in a night.

    Args:
        store: Where everything is kept.
        dataset: Of `collect_settled`.
        lost: Its cases that another model answered worse; they are what is taught.
        kind: What the taught ones are to a lever.
        settings: From which likeness questions are one group.
        now: The present moment.

    Returns:
        The Dataset; None where there is nothing to teach, or nothing to prove it on.
    """
    examples = store.examples.of(dataset.workspace, dataset.id, Split.HELDOUT)
    texts = [normalise_question(one.messages) for one in examples]
    talks, wanted = [one.conversation for one in examples], frozenset(lost)
    groups = components(texts, talks, threshold=settings.near_duplicate)
    parted = [
        replace(
            one,
            split=Split.HELDOUT if is_heldout(texts[group], 1 - TAUGHT_SHARE) else Split.TRAIN,
            kind=kind if one.id in wanted else one.kind,
        )
        for one, group in zip(examples, groups, strict=True)
    ]
    taught = [new for new in parted if new.split is Split.TRAIN]
    wrong = sum(new.id in wanted for new in taught)
    if not wrong or len(taught) == len(parted):
        return None
    made = Dataset(
        id=DatasetId(derive("ds", dataset.id, kind, *lost)),
        workspace=dataset.workspace,
        agent=dataset.agent,
        at=now,
        sha256=sha256(parted),
        train=len(taught),
        heldout=len(parted) - len(taught),
        taught=wrong,
        heldout_good=len(parted) - len(taught),
    )
    return write_dataset(store, made, parted)
