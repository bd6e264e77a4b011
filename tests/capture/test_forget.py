"""What is erased or purged is gone everywhere, and what learned from it is named."""

import pytest
from tests.conftest import Maker

from upspiral import capture
from upspiral.capture import CaptureSettings
from upspiral.domain import (
    LOCAL_HOST,
    Dataset,
    Erasure,
    Example,
    ExampleKind,
    FeedbackTarget,
    Interaction,
    Message,
    ModelVersion,
    Pattern,
    PendingFeedback,
    Source,
    Split,
    Trend,
)
from upspiral.domain.feedback import NEXT_TURN
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    DatasetId,
    ErasureId,
    ExampleId,
    InteractionId,
    ModelVersionId,
    PairId,
    PatternId,
    ReportId,
)
from upspiral.domain.judgment import PairLabel
from upspiral.errors import InvalidInput
from upspiral.store import Store

SETTINGS = CaptureSettings()


def _taught(store: Store, make: Maker, happened: InteractionId, *, source: str = "") -> None:
    dataset = DatasetId("ds_1")
    store.datasets.add(
        Dataset(
            id=dataset,
            workspace=DEFAULT_WORKSPACE,
            agent=AgentId("support"),
            at=make.now,
            sha256="x",
            train=1,
            heldout=0,
        )
    )
    store.examples.add(
        Example(
            id=ExampleId("ex_1"),
            workspace=DEFAULT_WORKSPACE,
            dataset=dataset,
            interaction=happened,
            conversation="c",
            kind=ExampleKind.CORRECTION,
            split=Split.TRAIN,
            messages=(Message("user", "canary-of-anna"),),
            answer="canary-of-anna",
            source=source,
        )
    )
    store.model_versions.add(
        ModelVersion(
            id=ModelVersionId("mv_1"),
            workspace=DEFAULT_WORKSPACE,
            name="support-v2",
            host=LOCAL_HOST,
            at=make.now,
            dataset=dataset,
        )
    )


def _found(
    store: Store, hers: Interaction, *, terms: tuple[str, ...], members: tuple[InteractionId, ...]
) -> None:
    pattern = Pattern(
        id=PatternId("pat_1"), workspace=DEFAULT_WORKSPACE, agent=hers.agent, cycle=None, at=hers.at,
        name="What Anna asks", description="canary-of-anna", terms=terms, members=members,
        failures=1, conversations=1, failure_rate=1.0, failure_rate_low=0.2, failure_rate_high=1.0, share=1.0,
        share_low=0.2, share_high=1.0, trend=Trend.STEADY,
    )  # fmt: skip
    store.patterns.upsert(pattern)


def _erase(store: Store, make: Maker, **whom: str) -> Erasure:
    named = whom or {"end_user": "anna"}
    ident = ErasureId("era_1")
    return capture.erase(store, DEFAULT_WORKSPACE, **named, settings=SETTINGS, now=make.now, ident=ident)


def test_erasing_a_person_leaves_nothing_and_names_what_learned_from_it(
    any_store: Store, make: Maker
) -> None:
    hers = make.interaction("canary-of-anna", end_user="anna", trace="t1", metadata={"models": "support,b"})
    other = make.interaction("something else", end_user="ben")
    capture.record(any_store, hers, other)
    capture.give_feedback(any_store, [make.feedback(hers, 0.0)], settings=SETTINGS, now=make.now)
    _taught(any_store, make, hers.id)
    made = _erase(any_store, make)
    assert (made.interactions, made.feedback, made.examples) == (1, 1, 1)
    assert (made.datasets, made.models) == (("ds_1",), ("mv_1",))
    assert any_store.datasets.get(DEFAULT_WORKSPACE, "ds_1").holds_erased
    assert any_store.model_versions.get(DEFAULT_WORKSPACE, "mv_1").holds_erased
    assert any_store.interactions.latest(DEFAULT_WORKSPACE) == [other]
    assert any_store.examples.of(DEFAULT_WORKSPACE, DatasetId("ds_1"), Split.TRAIN) == []
    assert any_store.participants.list_rows(DEFAULT_WORKSPACE) == []
    assert "anna" not in str(made)


def test_what_a_model_called_a_weakness_goes_with_a_person_who_was_in_it(
    any_store: Store, make: Maker
) -> None:
    hers = make.interaction("canary-of-anna", end_user="anna")
    capture.record(any_store, hers)
    _found(any_store, hers, terms=("refund", "late"), members=(hers.id,))
    _erase(any_store, make)
    left = any_store.patterns.get(DEFAULT_WORKSPACE, "pat_1")
    assert (left.name, left.terms, left.members) == ("erased", (), ())
    assert "anna" not in str(left)


def test_words_of_a_weakness_stay_that_others_wrote_as_well(any_store: Store, make: Maker) -> None:
    hers = make.interaction("a late refund for canary street", end_user="anna")
    other = make.interaction("my refund is late", end_user="ben")
    capture.record(any_store, hers, other)
    _found(any_store, hers, terms=("late refund", "canary street"), members=(hers.id, other.id))
    _erase(any_store, make)
    left = any_store.patterns.get(DEFAULT_WORKSPACE, "pat_1")
    assert (left.name, left.terms, left.members) == ("late refund", ("late refund",), (other.id,))


def test_what_an_erased_person_said_of_pairs_of_answers_is_forgotten(any_store: Store, make: Maker) -> None:
    labels = [
        PairLabel(
            id=PairLabel.id_of(PairId("p"), rater), workspace=DEFAULT_WORKSPACE, agent=AgentId("support"),
            report=ReportId("r"), pair=PairId("p"), slice="", rater=rater, value=1.0, at=make.now,
        )
        for rater in ("anna", "ben")
    ]  # fmt: skip
    any_store.pair_labels.upsert(*labels)
    _erase(any_store, make)
    assert [one.rater for one in any_store.pair_labels.list_rows(DEFAULT_WORKSPACE)] == ["ben"]


@pytest.mark.parametrize("source", [one for one in Source if one not in (Source.VERIFIER, Source.JUDGE)])
def test_what_an_erased_person_said_of_others_is_forgotten_and_counts_no_more(
    any_store: Store, make: Maker, source: Source
) -> None:
    """A rating, a correction, a label of two answers: whatever came of it."""
    bens = make.interaction(end_user="ben")
    capture.record(any_store, bens)
    said = [
        make.feedback(bens, 0.0, source=source, comment="canary-of-anna", rater="anna"),
        make.feedback(bens, 1.0, source=Source.IMPLICIT, rater=NEXT_TURN),
    ]
    before = capture.give_feedback(any_store, said, settings=SETTINGS, now=make.now)[0]
    assert "anna" in str(any_store.feedback.list_rows(DEFAULT_WORKSPACE))
    assert _erase(any_store, make).feedback == 1
    assert [one.rater for one in any_store.feedback.list_rows(DEFAULT_WORKSPACE)] == [NEXT_TURN]
    after = any_store.outcomes.of(DEFAULT_WORKSPACE, [bens.id])[bens.id]
    assert before.signals != after.signals == (said[1].id,)
    assert after.score == 1.0


@pytest.mark.parametrize("source", [Source.VERIFIER, Source.JUDGE])
def test_a_program_that_bears_the_name_of_a_person_is_not_forgotten(
    any_store: Store, make: Maker, source: Source
) -> None:
    bens = make.interaction(end_user="ben")
    capture.record(any_store, bens)
    said = [make.feedback(bens, 0.0, source=source, rater="anna")]
    capture.give_feedback(any_store, said, settings=SETTINGS, now=make.now)
    assert _erase(any_store, make).feedback == 0
    assert any_store.feedback.list_rows(DEFAULT_WORKSPACE) == said


def test_what_an_erased_person_said_before_the_answer_came_is_forgotten(
    any_store: Store, make: Maker
) -> None:
    bens = make.interaction(end_user="ben")
    waiting = [
        PendingFeedback(
            id=signal.id, workspace=DEFAULT_WORKSPACE, at=make.now, by=FeedbackTarget.TRACE, key="t",
            signal=signal,
        )
        for signal in (make.feedback(bens, 0.0, rater=rater) for rater in ("anna", "ben"))
    ]  # fmt: skip
    capture.give_named(any_store, waiting, settings=SETTINGS, now=make.now, wait=True)
    _erase(any_store, make)
    assert [one.signal.rater for one in any_store.early_feedback.list_rows(DEFAULT_WORKSPACE)] == ["ben"]


def test_a_correction_that_an_erased_person_wrote_for_another_teaches_no_more(
    any_store: Store, make: Maker
) -> None:
    bens = make.interaction(end_user="ben")
    capture.record(any_store, bens)
    _taught(any_store, make, bens.id, source="anna")
    assert _erase(any_store, make).models == ("mv_1",)
    assert any_store.examples.list_rows(DEFAULT_WORKSPACE) == []


def test_no_byte_of_an_erased_person_is_left_in_the_files(store: Store, make: Maker) -> None:
    hers = [make.interaction(f"canary-of-anna {n}", end_user="anna") for n in range(200)]
    others = [make.interaction(f"something else {n}") for n in range(200)]
    capture.record(store, *(one for pair in zip(hers, others, strict=True) for one in pair))
    _taught(store, make, hers[0].id)
    capture.erase(
        store, DEFAULT_WORKSPACE, end_user="anna", now=make.now, ident=ErasureId("era_1"), settings=SETTINGS
    )
    store.compact()
    folder = store.database.url.removeprefix("sqlite:///").rsplit("/", 1)[0]
    from pathlib import Path

    found = [path.name for path in Path(folder).iterdir() if b"canary-of-anna" in path.read_bytes()]
    assert found == []
    assert any(b"something else" in path.read_bytes() for path in Path(folder).iterdir())


def test_whom_to_erase_must_be_said(store: Store, make: Maker) -> None:
    with pytest.raises(InvalidInput):
        capture.erase(store, DEFAULT_WORKSPACE, now=make.now, ident=ErasureId("era_1"), settings=SETTINGS)


def test_what_is_too_old_is_purged_and_the_rest_stays(any_store: Store, make: Maker) -> None:
    old, new = make.interaction(), make.interaction()
    capture.record(any_store, old, new)
    capture.give_feedback(any_store, [make.feedback(old, 1.0)], settings=SETTINGS, now=make.now)
    assert capture.purge(any_store, new.workspace, before=new.at) == 1
    assert capture.purge(any_store, new.workspace, before=new.at) == 0
    assert any_store.interactions.latest(DEFAULT_WORKSPACE) == [new]
    assert any_store.feedback.list_rows(DEFAULT_WORKSPACE) == []
