# ruff: noqa: RUF001
"""What is a phone number? As it is written anywhere in the world, by Google's numbering plans."""

import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from upspiral.capture.redaction.account_numbers import THINGS
from upspiral.capture.redaction.rule import GAP, Found, RedactionRule

if TYPE_CHECKING:
    import phonenumbers

GAPS = rf"{GAP}()/"
CUE_WORDS = (
    r"(?:(?:\b|_)(?:tel|mob|cell|fax|sms|gsm|tlf|puh)|phone|telefon|mobile?|whatsapp|viber|handy|rufnummer"
    r"|t[ée]l[ée]phone|tel[ée]fono|telefone|telefoon|telefono|celular|cellulare|m[óo]vil|portable|puhelin|komórka"
    r"|(?:^|\PL)(?:тел|моб)|телефон|мобильный|电话|電話|手机|手機|携帯|전화|휴대폰|هاتف|جوال|टेलीफोन|फोन|τηλ[έε]φωνο|κινητό)"
)
CUE = (
    rf"(?i){CUE_WORDS}(?:[ _-]?(?:number|no|nr|num|nummer))?[\"'\\*]{{0,4}}(?:\s+(?:is|ist|est|es|är))?"
    rf"[\s\x{{a0}}\x{{202f}}]{{0,3}}[:=.：]{{0,2}}[\s\x{{a0}}]{{0,3}}[\"'\\*]{{0,4}}"
)
FEWEST_DIGITS, MOST_DIGITS, MOST_CHUNKS = 7, 15, 6
FEWEST_ABROAD, FEWEST_UNKNOWN = 10, 9
"""Digits of what is called a phone number, of which the country code or the country is not known."""
EPOCH = re.compile(r"1[4-9]\d{8}(?:\d{3})?")
DATE = re.compile(r"(?:19|20)\d\d[-./]\d\d?[-./]\d\d?(?!\d)|\d\d?([-./])\d\d?\1(?:19|20)\d\d(?!\d)")


def phone_rules(region: str | None = "US") -> tuple[RedactionRule, ...]:
    """Make the rules for phone numbers.

    Args:
        region: Where a number without a country code is taken to be, an ISO 3166 code; None hides only
            numbers with a country code.
    """
    return (
        RedactionRule(
            what="phone number",
            label="phone",
            hint=rf"\d(?:[{GAPS}]{{0,3}}\d){{6}}",
            pattern=rf"(?:^|[^\w.\-/#$€£+]|\\[nrtbf]|/\b)(\+?\(?\d[{GAPS}\d]{{5,40}}\d)(?:[^\w@%€$£:-]|-(?:\W|$)|$|:\s)",
            find=partial(phones, region=region),
            unless_after=THINGS,
            keyed=True,
        ),
        RedactionRule(
            what="number that is called a phone number",
            label="phone",
            hint=rf"{CUE}[+(]{{0,2}}\d(?:[{GAPS}]{{0,3}}\d){{6}}",
            pattern=rf"{CUE}(\+?\(?\d(?:[{GAPS}]{{0,3}}\d){{6,14}})(?:[^\w.]|$|\.(?:\D|$))",
            find=partial(_find_number, region=region),
            keyed=True,
        ),
    )


def phones(candidate: str, *, region: str | None) -> Iterator[Found]:
    """Take the phone numbers out of a run of digits and gaps.

    Args:
        candidate: Digits, blanks, brackets, dots, dashes and slashes, perhaps with a plus.
        region: Where a number without a country code is taken to be, such as `US`; None for nowhere.

    >>> list(phones("(415) 555-2671", region="US"))
    [(0, 14, '+14155552671')]
    >>> list(phones("2024-01-15 10", region="US"))
    []
    """
    chunks = [match.span() for match in re.finditer(r"[^\s]+", candidate)]
    counts = [sum(map(str.isdigit, candidate[a:b])) for a, b in chunks]
    start = 0
    while start < len(chunks):
        if sum(counts[start : start + MOST_CHUNKS]) < FEWEST_DIGITS:
            start += 1
            continue
        for end in range(min(start + MOST_CHUNKS, len(chunks)), start, -1):
            if not FEWEST_DIGITS <= sum(counts[start:end]) <= MOST_DIGITS:
                continue
            a, b = chunks[start][0], chunks[end - 1][1]
            same = _phone(candidate[a:b], region, apart=end - start < len(chunks))
            if same:
                yield a, b, same
                start = end - 1
                break
            if same is not None:
                yield a, a, ""
        start += 1


def _phone(text: str, region: str | None, *, apart: bool) -> str | None:
    """Give a phone number's one form; None where it cannot be one, and nothing where it only looked so."""
    groups = re.findall(r"\d+", text)
    if DATE.search(text):
        return None
    abroad = text.startswith("+") or (text.startswith("00") and len(groups) > 1)
    trunk = text.lstrip("(").startswith("0") and len(groups) > 1
    if not abroad and (region is None or len(groups) == 1):
        return None
    if apart and not abroad and not trunk and re.fullmatch(r"[\d\s]+", text):
        return None  # three numbers in a row of a table
    number = _parse("+" + "".join(groups).removeprefix("00") if abroad else text, region)
    if number is None or not (abroad or trunk or groups in _usual_groupings(number)):
        return ""
    return _to_international(number)


def _parse(text: str, region: str | None) -> "phonenumbers.PhoneNumber | None":
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _usual_groupings(number: "phonenumbers.PhoneNumber") -> list[list[str]]:
    import phonenumbers

    kinds = (phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return [re.findall(r"\d+", phonenumbers.format_number(number, kind)) for kind in kinds]


def _to_international(number: "phonenumbers.PhoneNumber") -> str:
    import phonenumbers

    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _find_number(candidate: str, *, region: str | None) -> Iterator[Found]:
    digits = re.sub(r"\D", "", candidate)
    if DATE.search(candidate) or EPOCH.fullmatch(digits):
        return
    abroad = "+" + digits.removeprefix("00")
    number = _parse(candidate, region) or (_parse(abroad, None) if len(digits) >= FEWEST_ABROAD else None)
    if number is not None:
        yield 0, len(candidate), _to_international(number)
    elif len(digits) >= FEWEST_UNKNOWN:
        yield 0, len(candidate), digits
