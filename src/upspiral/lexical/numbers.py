"""Which numbers does a text name: in digits of any script, English words or Chinese numerals? (pure)."""

import re

from upspiral.lexical.tokens import normalize, split_runs

COUNTED = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12",
}  # fmt: skip
"""English words for numbers; "one" mostly is none."""
HAN_DIGITS = {sign: n for n, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "兩": 2}
HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_HAN_NUMERAL = re.compile("[〇零一二两兩三四五六七八九十百千]{1,12}")
_COUNTING_ONE = re.compile("(?:周|週|星期|礼拜|禮拜|第)$")
"""What stands before a 一 that counts; elsewhere it mostly is part of a word."""


def join_thousands(text: str) -> str:
    """Write numbers without separators of thousands.

    >>> join_thousands("It costs 1,500 euros.")
    'It costs 1500 euros.'
    """
    return _THOUSANDS.sub("", text)


def find_numbers(text: str) -> frozenset[str]:
    """Give the numbers that a text names.

    >>> sorted(find_numbers("It's 1,500 euros in five days.")), sorted(find_numbers("三十天或٥天"))
    (['1500', '5'], ['30', '5'])
    >>> find_numbers("一般周一"), find_numbers("one of them")
    (frozenset({'1'}), frozenset())
    """
    plain = join_thousands(normalize(text))
    found = set(_NUMBER.findall(plain)) | {COUNTED[run] for run in split_runs(plain) if run in COUNTED}
    if not plain.isascii():
        found |= {
            str(_read_han(one[0]))
            for one in _HAN_NUMERAL.finditer(plain)
            if one[0] != "一" or _COUNTING_ONE.search(plain[: one.start()])
        }
    return frozenset(found)


def _read_han(numeral: str) -> int:
    if not any(sign in HAN_UNITS for sign in numeral):
        return int("".join(str(HAN_DIGITS[sign]) for sign in numeral))
    total, digit = 0, 1
    for sign in numeral:
        if sign in HAN_UNITS:
            total, digit = total + digit * HAN_UNITS[sign], 0
        else:
            digit = HAN_DIGITS[sign]
    return total + digit if numeral[-1] not in HAN_UNITS else total
