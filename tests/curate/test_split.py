"""What is for learning is never like what is for the proof."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import Maker

from upspiral.curate.config import CurateSettings
from upspiral.curate.deduplicate import near_duplicates
from upspiral.curate.select import Case
from upspiral.curate.split import KeptBack, Parts, split
from upspiral.domain import ExampleKind

WORDS = ("parcel", "late", "refund", "card", "lost", "where", "is", "my", "the", "new", "jacket", "please")


def _case(make: Maker, question: str, kind: ExampleKind, conversation: str | None = None) -> Case:
    more = {"conversation": conversation} if conversation else {}
    asked = make.interaction(question, **more)
    return Case(interaction=asked, slice="all", answer="So.", kind=kind)


def _split(taught: list[Case], good: list[Case], *, select: float = 0.0, salt: str = "") -> Parts:
    return split(
        taught,
        good,
        CurateSettings(heldout=0.3, near_duplicate=0.8, replay_ratio=1.0, heldout_successes=300),
        kept=KeptBack(select),
        salt=salt,
    )


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(st.lists(st.sampled_from(WORDS), min_size=3, max_size=6), min_size=2, max_size=40),
    st.sampled_from((0.0, 0.25, 0.6)),
)
def test_no_near_duplicate_and_no_conversation_is_on_two_sides(
    questions: list[list[str]], select: float
) -> None:
    make = Maker()
    kinds = (ExampleKind.REWRITE, ExampleKind.REPLAY)
    cases = [_case(make, " ".join(words), kinds[n % 2], f"c{n % 7}") for n, words in enumerate(questions)]
    parts = _split(cases[::2], cases[1::2], select=select)
    side_of = {c.interaction.id: n for n, side in enumerate(_sides(parts)) for c in side}
    everyone = [case for side in _sides(parts) for case in side]
    talks: dict[str, int] = {}
    for case in everyone:
        side = side_of[case.interaction.id]
        assert talks.setdefault(case.interaction.conversation, side) == side
    for one, other in near_duplicates([c.interaction.question for c in everyone], threshold=0.8):
        assert side_of[everyone[one].interaction.id] == side_of[everyone[other].interaction.id]
    assert select or not parts.select


def test_held_out_cases_keep_the_proportion_of_the_traffic(make: Maker) -> None:
    def many(n: int, kind: ExampleKind) -> list[Case]:
        return [_case(make, f"{kind} {number} " + "abcdefghij"[number % 10] * 9, kind) for number in range(n)]

    parts = _split(many(100, ExampleKind.REWRITE), many(900, ExampleKind.REPLAY))
    bad = sum(c.kind == ExampleKind.REWRITE for c in parts.heldout)
    good = len(parts.heldout) - bad
    assert bad > 0
    assert 7 <= good / bad <= 11


def test_the_same_cases_are_always_parted_the_same_way(make: Maker) -> None:
    cases = [
        _case(make, f"question number {n} about {WORDS[n % 12]}", ExampleKind.REWRITE) for n in range(30)
    ]
    first, again = _split(cases, []), _split(list(cases), [])
    assert [c.interaction.id for c in first.heldout] == [c.interaction.id for c in again.heldout]


def test_another_version_parts_the_same_cases_in_another_way(make: Maker) -> None:
    cases = [
        _case(make, f"question number {n} about {WORDS[n % 12]}", ExampleKind.REWRITE) for n in range(60)
    ]
    one, again, other = (_split(cases, [], select=0.3, salt=salt) for salt in ("av_1 ", "av_1 ", "av_2 "))
    assert _names(one) == _names(again)
    assert _names(one) != _names(other)
    assert min(map(len, _sides(one))) > 5


def test_drafts_compete_on_failures_and_good_answers_in_the_proportion_of_the_traffic(make: Maker) -> None:
    def many(n: int, kind: ExampleKind) -> list[Case]:
        return [_case(make, f"{kind} {number} " + "abcdefghij"[number % 10] * 9, kind) for number in range(n)]

    parts = _split(many(200, ExampleKind.REWRITE), many(600, ExampleKind.REPLAY), select=0.3)
    bad = sum(c.kind == ExampleKind.REWRITE for c in parts.select)
    assert bad > 10
    assert 2 <= (len(parts.select) - bad) / bad <= 4


def _sides(parts: Parts) -> tuple[list[Case], ...]:
    return parts.train, parts.select, parts.heldout


def _names(parts: Parts) -> list[list[str]]:
    return [[case.interaction.id for case in side] for side in _sides(parts)]
