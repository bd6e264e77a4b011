"""The same weakness keeps its name from night to night."""

from datetime import timedelta

from msgspec import structs
from tests.conftest import START

from upspiral.analyze.identity import match_known, similarity, terms_alike
from upspiral.domain import Pattern, Polarity
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, CycleId, InteractionId, PatternId

NIGHT = timedelta(days=1)


def _pattern(
    ident: str, terms: tuple[str, ...], members: str = "", *, night: int = 0, **more: object
) -> Pattern:
    given: dict[str, object] = {
        "id": PatternId(ident),
        "workspace": DEFAULT_WORKSPACE,
        "agent": AgentId("support"),
        "at": START + night * NIGHT,
        "name": " · ".join(terms),
        "description": "",
        "terms": terms,
        "members": tuple(InteractionId(m) for m in members),
        "first_seen": START + night * NIGHT,
        "last_seen": START + night * NIGHT,
    }
    rates = ("failure_rate", "failure_rate_low", "failure_rate_high", "share", "share_low", "share_high")
    numbers = {"failures": 5, "conversations": 9, **dict.fromkeys(rates, 0.5)}
    return Pattern(**{**given, **numbers, **more})  # type: ignore[arg-type]


def _slice(ident: str, terms: tuple[str, ...], *, night: int = 0) -> Pattern:
    return _pattern(ident, terms, night=night, conditions=(("a", "b"),))


def test_a_group_with_most_of_its_words_is_the_same_pattern() -> None:
    known = _pattern("old", ("voucher", "gift", "code", "checkout"))
    [found] = match_known([_pattern("new", ("gift voucher", "code", "checkout"), night=1)], [known])
    assert (found.id, found.name) == ("old", known.name)
    assert (found.first_seen, found.last_seen, found.times) == (START, START + NIGHT, 2)


def test_a_group_of_the_same_interactions_is_the_same_pattern_under_other_words() -> None:
    known = _pattern("old", ("refund",), "abcdef")
    [found] = match_known([_pattern("new", ("money back",), "abcdeg", night=1)], [known])
    assert found.id == "old"


def test_another_subject_is_a_new_pattern() -> None:
    known = _pattern("old", ("refund", "return"), "abc")
    [found] = match_known([_pattern("new", ("invoice", "tax"), "xyz", night=1)], [known])
    assert (found.id, found.times) == ("new", 1)


def test_a_strength_is_never_taken_for_a_weakness() -> None:
    known = _pattern("old", ("model is small",))
    [found] = match_known([_pattern("new", ("model is small",), polarity=Polarity.STRENGTH)], [known])
    assert found.id == "new"


def test_each_known_pattern_is_given_away_once_to_the_likest() -> None:
    known = [_pattern("old", ("refund", "return", "jacket"), "abcd")]
    near = _pattern("near", ("refund", "return"), "az", night=1)
    same = _pattern("same", ("refund", "return", "jacket"), "abcd", night=1)
    assert [p.id for p in match_known([near, same], known)] == ["near", "old"]


def test_a_pattern_that_comes_back_after_weeks_keeps_its_id_and_its_first_day() -> None:
    old = _slice("old", ("turns > 4", "model is small"))
    [found] = match_known([_slice("new", ("model is small", "turns > 6"), night=30)], [old])
    assert (found.id, found.first_seen) == ("old", START)
    assert found.name == "model is small · turns > 6"


def test_a_night_that_is_repeated_counts_once() -> None:
    first = match_known([_pattern("a", ("refund",), cycle=CycleId("c"))], [])
    late = structs.replace(first[0], at=START + NIGHT)
    assert match_known([late], first)[0].times == 1
    assert match_known([structs.replace(late, cycle=CycleId("d"))], first)[0].times == 2


def test_two_searches_of_one_day_count_once() -> None:
    first = match_known([_pattern("a", ("refund",))], [])
    assert match_known(first, first)[0].times == 1


def test_words_of_texts_are_never_taken_for_a_condition() -> None:
    known = _slice("old", ("model is small",))
    assert similarity(_pattern("new", ("small",)), known) == 0
    assert (
        similarity(_pattern("new", ("small",), "abc"), structs.replace(known, members=("a", "b", "c"))) == 1
    )


def test_ids_stay_apart_when_a_different_finding_bears_a_known_id() -> None:
    known = [_pattern("pat", ("refund",), "abc"), _pattern("pat_2", ("tax",), "def")]
    found = [_pattern("pat", ("invoice",), "xyz", night=1), _pattern("pat", ("hours",), "uvw", night=1)]
    told = match_known(found, known)
    assert len({p.id for p in (*told, *known)}) == 4
    assert [p.id for p in match_known(found, [*known, *told])] == [p.id for p in told]


def test_terms_that_share_nothing_are_not_alike() -> None:
    assert terms_alike(["a"], []) == 0
    assert terms_alike(["refund"], ["invoice"]) == 0
    assert terms_alike(["turns > 4"], ["turns ≤ 4"]) == 0
