"""Planted truth: whoever cannot be known brings little into a set, however many accounts, rows and days."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import pytest
from tests.conftest import Maker

from upspiral.curate import CurateSettings
from upspiral.curate.public.caps import (
    TOO_LARGE_A_SHARE,
    TOO_MANY_A_DAY,
    TOO_MANY_FOR_LIFE,
    TOO_NEW,
    KnownPublic,
    limit_public,
)
from upspiral.curate.select import Case
from upspiral.domain import ExampleKind, Feedback, Source
from upspiral.domain.ids import InteractionId

SETTINGS = CurateSettings()
OLD = timedelta(days=60)


class World:
    """Cases with the signals about them."""

    def __init__(self, make: Maker) -> None:
        self.make = make
        self.cases: list[Case] = []
        self.feedback: dict[InteractionId, list[Feedback]] = {}
        self.first: dict[str, datetime] = {}
        self.taught: dict[str, set[InteractionId]] = {}

    def rate(
        self,
        rater: str,
        *,
        known_for: timedelta = OLD,
        ago: timedelta = timedelta(),
        error: str | None = None,
        **more: object,
    ) -> Case:
        """Let somebody rate an answer of their own from a page: up, unless said otherwise."""
        one = self.make.interaction(end_user=rater, error=error)
        score = float(str(more.pop("score", 1.0)))
        signal = self.make.feedback(
            one, score, rater=rater, public=more.pop("public", True), at=self.make.now - ago, **more
        )
        self.first.setdefault(rater, self.make.now - known_for)
        kind = ExampleKind.REPLAY if score > 0.5 else ExampleKind.REWRITE
        case = Case(interaction=one, slice="rest", kind=kind, answer="Here.")
        self.cases.append(case)
        self.feedback.setdefault(one.id, []).append(signal)
        return case

    def limit(self, settings: CurateSettings = SETTINGS) -> tuple[list[Case], Counter[str]]:
        known = KnownPublic(self.first, {who: frozenset(those) for who, those in self.taught.items()})
        return limit_public(self.cases, self.feedback, known, settings=settings, now=self.make.now)


@pytest.fixture
def world(make: Maker) -> World:
    return World(make)


def _shares(kept: Sequence[Case]) -> Mapping[str, int]:
    return Counter(case.public_rater or "" for case in kept)


@pytest.mark.parametrize("score", [1.0, 0.0])
@pytest.mark.parametrize(
    ("days", "counts"), [(0, False), (6.9, False), (7.1, True), (60, True)], ids=lambda given: str(given)
)
def test_whoever_is_known_for_less_than_seven_days_teaches_nothing(
    world: World, days: float, counts: bool, score: float
) -> None:
    world.rate("anna", known_for=timedelta(days=days), score=score)
    kept, dropped = world.limit()
    assert (len(kept), dropped[TOO_NEW]) == ((1, 0) if counts else (0, 1))


@pytest.mark.parametrize("source", list(Source))
def test_what_a_key_an_operator_or_a_verifier_says_has_no_limit(world: World, source: Source) -> None:
    for _ in range(100):
        world.rate("anna", known_for=timedelta(), public=False, source=source)
    kept, dropped = world.limit()
    assert (len(kept), dropped) == (100, Counter())
    assert _shares(kept) == {"": 100}


def test_what_somebody_with_a_key_says_as_well_needs_no_limit(world: World) -> None:
    for _ in range(20):
        case = world.rate("anna", known_for=timedelta())
        said = world.make.feedback(case.interaction, 1.0, source=Source.VERIFIER, rater="tests")
        world.feedback[case.interaction.id].append(said)
    assert len(world.limit()[0]) == 20


def test_an_error_needs_nobody_who_tells_of_it(world: World) -> None:
    for _ in range(20):
        world.rate("anna", known_for=timedelta(), score=0.0, error="timeout")
    assert len(world.limit()[0]) == 20


def test_a_day_has_its_limit(world: World) -> None:
    for day in range(3):
        for _ in range(40):
            world.rate("anna", ago=timedelta(days=day))
    settings = CurateSettings(public_rows=1000)
    kept, dropped = world.limit(settings)
    assert (len(kept), dropped[TOO_MANY_A_DAY]) == (30, 90)


def test_a_life_has_its_limit_and_what_was_taught_before_may_be_taught_again(world: World) -> None:
    settings = CurateSettings(public_rows=1000, public_daily=1000)
    before = [world.rate("anna") for _ in range(45)]
    world.taught["anna"] = {case.interaction.id for case in before}
    for _ in range(20):
        world.rate("anna")
    kept, dropped = world.limit(settings)
    assert len(kept) == 50
    assert {case.interaction.id for case in before} <= {case.interaction.id for case in kept}
    assert dropped[TOO_MANY_FOR_LIFE] == 15


def _attack(world: World, *, accounts: int, rows: int, known_for: timedelta) -> Iterator[str]:
    for n in range(accounts):
        for _ in range(rows):
            yield world.rate(f"bot{n}", known_for=known_for + timedelta(hours=n)).public_rater or f"bot{n}"


@pytest.mark.parametrize(("honest", "flood"), [(200, 20_0), (1000, 1000)])
def test_a_flood_of_one_account_is_at_most_five_rows_or_one_percent(
    world: World, honest: int, flood: int
) -> None:
    for n in range(honest):
        world.rate(f"user{n}", known_for=OLD + timedelta(hours=n))
    settings = CurateSettings(public_daily=10_000, public_lifetime=10_000)
    for _ in range(flood):
        world.rate("bot")
    kept, dropped = world.limit(settings)
    shares = _shares(kept)
    assert shares["bot"] <= max(5, len(kept) / 100)
    assert sum(n for who, n in shares.items() if who != "bot") == honest  # nothing honest is lost
    assert dropped[TOO_LARGE_A_SHARE] == flood - shares["bot"]


def test_many_accounts_made_at_once_count_as_one(world: World) -> None:
    for n in range(200):
        world.rate(f"user{n}", known_for=OLD + timedelta(hours=n))
    for n in range(100):
        world.rate(f"bot{n}", known_for=timedelta(days=20, seconds=n))
    kept, _ = world.limit()
    bots = [who for who in _shares(kept) if who.startswith("bot")]
    assert len(bots) <= 5
    assert len(kept) - len(bots) == 200


@pytest.mark.long
def test_a_drip_over_ninety_nights_stops_at_fifty_rows_for_life(world: World) -> None:
    """Each night an attacker adds two rows beside 200 honest ones; sets remember who brought what."""
    taught: set[InteractionId] = set()
    for _night in range(90):
        world.cases, world.taught = [], {"bot": set(taught)}
        for n in range(200):
            world.rate(f"user{n}", known_for=OLD + timedelta(hours=n))
        for _ in range(2):
            world.rate("bot")
        taught |= {case.interaction.id for case in world.limit()[0] if case.public_rater == "bot"}
    assert len(taught) == 50


@pytest.mark.parametrize("part", [0.01, 0.05, 0.2])
def test_attackers_of_a_part_of_all_accounts_have_no_larger_part_of_the_set(
    world: World, part: float
) -> None:
    """Each floods a hundredfold; accounts were made one by one, long ago, so that no other limit helps."""
    honest = 400
    for n in range(honest):
        for _ in range(2):
            world.rate(f"user{n}", known_for=OLD + timedelta(hours=n))
    list(_attack(world, accounts=round(honest * part / (1 - part)), rows=100, known_for=OLD))
    kept, _ = world.limit()
    bots = sum(n for who, n in _shares(kept).items() if who.startswith("bot"))
    assert len(kept) - bots >= 0.9 * 2 * honest  # of the honest rows at least 90 %
    most = max(n for who, n in _shares(kept).items() if who.startswith("bot"))
    assert most <= max(5, len(kept) / 100)
    assert most <= 10


def test_which_cases_stay_is_not_the_raters_choice(world: World) -> None:
    for _ in range(50):
        world.rate("bot")
    first = {case.interaction.id for case in world.limit()[0]}
    world.cases.reverse()
    assert {case.interaction.id for case in world.limit()[0]} == first
