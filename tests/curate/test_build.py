"""From failures to a Dataset, with a teacher that can be trusted no further than it agrees with itself."""

import asyncio
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from tests.conftest import START, Maker
from tests.curate.night import SUPPORT
from tests.factories import make_pattern

from upspiral.capture import CaptureSettings, erase, give_feedback, record
from upspiral.curate import CurateSettings, build, shortfall
from upspiral.domain import (
    Cycle,
    Dataset,
    ExampleKind,
    Interaction,
    RequestOptions,
    Source,
    Split,
    ToolCall,
)
from upspiral.domain.ids import DEFAULT_WORKSPACE, CycleId, DatasetId, ErasureId
from upspiral.domain.interaction import ToolDefinition
from upspiral.errors import AuthFailed
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.providers.retry import Patience
from upspiral.scorers import scorer
from upspiral.store import Store
from upspiral.testing import FakeProvider

TOWNS = ("Paris", "Rome", "Oslo", "Bern", "Wien", "Riga", "Kyiv", "Lyon", "Genf", "Bonn", "Cork", "York")


def _night(store: Store, make: Maker, n: int = 24, **more: object) -> tuple[Cycle, list[Interaction]]:
    failed = [
        make.interaction(f"{TOWNS[k % 12]} parcel {'abcdef'[k // 12] * 8} where?", "No idea.")
        for k in range(n)
    ]
    good = [
        make.interaction(f"{town} {word} opening hours?", "Nine to five.", **more)
        for town in TOWNS
        for word in ("shop", "cafe")
    ]
    record(store, *failed, *good)
    signals = [make.feedback(one, 0.0) for one in failed] + [make.feedback(one, 1.0) for one in good]
    give_feedback(store, signals, settings=CaptureSettings(), now=make.now)
    pattern = make_pattern(
        agent=SUPPORT, members=tuple(one.id for one in failed), failures=n, conversations=n
    )
    store.patterns.add(pattern)
    cycle = Cycle(
        id=CycleId("cyc_1"),
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        started=make.now,
        since=START - timedelta(days=1),
        until=make.now,
        patterns=(pattern.id,),
    )
    store.cycles.add(cycle)
    return cycle, failed


def _build(store: Store, cycle: Cycle, fake: FakeProvider | None, make: Maker, **knobs: object) -> Dataset:
    teacher = OpenAICompatible("teacher", fake.url, "gpt", patience=Patience(1)) if fake else None
    return asyncio.run(
        build(
            store,
            cycle,
            teacher=teacher,
            scorer=scorer("exact"),
            settings=CurateSettings.model_validate(knobs),
            now=make.now,
        )
    )


def test_agreed_rewrites_are_taught_and_every_example_knows_where_it_came_from(
    store: Store, make: Maker
) -> None:
    cycle, failed = _night(store, make)
    with FakeProvider(lambda _asked: "It left this morning.") as fake:
        made = _build(store, cycle, fake, make)
    train = store.examples.of(DEFAULT_WORKSPACE, made.id, Split.TRAIN)
    taught = [e for e in train if e.kind == ExampleKind.REWRITE]
    assert taught
    assert {e.answer for e in taught} == {"It left this morning."}
    assert {e.interaction for e in taught} <= {one.id for one in failed}
    assert made.train == len(train)
    assert len(fake.calls) == len(set(fake.calls)) == 2 * len(failed)


def test_a_teacher_that_contradicts_itself_teaches_nothing(store: Store, make: Maker) -> None:
    cycle, _ = _night(store, make)
    counter = iter(range(10_000))
    with FakeProvider(lambda _asked: f"Answer {next(counter)}.") as fake:
        made = _build(store, cycle, fake, make)
    assert made.dropped == {"teacher disagrees with itself": 24}
    assert "Too little to learn from" in (shortfall(made, CurateSettings()) or "")


def test_a_second_run_asks_only_what_is_missing_and_gives_the_same_dataset(store: Store, make: Maker) -> None:
    cycle, _ = _night(store, make)
    with FakeProvider(lambda _asked: "It left this morning.") as fake:
        first = _build(store, cycle, fake, make)
        asked = len(fake.calls)
        again = _build(store, cycle, fake, make)
        assert len(fake.calls) == asked
    assert first == again


@pytest.mark.long
def test_a_later_night_finds_the_same_failures_answered_and_pays_nothing_twice(
    store: Store, make: Maker
) -> None:
    cycle, failed = _night(store, make)
    with FakeProvider(lambda _asked: "It left this morning.") as fake:
        _build(store, cycle, fake, make)
        later = msgspec.structs.replace(cycle, id=CycleId("cyc_2"))
        store.cycles.add(later)
        made = _build(store, later, fake, make)
        assert len(fake.calls) == 2 * len(failed)
        assert made.taught > 0
        _build(store, later, fake, make, max_tokens=99)  # another request is another answer
        assert len(fake.calls) == 4 * len(failed)


def test_the_very_same_question_is_asked_once(store: Store, make: Maker) -> None:
    cycle, failed = _night(store, make)
    twin = make.interaction(failed[0].question, failed[0].answer)
    record(store, twin)
    give_feedback(store, [make.feedback(twin, 0.0)], settings=CaptureSettings(), now=make.now)
    pattern = store.patterns.get(DEFAULT_WORKSPACE, "pat")
    store.patterns.upsert(msgspec.structs.replace(pattern, members=(*pattern.members, twin.id)))
    later = msgspec.structs.replace(cycle, until=make.now)
    with FakeProvider(lambda _asked: "It left this morning.") as fake:
        _build(store, later, fake, make)
    assert len(fake.calls) == 2 * len(failed)


def test_taught_counts_failures_and_not_the_good_answers_that_are_repeated(store: Store, make: Maker) -> None:
    cycle, _ = _night(store, make)
    with FakeProvider(lambda _asked: "It left this morning.") as fake:
        made = _build(store, cycle, fake, make, replay_ratio=1.0)
    train = store.examples.of(DEFAULT_WORKSPACE, made.id, Split.TRAIN)
    assert made.taught == sum(e.kind != ExampleKind.REPLAY for e in train) < made.train
    enough = CurateSettings(min_failures=made.taught + 1)
    assert f"{made.taught} failures" in (shortfall(made, enough) or "")


def test_without_good_answers_the_night_rests_unless_all_of_sixty_drawn_are_wrong() -> None:
    made = Dataset(
        id=DatasetId("ds"), workspace=DEFAULT_WORKSPACE, agent=SUPPORT, at=START, sha256="", train=50,
        heldout=30, taught=50,
    )  # fmt: skip
    assert "good answers are held out" in (shortfall(made, CurateSettings()) or "")
    assert shortfall(msgspec.structs.replace(made, drawn_wrong=60), CurateSettings()) is None
    assert shortfall(msgspec.structs.replace(made, heldout=60, heldout_good=30), CurateSettings()) is None


def test_answers_between_bad_and_good_are_taught_by_a_setting(store: Store, make: Maker) -> None:
    cycle, _ = _night(store, make)
    warm = [make.interaction(f"{town} refund when exactly?", "Perhaps.") for town in TOWNS]
    record(store, *warm)
    give_feedback(store, [make.feedback(w, 0.55) for w in warm], settings=CaptureSettings(), now=make.now)
    later = msgspec.structs.replace(cycle, until=make.now)
    with FakeProvider(lambda _asked: "It left this morning.") as fake:
        without = _build(store, later, fake, make)
        harvested = _build(store, later, fake, make, teach_below=0.7)
    examples = [e for side in Split for e in store.examples.of(DEFAULT_WORKSPACE, harvested.id, side)]
    assert {w.id for w in warm} & {e.interaction for e in examples}
    assert harvested.taught > without.taught


def test_rewrites_of_less_quality_than_wanted_are_dropped(store: Store, make: Maker) -> None:
    cycle, failed = _night(store, make)
    with FakeProvider(lambda _asked: "Why.") as fake:
        made = _build(store, cycle, fake, make, min_quality=0.7)
    assert made.dropped == {"quality below curate.min_quality": len(failed)}


def test_corrections_that_wait_for_a_teacher_name_the_setting(store: Store, make: Maker) -> None:
    cycle, failed = _night(store, make)
    signals = [make.feedback(one, source=Source.USER_CORRECTION, correction="By noon.") for one in failed]
    give_feedback(store, signals, settings=CaptureSettings(), now=make.now)
    made = _build(store, cycle, None, make)
    assert 'curate.corrections = "trusted"' in (shortfall(made, CurateSettings()) or "")


def test_trusted_corrections_need_no_teacher(store: Store, make: Maker) -> None:
    cycle, failed = _night(store, make)
    signals = [make.feedback(one, source=Source.USER_CORRECTION, correction="By noon.") for one in failed]
    give_feedback(store, signals, settings=CaptureSettings(), now=make.now)
    made = _build(store, cycle, None, make, corrections="trusted")
    kinds = {e.kind for e in store.examples.of(DEFAULT_WORKSPACE, made.id, Split.TRAIN)}
    assert ExampleKind.CORRECTION in kinds


def test_a_teacher_that_refuses_the_key_ends_the_night_with_its_reason(store: Store, make: Maker) -> None:
    cycle, _ = _night(store, make)
    with FakeProvider(moods=("denied",)) as fake, pytest.raises(AuthFailed, match="teacher"):
        _build(store, cycle, fake, make)
    assert store.datasets.total(DEFAULT_WORKSPACE) == 0


def test_what_may_not_be_used_for_training_is_left_out(tmp_path: Path, make: Maker) -> None:
    with Store(str(tmp_path / "private.db")) as store:
        store.upgrade()
        cycle, failed = _night(store, make)
        store.interactions.update_where(store.interactions.table.c.id == failed[0].id, trainable=False)
        with FakeProvider(lambda _asked: "It left this morning.") as fake:
            made = _build(store, cycle, fake, make)
        assert made.dropped["may not be used for training"] == 1


def test_the_cases_of_a_tool_agent_keep_their_tools_and_what_these_gave(store: Store, make: Maker) -> None:
    options = RequestOptions(api="chat", tools=(ToolDefinition(name="hours"),), sampling={"temperature": 1})
    call = ToolCall(name="hours", arguments="{}", id="c", result="9 to 17")
    cycle, _ = _night(store, make, options=options, tool_calls=(call,))
    with FakeProvider() as fake:
        dataset = _build(store, cycle, fake, make)
    held = store.examples.of(DEFAULT_WORKSPACE, dataset.id, Split.HELDOUT)
    good = [one for one in held if one.kind == ExampleKind.REPLAY]
    assert good
    assert all(one.options == options for one in good)
    assert [message.content for message in good[0].tool_messages] == ["[called hours({})]", "9 to 17"]
    assert all(one.options is None and not one.tool_messages for one in held if one not in good)


def test_what_an_erased_person_sends_later_teaches_nothing(store: Store, make: Maker) -> None:
    for subject in ({"end_user": "anna"}, {"conversation": "talk"}):
        erase(
            store,
            DEFAULT_WORKSPACE,
            **subject,
            settings=CaptureSettings(),
            now=make.tick(),
            ident=ErasureId(f"era_{len(subject)}{next(iter(subject))}"),
        )
    cycle, failed = _night(store, make, end_user="anna")
    later = make.interaction("bread opening hours?", "Nine.", conversation="talk")
    record(store, later)
    give_feedback(store, [make.feedback(later, 1.0)], settings=CaptureSettings(), now=make.now)
    with FakeProvider(lambda _: "It is on its way.") as fake:
        dataset = _build(store, cycle, fake, make)
    taught = {
        one.interaction for side in Split for one in store.examples.of(DEFAULT_WORKSPACE, dataset.id, side)
    }
    assert taught <= {one.id for one in failed}
    assert taught


def test_one_person_who_rates_from_a_page_brings_in_five_cases_and_a_key_brings_in_all(
    store: Store, make: Maker
) -> None:
    cycle, _ = _night(store, make)
    known = timedelta(days=30)
    pages = [make.interaction(f"{town} museum tickets?", "At the door.") for town in TOWNS]
    first = [make.feedback(one, 1.0, rater="crowd", public=True, at=make.now - known) for one in pages[:1]]
    rest = [make.feedback(one, 1.0, rater="crowd", public=True) for one in pages[1:]]
    record(store, *pages)
    give_feedback(store, [*first, *rest], settings=CaptureSettings(), now=make.now)
    with FakeProvider(lambda _: "It is on its way.") as fake:
        dataset = _build(store, msgspec.structs.replace(cycle, until=make.now), fake, make)
    every = [one for side in Split for one in store.examples.of(DEFAULT_WORKSPACE, dataset.id, side)]
    assert sum(one.public_rater == "crowd" for one in every) == 5
    assert dataset.dropped["its public rater rated too many that day"] == 1
    assert dataset.dropped["its public rater has too large a share of the set"] == 6
    assert store.examples.list_public(DEFAULT_WORKSPACE).keys() == {"crowd"}
