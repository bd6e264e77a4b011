"""The same weakness keeps its name from night to night."""

from datetime import timedelta

from tests.conftest import START

from upspiral.analyze.identity import Known, recognise, terms_alike
from upspiral.domain import Pattern, Polarity
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, InteractionId, PatternId

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
    }
    rates = ("failure_rate", "failure_rate_low", "failure_rate_high", "share", "share_low", "share_high")
    numbers = {"failures": 5, "conversations": 9, **dict.fromkeys(rates, 0.5)}
    return Pattern(**{**given, **numbers, **more})  # type: ignore[arg-type]


def _remembered(*patterns: Pattern) -> list[Known]:
    return recognise(patterns, [])[1]


def test_a_group_with_most_of_its_words_is_the_same_pattern() -> None:
    known = _remembered(_pattern("old", ("voucher", "gift", "code", "checkout")))
    found, remembered = recognise([_pattern("new", ("gift voucher", "code", "checkout"), night=1)], known)
    assert [p.id for p in found] == ["old"]
    assert (remembered[0].first_seen, remembered[0].last_seen) == (START, START + NIGHT)
    assert remembered[0].times == 2


def test_a_group_of_the_same_interactions_is_the_same_pattern_under_other_words() -> None:
    known = _remembered(_pattern("old", ("refund",), "abcdef"))
    found, _ = recognise([_pattern("new", ("money back",), "abcdeg", night=1)], known)
    assert found[0].id == "old"


def test_another_subject_is_a_new_pattern_and_the_old_one_is_kept() -> None:
    known = _remembered(_pattern("old", ("refund", "return"), "abc"))
    found, remembered = recognise([_pattern("new", ("invoice", "tax"), "xyz", night=1)], known)
    assert found[0].id == "new"
    assert [k.id for k in remembered] == ["old", "new"]
    assert remembered[0].last_seen == START


def test_a_strength_is_never_taken_for_a_weakness() -> None:
    known = _remembered(_pattern("old", ("model is small",)))
    found, _ = recognise([_pattern("new", ("model is small",), polarity=Polarity.STRENGTH)], known)
    assert found[0].id == "new"


def test_each_known_pattern_is_given_away_once_to_the_likest() -> None:
    known = _remembered(_pattern("old", ("refund", "return", "jacket"), "abcd"))
    near = _pattern("near", ("refund", "return"), "az", night=1)
    same = _pattern("same", ("refund", "return", "jacket"), "abcd", night=1)
    found, remembered = recognise([near, same], known)
    assert [p.id for p in found] == ["near", "old"]
    assert len(remembered) == 2


def test_a_pattern_that_comes_back_after_weeks_keeps_its_id_and_its_first_day() -> None:
    first = _remembered(_pattern("old", ("turns > 4", "model is small")))
    _, away = recognise([], first)
    found, remembered = recognise([_pattern("new", ("model is small", "turns > 6"), night=30)], away)
    assert found[0].id == "old"
    assert remembered[0].first_seen == START


def test_ids_stay_apart_when_a_different_finding_bears_a_known_id() -> None:
    known = _remembered(_pattern("pat", ("refund",), "abc"))
    found, remembered = recognise([_pattern("pat", ("invoice",), "xyz", night=1)], known)
    assert found[0].id != "pat"
    assert len({k.id for k in remembered}) == 2


def test_terms_that_share_nothing_are_not_alike() -> None:
    assert terms_alike(["a"], []) == 0
    assert terms_alike(["refund"], ["invoice"]) == 0
    assert terms_alike(["turns > 4"], ["turns ≤ 4"]) == 0
