"""Answers that nobody rated are judged by what followed them, where that tells more than the base rate."""

from datetime import timedelta
from random import Random

import pytest
from tests.conftest import Maker

from upspiral import capture
from upspiral.capture import CaptureSettings
from upspiral.capture.implicit import judge
from upspiral.capture.implicit.coverage import measure_coverage
from upspiral.capture.implicit.judge import JudgeReport, judge_followed
from upspiral.domain import Feedback, Interaction, Message, Source, Status
from upspiral.domain.feedback import NEXT_TURN
from upspiral.domain.ids import DEFAULT_WORKSPACE, ErasureId
from upspiral.store import Store

SETTINGS = CaptureSettings()
TALKS, RATED = 160, 90
SYLLABLES = ("ka", "ro", "mi", "tel", "su", "ban", "vo", "lin", "dra", "ep")


class Talks:
    """Conversations of two turns in no language, of which the first turn was good or bad."""

    def __init__(self, store: Store, make: Maker, *, telling: bool, seed: int = 1) -> None:
        self.store, self.make, self.rng = store, make, Random(seed)
        self.good: dict[str, bool] = {}
        self.first: list[Interaction] = []
        for number in range(TALKS):
            self._talk(number, telling=telling)
        said = [make.feedback(one, float(self.good[one.id])) for one in self.first[:RATED]]
        capture.give_feedback(store, said, settings=SETTINGS, now=make.now)
        make.tick(7200)

    def judge(self) -> JudgeReport:
        return judge_followed(self.store, DEFAULT_WORKSPACE, settings=SETTINGS, now=self.make.now)

    def signals(self) -> dict[str, Feedback]:
        every = self.store.feedback.list_rows(DEFAULT_WORKSPACE)
        return {one.interaction: one for one in every if one.rater == NEXT_TURN}

    def _talk(self, number: int, *, telling: bool) -> None:
        good = self.rng.random() < 0.6
        asked = self._say()
        # Who got no answer asks nearly the same again; who got one asks something else.
        again = not good if telling else self.rng.random() < 0.5
        reply = f"{asked} {self._say(1)}" if again else self._say()
        first = self.make.interaction(asked, self._say(), conversation=f"talk{number}")
        messages = (Message("user", asked), Message("assistant", first.answer), Message("user", reply))
        second = self.make.interaction(messages=messages, answer=self._say(), conversation=f"talk{number}")
        capture.record(self.store, first, second)
        self.first.append(first)
        self.good[first.id] = good

    def _say(self, words: int = 8) -> str:
        return " ".join("".join(self.rng.choices(SYLLABLES, k=3)) for _ in range(words))


@pytest.mark.long
def test_followed_answers_are_judged_right_and_last_ones_not_at_all(any_store: Store, make: Maker) -> None:
    talks = Talks(any_store, make, telling=True)
    report = talks.judge()
    assert report.gain is not None
    assert report.gain.is_better
    assert report.judged == TALKS
    assert set(talks.signals()) == set(talks.good)  # the last turn of a talk is silence
    unrated = talks.first[RATED:]
    kept = any_store.outcomes.of(DEFAULT_WORKSPACE, [one.id for one in unrated])
    right = [kept[one.id].status == Status.SUCCESS for one in unrated if kept[one.id].score is not None]
    truth = [talks.good[one.id] for one in unrated]
    assert sum(a == b for a, b in zip(right, truth, strict=True)) > 0.9 * len(truth)


@pytest.mark.long
def test_what_people_said_stays_the_outcome(store: Store, make: Maker) -> None:
    talks = Talks(store, make, telling=True)
    before = store.outcomes.of(DEFAULT_WORKSPACE, [one.id for one in talks.first[:RATED]])
    talks.judge()
    after = store.outcomes.of(DEFAULT_WORKSPACE, list(before))
    assert {i: (o.status, o.score) for i, o in after.items()} == {
        i: (o.status, o.score) for i, o in before.items()
    }


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_is_written_where_what_follows_tells_nothing(store: Store, make: Maker, seed: int) -> None:
    talks = Talks(store, make, telling=False, seed=seed)
    report = talks.judge()
    assert report.gain is not None
    assert not report.gain.is_better
    assert report.judged == 0
    assert "no more than the base rate" in report.words
    assert talks.signals() == {}


def test_nothing_is_learned_from_a_few_ratings(
    store: Store, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "MIN_CONVERSATIONS", RATED)
    report = Talks(store, make, telling=True).judge()
    assert (report.gain, report.judged) == (None, 0)


@pytest.mark.long
def test_each_turn_is_judged_once_and_a_broken_run_is_finished(
    any_store: Store, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "BATCH_ROWS", 30)
    monkeypatch.setattr(judge, "BATCH_TURNS", 50)
    talks = Talks(any_store, make, telling=True)
    write, calls = judge._write, []

    def fail_third(*given: object, **more: object) -> int:
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return write(*given, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as broken:
        broken.setattr(judge, "_write", fail_third)
        with pytest.raises(KeyboardInterrupt):
            talks.judge()
    kept = talks.signals()
    assert 0 < len(kept) < TALKS
    assert talks.judge().judged == TALKS - len(kept)
    assert talks.judge().judged == 0
    assert {i: one for i, one in talks.signals().items() if i in kept} == kept


@pytest.mark.long
def test_a_conversation_that_goes_on_is_left_for_later(store: Store, make: Maker) -> None:
    talks = Talks(store, make, telling=True)
    fresh = make.interaction("and", conversation="talk159")
    capture.record(store, fresh)
    make.tick(60)
    talks.judge()
    assert talks.first[-1].id not in talks.signals()
    make.tick(7200)
    assert talks.judge().judged == 2  # both of its turns that were followed


@pytest.mark.long
def test_rated_turns_are_judged_without_what_was_said_of_their_conversation(
    store: Store, make: Maker
) -> None:
    talks = Talks(store, make, telling=True)
    talks.judge()
    found = measure_coverage(store, DEFAULT_WORKSPACE, settings=SETTINGS, now=make.now)
    assert (found.turns, found.with_implicit, found.by_people) == (2 * TALKS, TALKS, RATED)
    assert found.with_outcome > RATED
    [signal] = found.signals
    assert (signal.rater, signal.judged, signal.checked) == (NEXT_TURN, TALKS, RATED)
    assert signal.brier is not None
    assert signal.base_brier is not None
    assert signal.brier < signal.base_brier
    assert sum(one.n for one in signal.bins) == RATED


@pytest.mark.long
def test_the_signal_is_weighed_against_people_and_does_not_change_what_they_weigh(
    any_store: Store, make: Maker
) -> None:
    talks = Talks(any_store, make, telling=True)
    capture.refit(any_store, DEFAULT_WORKSPACE, settings=SETTINGS, now=make.tick())
    before = {one.voice: one for one in any_store.rater_weights.list_rows(DEFAULT_WORKSPACE)}
    talks.judge()
    capture.refit(any_store, DEFAULT_WORKSPACE, settings=SETTINGS, now=make.tick())
    after = {one.voice: one for one in any_store.rater_weights.list_rows(DEFAULT_WORKSPACE)}
    learned = after.pop(f"implicit:{NEXT_TURN}")
    assert after == before
    assert learned.weight > 0.5
    assert learned.checked > 0
    assert learned.reason.startswith("Of ")


@pytest.mark.long
def test_erasing_a_conversation_forgets_its_signal(store: Store, make: Maker) -> None:
    talks = Talks(store, make, telling=True)
    talks.judge()
    gone = talks.first[0]
    capture.erase(
        store,
        DEFAULT_WORKSPACE,
        conversation=gone.conversation,
        ident=ErasureId("era_1"),
        settings=SETTINGS,
        now=make.tick(),
    )
    assert gone.id not in talks.signals()
    assert talks.judge().judged == 0


@pytest.mark.long
def test_purging_forgets_the_signals_of_what_is_old(store: Store, make: Maker) -> None:
    talks = Talks(store, make, telling=True)
    talks.judge()
    while capture.purge(store, DEFAULT_WORKSPACE, before=make.now + timedelta(days=1), limit=1000):
        pass
    assert talks.signals() == {}


@pytest.mark.long
def test_signals_are_implicit(store: Store, make: Maker) -> None:
    talks = Talks(store, make, telling=True)
    talks.judge()
    assert {one.source for one in talks.signals().values()} == {Source.IMPLICIT}


@pytest.mark.long
def test_coverage_looks_at_the_newest_answers_only_and_says_since_when(any_store: Store, make: Maker) -> None:
    talks = Talks(any_store, make, telling=True)
    talks.judge()
    found = measure_coverage(any_store, DEFAULT_WORKSPACE, settings=SETTINGS, now=make.now, max_turns=10)
    assert found.turns in (10, 11)  # two may have come in the same moment
    whole = measure_coverage(any_store, DEFAULT_WORKSPACE, settings=SETTINGS, now=make.now)
    assert found.since > whole.since
    assert whole.turns == 2 * TALKS
