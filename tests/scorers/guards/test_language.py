"""Answers in another script."""

import pytest

from upspiral.scorers import LanguageGuard
from upspiral.scorers.guards.language import find_scripts

ENGLISH, RUSSIAN = "It left this morning.", "Он отправлен сегодня утром."
JAPANESE, CHINESE = "今朝出荷しました。", "今天早上已经发货了。"
HINDI, ARABIC, THAI = "यह आज सुबह निकला।", "لقد غادر هذا الصباح.", "มันออกไปเมื่อเช้านี้"


@pytest.mark.parametrize("wanted", [ENGLISH, RUSSIAN, CHINESE, HINDI, ARABIC, THAI])
@pytest.mark.parametrize("said", [ENGLISH, RUSSIAN, CHINESE, HINDI, ARABIC, THAI])
def test_an_answer_in_another_script_than_reference_and_question_is_wrong(wanted: str, said: str) -> None:
    assert LanguageGuard().score(wanted, wanted, said).value == float(wanted == said)


def test_an_answer_in_the_script_of_the_question_is_right() -> None:
    assert LanguageGuard().score(RUSSIAN, ENGLISH, RUSSIAN).value == 1.0


def test_scripts_that_stand_together_are_one() -> None:
    assert LanguageGuard().score(JAPANESE, JAPANESE, CHINESE).value == 1.0


def test_codes_numbers_and_emoji_tell_no_script() -> None:
    for text in ("AB-12", "1234567890", "🎉🎉🎉", ""):
        assert find_scripts(text) == frozenset()
        assert LanguageGuard().score(RUSSIAN, RUSSIAN, text).value == 1.0
