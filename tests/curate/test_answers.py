"""What is taught: a correction, a rewrite on which the teacher agrees with itself, or nothing and why."""

import pytest
from tests.conftest import START, Maker

from upspiral.curate.answers import WAITS_FOR_TEACHER, choose_answer, select_unanswered
from upspiral.curate.config import CurateSettings
from upspiral.curate.select import Case
from upspiral.domain import ExampleKind, Feedback, Rewrite, Source
from upspiral.domain.ids import DEFAULT_WORKSPACE, CycleId, InteractionId, RewriteId
from upspiral.scorers import scorer

RIGHT = "It left this morning."


def _case(make: Maker) -> Case:
    return Case(interaction=make.interaction("Where is my parcel?", "No idea."), slice="parcel")


def _corrected(make: Maker, case: Case, text: str = RIGHT) -> Feedback:
    return make.feedback(case.interaction, 0.0, source=Source.USER_CORRECTION, correction=text)


def _rewrite(answer: str | None, number: int, unusable: str | None = None) -> Rewrite:
    return Rewrite(
        id=RewriteId(f"rw_{number}"),
        workspace=DEFAULT_WORKSPACE,
        cycle=CycleId("cyc"),
        interaction=InteractionId("int"),
        attempt=number,
        teacher="mv_teacher",
        answer=answer,
        unusable=unusable,
        at=START,
    )


def _choose(
    case: Case, said: list[Feedback], rewrites: list[Rewrite] | None, **settings: object
) -> Case | str:
    given = CurateSettings.model_validate(settings)
    return choose_answer(case, said, rewrites, scorer=scorer("exact"), settings=given)


def test_what_the_teacher_says_twice_is_taught_under_its_name(make: Maker) -> None:
    found = _choose(_case(make), [], [_rewrite(RIGHT, 1), _rewrite(RIGHT, 2)])
    assert isinstance(found, Case)
    assert (found.answer, found.kind, found.source) == (RIGHT, ExampleKind.REWRITE, "mv_teacher")


def test_a_trusted_correction_needs_no_teacher_and_wins_over_one(make: Maker) -> None:
    case = _case(make)
    found = _choose(case, [_corrected(make, case)], [_rewrite("Other.", 1)] * 2, corrections="trusted")
    assert isinstance(found, Case)
    assert (found.answer, found.kind, found.source) == (RIGHT, ExampleKind.CORRECTION, "anna")


@pytest.mark.parametrize(
    ("rewrites", "why"),
    [
        (None, "no teacher"),
        ([], "not asked: none of the teacher's first answers could be taught"),
        ([_rewrite(RIGHT, 1), _rewrite("Tomorrow.", 2)], "teacher disagrees with itself"),
        ([_rewrite(None, 1, "refusal"), _rewrite(None, 2, "refusal")], "teacher: refusal"),
        ([_rewrite(None, 1)], "teacher failed"),
        ([_rewrite("No idea.", 1), _rewrite("No idea.", 2)], "no better than the failed answer"),
    ],
)
def test_where_nothing_can_be_taught_the_reason_is_told(
    make: Maker, rewrites: list[Rewrite] | None, why: str
) -> None:
    assert _choose(_case(make), [], rewrites) == why


def test_a_correction_that_a_teacher_must_verify_waits_for_one(make: Maker) -> None:
    case = _case(make)
    assert _choose(case, [_corrected(make, case)], None, corrections="verified") == WAITS_FOR_TEACHER


def test_a_teacher_is_asked_only_about_what_no_trusted_correction_answers(make: Maker) -> None:
    corrected, open_ = _case(make), _case(make)
    said = {corrected.interaction.id: [_corrected(make, corrected)]}
    trusted, verified = (
        select_unanswered([corrected, open_], said, settings=CurateSettings(corrections=how))
        for how in ("trusted", "verified")
    )
    assert trusted == [open_]
    assert verified == [corrected, open_]
