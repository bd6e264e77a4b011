"""The redactors that the settings name are used, one after the other."""

import pytest
from pydantic import ValidationError

from upspiral.capture.config import CaptureSettings
from upspiral.capture.redaction.base import RedactorChain
from upspiral.capture.redactors import make_redactor

KEY = b"k" * 32


def test_the_usual_redactor_hides_what_the_operator_added() -> None:
    redactor = make_redactor(KEY, CaptureSettings(hide={"employee": r"\bEMP-\d{6}\b"}))
    assert redactor.text("by EMP-123456").startswith("by [employee:")
    assert redactor.text("ann@example.com").startswith("[email:")


def test_several_names_make_a_chain() -> None:
    made = make_redactor(KEY, CaptureSettings(redactors=("patterns", "patterns")))
    assert isinstance(made, RedactorChain)
    assert made.text("ann@example.com") == make_redactor(KEY, CaptureSettings()).text("ann@example.com")


def test_a_name_that_nobody_registered_is_told_with_the_one_most_like_it() -> None:
    with pytest.raises(ValidationError, match="Did you mean 'patterns'"):
        CaptureSettings(redactors=("patern",))
