"""Which characters make up words, and in which script is a text written? (pure)."""

import re
import unicodedata
from collections import Counter
from functools import cache

UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e"  # Thai
    "\u0e81-\u0ecd\u0edc-\u0edf"  # Lao
    "\u1000-\u103f\u104e-\u109f"  # Burmese
    "\u1100-\u11ff\uac00-\ud7ff"  # Hangul: words are spaced, but their endings run into them
    "\u1780-\u17d3"  # Khmer
    "\u3005\u3041-\u3096\u309d-\u309f\u30a1-\u30ff\u31f0-\u31ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
)
"""Characters of scripts in which no space ends a word, for a class of a regular expression."""
EMOJI = "\u2190-\u21ff\u231a-\u23ff\u25a0-\u27bf\u2b05-\u2b55\U0001f000-\U0001faff"
MODIFIERS = "\U0001f3fb-\U0001f3ff"
"""Colors of skin, which belong to the emoji before them."""
MARKED = (
    *(range(0x300, 0x3400), range(0xA600, 0xAC00), range(0xFB1E, 0xFE30)),
    *(range(0x10000, 0x12000), range(0x16A00, 0x17000), range(0x1BC00, 0x1F000)),
)
"""Where combining marks are among the characters: not among those of Han and Hangul, which are most."""
LETTERS_LOOKED_AT = 400
"""Letters by which the script of a text is told."""
SCRIPT_NAMES = {"cjk": "han or kana", "hiragana": "han or kana", "katakana": "han or kana"}
"""Of the scripts whose characters are called otherwise than they are, or stand in one text."""


@cache
def find_marks() -> str:
    """Give all combining marks, for a class of a regular expression: no letters, but part of words."""
    marks = [n for span in MARKED for n in span if unicodedata.category(chr(n)) in ("Mn", "Mc")]
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in _to_ranges(marks))


@cache
def compile_unspaced() -> re.Pattern[str]:
    """Give the expression that finds one character of a script without spaces."""
    return re.compile(f"[{UNSPACED}]")


def name_script(text: str) -> str:
    """Name the script that most letters of a text are written in.

    >>> name_script("Где мой заказ?"), name_script("पैसे कब मिलेंगे?"), name_script("退款什么时候到账？")
    ('cyrillic', 'devanagari', 'han or kana')
    >>> name_script("Where?"), name_script("123")
    ('latin', 'none')
    """
    if text.isascii():
        return "latin" if any(map(str.isalpha, text)) else "none"
    letters = [letter for letter in text if letter.isalpha()][:LETTERS_LOOKED_AT]
    names = Counter(map(_script_of, letters))
    return names.most_common(1)[0][0] if names else "none"


@cache
def _script_of(letter: str) -> str:
    name = unicodedata.name(letter, "unknown").lower()
    first = name.replace("fullwidth ", "").replace("halfwidth ", "").split()[0].partition("-")[0]
    return SCRIPT_NAMES.get(first, first)


def _to_ranges(numbers: list[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = ranges[-1][0], number
        else:
            ranges.append((number, number))
    return ranges
