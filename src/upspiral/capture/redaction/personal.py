"""What counts as personal data? Addresses, cards and accounts, each with the check that tells it."""

import re
from collections.abc import Iterator
from functools import cache
from ipaddress import ip_address

from stdnum import iban as iban_number
from stdnum import luhn, numdb
from stdnum.us import ssn as ssn_number

from upspiral.capture.redaction.rule import EDGE, Found, RedactionRule, whole

CARD = re.compile(
    r"(?:4\d{3}|5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720|6011|65\d\d|64[4-9]\d|62\d\d|35[2-8]\d"
    r"|50[12]\d|5[6-8]\d\d|63\d\d|67\d\d)\d{12}|3[47]\d{13}|3(?:0[0-5]|6\d|8\d)\d{11}|(?:4|62)\d{17,18}"
)
CARD_GROUPS = re.compile(r"\d+|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|\d{4}([ -])\d{6}\2\d{4,5}")
SHORTEST_CARD, LONGEST_CARD = 12, 20
"""Digits."""
FILES = frozenset(
    ("png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "ts", "py", "json", "html", "md")
)


DOMAIN = re.compile(r"@[^@]+\.[^\W\d_]{2,}$")


def email(candidate: str) -> Iterator[Found]:
    """Take an e-mail address, but no file name, no Git remote and no method of a matrix.

    >>> [list(email(text)) for text in ("Ann@Example.com", "logo@2x.png", "a@b.dot(", "a@b.cd.dot(")]
    [[(0, 15, 'ann@example.com')], [], [], [(0, 6, 'a@b.cd')]]
    """
    same = candidate.lower().replace("%40", "@")
    end = len(candidate)
    if same.endswith("("):  # a method: of a matrix, or of what stands behind an address
        same, end = same.rpartition(".")[0], candidate.rindex(".")
    ending = same.rpartition(".")[2]
    if not same.startswith("git@") and DOMAIN.search(same) and ending not in FILES:
        yield 0, end, same


def card(candidate: str) -> Iterator[Found]:
    """Take the card numbers out of a run of digits: known issuer, usual groups, valid checksum.

    >>> list(card("12 4111 1111 1111 1111"))
    [(3, 22, '4111111111111111')]
    """
    groups = [match.span() for match in re.finditer(r"\d+", candidate)]
    start = 0
    while start < len(groups):
        size = 0
        for end in range(start, min(start + 5, len(groups))):
            a, b = groups[start][0], groups[end][1]
            size += b - groups[end][0]
            if size > LONGEST_CARD:
                break
            if size >= SHORTEST_CARD and (digits := _card(candidate[a:b])):
                yield a, b, digits
                start = end
                break
        start += 1


def _card(text: str) -> str | None:
    digits = text.replace(" ", "").replace("-", "")
    known = CARD.fullmatch(digits) and CARD_GROUPS.fullmatch(text) and luhn.is_valid(digits)
    return digits if known else None


def iban(candidate: str) -> Iterator[Found]:
    """Take an account number whose checksum and length hold, without the words after it.

    >>> list(iban("DE89 3704 0044 0532 0130 00 BIC"))
    [(0, 27, 'DE89370400440532013000')]
    """
    length = _iban_length(candidate[:2].upper())
    ends = [at + 1 for at, sign in enumerate(candidate) if sign != " "]
    if not length or len(ends) < length:
        return
    end = ends[length - 1]
    plain = candidate[:end].replace(" ", "").upper()
    if not candidate[end : end + 1].isalnum() and iban_number.is_valid(plain):
        yield 0, end, plain


@cache
def _iban_length(country: str) -> int:
    """Give how many characters the account numbers of a country have; 0 for a country that has none.

    >>> _iban_length("DE"), _iban_length("ZZ")
    (22, 0)
    """
    parts = numdb.get("iban").info(country)
    form = parts[0][1].get("bban", "") if parts else ""
    size = sum(int(number) for number in re.findall(r"(\d+)!", form))
    return 4 + size if size else 0


def _match_social_number(candidate: str) -> Iterator[Found]:
    if ssn_number.is_valid(candidate):
        yield from whole(candidate)


def _address(candidate: str) -> Iterator[Found]:
    try:
        address = ip_address(candidate)
    except ValueError:
        return
    if not address.is_loopback and not address.is_unspecified:
        yield 0, len(candidate), str(address)


PERSONAL_RULES = (
    RedactionRule(
        what="e-mail address",
        label="email",
        hint=r"[^\s@](?:@|%40)[^\s@]+\.[^\s@]",
        pattern=r"(?:\\[nrtbf]|%[0-9A-Fa-f]{2})?([\pL\pN_][\pL\pN._+'-]*(?:@|%40)(?:[\pL\pN](?:[\pL\pN-]*[\pL\pN])?\.)+\pL\pL+\(?)",
        find=email,
    ),
    RedactionRule(
        what="payment card, checked by Luhn",
        label="card",
        hint=r"\d(?:[ -]?\d){12}",
        pattern=rf"{EDGE}(\d(?:[ -]?\d){{12,}})(?:[^\w.]|\.(?:\D|$)|$)",
        find=card,
    ),
    RedactionRule(
        what="IBAN, checked by its checksum",
        label="iban",
        hint=r"(?i)\b[a-z]{2}\d\d ?[a-z0-9]{4} ?[a-z0-9]{4} ?[a-z0-9]{3}",
        pattern=r"(?i)(?:\b|\\[nrtbf])([a-z]{2}\d\d(?: ?[a-z0-9]){11,40})",
        find=iban,
    ),
    RedactionRule(
        what="US social security number",
        label="ssn",
        hint=r"\b\d{3}-\d\d-\d{4}\b",
        pattern=r"(?:^|[^\w.-]|\\[nrtbf])(\d{3}-\d\d-\d{4})(?:[^\w-]|$)",
        find=_match_social_number,
    ),
)
ADDRESSES = (
    RedactionRule(
        what="IPv4 address",
        label="ip",
        hint=r"\d\.\d{1,3}\.\d{1,3}\.\d",
        pattern=r"(?:^|[^\w.-]|\\[nrtbf])(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?:[^\w.-]|\.(?:\D|$)|$)",
        find=_address,
    ),
    RedactionRule(
        what="IPv6 address",
        label="ip",
        hint=r"(?i)[0-9a-f]{0,4}:[0-9a-f]{0,4}:[0-9a-f]",
        pattern=r"(?i)(?:^|[^\w:.]|\\[nrtbf])([0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?:[^\w:]|$)",
        find=_address,
    ),
)
"""Off by default: version numbers look the same."""
