"""Verdicts and labels of the same pair meet, on both databases."""

from datetime import datetime, timedelta

from tests.conftest import START

from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    JudgeVersionId,
    PairId,
    ReportId,
    VerdictId,
    WorkspaceId,
)
from upspiral.domain.judgment import JudgeRecord, JudgeVerdict, PairLabel
from upspiral.store import Store
from upspiral.store.repositories.judges import read_record

JUDGE, OTHER_JUDGE, AGENT = JudgeVersionId("jdg_1"), JudgeVersionId("jdg_2"), AgentId("support")


def _verdict(
    pair: str, value: float | None, *, judge: JudgeVersionId = JUDGE, **more: object
) -> JudgeVerdict:
    given: dict[str, object] = {
        "id": VerdictId(f"{judge} {pair}"),
        "workspace": DEFAULT_WORKSPACE,
        "judge": judge,
        "agent": AGENT,
        "pair": PairId(pair),
        "at": START,
        "value": value,
    }
    return JudgeVerdict(**{**given, **more})  # type: ignore[arg-type]


def _label(pair: str, value: float, *, rater: str = "anna", at: datetime = START) -> PairLabel:
    return PairLabel(
        id=PairLabel.id_of(PairId(pair), rater),
        workspace=DEFAULT_WORKSPACE,
        agent=AGENT,
        report=ReportId("rep"),
        pair=PairId(pair),
        slice="rest",
        rater=rater,
        value=value,
        at=at,
    )


def _read(
    store: Store, *, judge: JudgeVersionId = JUDGE, since: datetime = START, n: int = 200
) -> JudgeRecord:
    labels = store.pair_labels.of(DEFAULT_WORKSPACE, AGENT, since=since)
    return read_record(store.judge_verdicts, labels, workspace=DEFAULT_WORKSPACE, judge=judge, tripwires=n)


def test_a_label_meets_the_verdict_on_its_pair_and_no_other(any_store: Store) -> None:
    any_store.judge_verdicts.insert_ignore(
        _verdict("a", 1.0), _verdict("b", -0.5), _verdict("c", None), _verdict("a", -1.0, judge=OTHER_JUDGE)
    )
    any_store.pair_labels.upsert(_label("a", 0.0), _label("b", -1.0), _label("c", 1.0), _label("d", 1.0))
    met = {one.pair: (one.label, one.verdict) for one in _read(any_store).labeled}
    assert met == {"a": (0.0, 1.0), "b": (-1.0, -0.5)}
    assert [one.verdict for one in _read(any_store, judge=OTHER_JUDGE).labeled] == [-1.0]


def test_labels_of_several_people_are_one_label_and_a_person_has_one_each(any_store: Store) -> None:
    any_store.judge_verdicts.insert_ignore(_verdict("a", 1.0))
    any_store.pair_labels.upsert(_label("a", -1.0), _label("a", 1.0, rater="ben"))
    any_store.pair_labels.upsert(_label("a", 1.0, at=START + timedelta(hours=1)))  # anna thinks again
    (met,) = _read(any_store).labeled
    assert met.label == 1.0
    assert met.at == START + timedelta(hours=1)


def test_old_labels_are_left_out(any_store: Store) -> None:
    any_store.judge_verdicts.insert_ignore(_verdict("a", 1.0))
    any_store.pair_labels.upsert(_label("a", 1.0))
    assert _read(any_store, since=START + timedelta(seconds=1)).labeled == ()


def test_the_newest_tripwires_are_counted_apart_from_pairs(any_store: Store) -> None:
    wires = [
        _verdict(f"w{n}", 1.0, tripwire="padded", passed=n > 1, at=START + timedelta(minutes=n))
        for n in range(6)
    ]
    any_store.judge_verdicts.insert_ignore(*wires, _verdict("a", 1.0))
    record = _read(any_store)
    assert (record.tripwires, record.tripwires_failed) == (6, 2)
    assert _read(any_store, n=4).tripwires_failed == 0
    assert any_store.judge_verdicts.of_pairs(DEFAULT_WORKSPACE, JUDGE, [PairId("w1")]) == {}


def test_another_workspace_sees_nothing(any_store: Store) -> None:
    any_store.judge_verdicts.insert_ignore(_verdict("a", 1.0))
    any_store.pair_labels.upsert(_label("a", 1.0))
    other = WorkspaceId("other")
    assert any_store.pair_labels.of(other, AGENT, since=START) == []
    assert any_store.judge_verdicts.of_pairs(other, JUDGE, [PairId("a")]) == {}
    assert any_store.judge_verdicts.list_tripwires(other, JUDGE, limit=9) == []


def test_a_verdict_is_written_once(any_store: Store) -> None:
    any_store.judge_verdicts.insert_ignore(_verdict("a", 1.0))
    any_store.judge_verdicts.insert_ignore(_verdict("a", -1.0))
    (kept,) = any_store.judge_verdicts.of_pairs(DEFAULT_WORKSPACE, JUDGE, [PairId("a")]).values()
    assert kept.value == 1.0
