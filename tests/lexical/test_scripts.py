"""Is the script of a text told, whichever of the world's it is?"""

import unicodedata

import pytest

from upspiral.lexical.scripts import compile_unspaced, find_marks, name_script


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Where is it?", "latin"),
        ("Où est-il né?", "latin"),
        ("Где мой заказ, Amazon?", "cyrillic"),
        ("注文はどこ", "han or kana"),
        ("ｶｰﾄﾞ", "han or kana"),
        ("환불은 언제", "hangul"),
        ("คืนเงิน", "thai"),
        ("रिफंड", "devanagari"),
        ("استرداد", "arabic"),
        ("החזר", "hebrew"),
        ("επιστροφή", "greek"),
        ("გადახდა", "georgian"),
        ("பணம்", "tamil"),
        ("💸 123", "none"),
        ("", "none"),
    ],
)
def test_the_script_of_most_letters_is_told(text: str, script: str) -> None:
    assert name_script(text) == script


def test_every_combining_mark_is_among_the_marks() -> None:
    marks = find_marks()
    spans = [(marks[n], marks[n + 2]) for n in range(0, len(marks), 3)]
    for sign in "\u0301\u093e\u0e34\u064e\u05b0\U0001e130":
        assert unicodedata.category(sign).startswith("M")
        assert any(first <= sign <= last for first, last in spans)
    assert not any(first <= "a" <= last for first, last in spans)


def test_scripts_with_spaces_are_no_others() -> None:
    assert all(compile_unspaced().search(text) for text in ("退", "か", "カ", "한", "ค", "ກ", "ខ", "က"))
    assert not any(compile_unspaced().search(text) for text in ("ж", "ع", "ह", "ω", "é", "5", "๕"))
