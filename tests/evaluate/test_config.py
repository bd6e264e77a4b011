"""Does the gate, as it is set by default, read the same answer in other words as the same?"""

import pytest

from upspiral.curate import CurateSettings
from upspiral.evaluate import EvaluateSettings
from upspiral.scorers import scorer

REFERENCE = "Parcels wait at the depot for seven days, then they are sent back."


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("Parcels wait for 7 days at the depot, and then they are sent back.", True),
        ("Parcels do not wait at the depot for seven days, they are sent back.", False),
        ("Parcels wait at the depot for nine days, then they are sent back.", False),
        ("You can pay by card or by invoice.", False),
    ],
)
def test_the_default_scorer_reads_paraphrases_and_tells_what_differs(answer: str, right: bool) -> None:
    chosen = scorer(EvaluateSettings().scorer)
    assert (chosen.score("How long?", REFERENCE, answer).value >= chosen.success_at) is right


def test_what_the_teacher_is_believed_by_is_what_the_gate_reads_by() -> None:
    assert EvaluateSettings().scorer == CurateSettings().scorer
