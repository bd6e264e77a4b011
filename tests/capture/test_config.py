"""Settings of capture that cannot work are refused at load."""

import pytest
from pydantic import ValidationError

from upspiral.capture.config import CaptureSettings


@pytest.mark.parametrize(
    "wrong",
    [
        {"success_at": 0},
        {"redactors": ()},
        {"score_scales": {"quality": (5, 1)}},
        {"max_text_chars": 10},
        {"keep_days": 0},
    ],
)
def test_a_setting_that_cannot_work_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CaptureSettings.model_validate(wrong)
