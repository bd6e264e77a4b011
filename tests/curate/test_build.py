"""From failures to a Dataset, with a teacher that can be trusted no further than it agrees with itself."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import START, Maker

from upspiral.capture import CaptureSettings, give_feedback, record
from upspiral.curate import CurateSettings, build, shortfall
from upspiral.domain import Cycle, Dataset, ExampleKind, Interaction, Pattern, Source, Split
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, CycleId, PatternId
from upspiral.errors import AuthFailed
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.scorers import scorer
from upspiral.store import Store
from upspiral.testing import FakeProvider

SUPPORT = AgentId("support")
TOWNS = ("Paris", "Rome", "Oslo", "Bern", "Wien", "Riga", "Kyiv", "Lyon", "Genf", "Bonn", "Cork", "York")


def _night(store: Store, make: Maker, n: int = 24) -> tuple[Cycle, list[Interaction]]:
    failed = [
        make.interaction(f"{TOWNS[k % 12]} parcel {'abcdef'[k // 12] * 8} where?", "No idea.")
        for k in range(n)
    ]
    good = [
        make.interaction(f"{town} {word} opening hours?", "Nine to five.")
        for town in TOWNS
        for word in ("shop", "cafe")
    ]
    record(store, *failed, *good)
    signals = [make.feedback(one, 0.0) for one in failed] + [make.feedback(one, 1.0) for one in good]
    give_feedback(store, signals, settings=CaptureSettings(), now=make.now)
    pattern = Pattern(
        id=PatternId("pat"),
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        at=START,
        name="parcel",
        description="",
        terms=("parcel",),
        members=tuple(one.id for one in failed),
        failures=n,
        conversations=n,
        failure_rate=1,
        failure_rate_low=0.9,
        failure_rate_high=1,
        share=1,
        share_low=0.9,
        share_high=1,
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
    teacher = OpenAICompatible("teacher", fake.url, "gpt", attempts=1) if fake else None
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
    assert "Too little to learn from" in (shortfall(made, CurateSettings(), taught=0) or "")


def test_a_second_run_asks_only_what_is_missing_and_gives_the_same_dataset(store: Store, make: Maker) -> None:
    cycle, _ = _night(store, make)
    with FakeProvider(lambda _asked: "It left this morning.") as fake:
        first = _build(store, cycle, fake, make)
        asked = len(fake.calls)
        again = _build(store, cycle, fake, make)
        assert len(fake.calls) == asked
    assert first == again


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
        store.interactions.change(store.interactions.table.c.id == failed[0].id, trainable=False)
        with FakeProvider(lambda _asked: "It left this morning.") as fake:
            made = _build(store, cycle, fake, make)
        assert made.dropped["may not be used for training"] == 1
