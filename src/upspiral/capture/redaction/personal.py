# ruff: noqa: RUF001
"""What counts as personal data? Addresses, and the numbers of cards, accounts and people."""

import re
from collections.abc import Iterator
from ipaddress import ip_address

from upspiral.capture.redaction.account_numbers import ACCOUNT_NUMBERS
from upspiral.capture.redaction.rule import Found, RedactionRule

FILES = frozenset(
    ("png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "ts", "py", "json", "html", "md")
)


DOMAIN = re.compile(r"@[^@]+\.[^\W\d_]{2,}$")


def email(candidate: str) -> Iterator[Found]:
    """Take an e-mail address, but no file name, no Git remote and no method of a matrix.

    >>> [list(email(text)) for text in ("Ann@Example.com", "logo@2x.png", "a@b.dot(", "a@b.cd.dot(")]
    [[(0, 15, 'ann@example.com')], [], [], [(0, 6, 'a@b.cd')]]
    """
    same = candidate.lower().replace("%40", "@").replace("＠", "@")
    end = len(candidate)
    if same.endswith("("):  # a method: of a matrix, or of what stands behind an address
        same, end = same.rpartition(".")[0], candidate.rindex(".")
    ending = same.rpartition(".")[2]
    if not same.startswith("git@") and DOMAIN.search(same) and ending not in FILES:
        yield 0, end, same


def _email_in_words(candidate: str) -> Iterator[Found]:
    plain = re.sub(r"(?i)\s*[(\[{<]\s?at\s?[)\]}>]\s*", "@", candidate)
    plain = re.sub(r"(?i)\s*[(\[{<]\s?(?:dot|punkt|point|punto)\s?[)\]}>]\s*", ".", plain)
    for _ in email(plain):
        yield 0, len(candidate), plain.lower()


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
        hint=r"[^\s@](?:@|＠|%40)[^\s@]+\.[^\s@]",
        pattern=r"(?:\\[nrtbf]|%[0-9A-Fa-f]{2})?([\pL\pN_][\pL\pN._+'-]*(?:@|＠|%40)(?:[\pL\pN](?:[\pL\pN-]*[\pL\pN])?\.)+\pL\pL+\(?)",
        find=email,
    ),
    RedactionRule(
        what="e-mail address in words",
        label="email",
        hint=r"(?i)[\(\[{<]\s?at\s?[\)\]}>]",
        pattern=r"(?i)([\pL\pN][\pL\pN._+-]*\s{0,2}[\(\[{<]\s?at\s?[\)\]}>]\s{0,2}[\pL\pN-]+"
        r"(?:\s{0,2}(?:[\(\[{<]\s?(?:dot|punkt|point|punto)\s?[\)\]}>]\s{0,2}|\.)[\pL\pN-]+)+)",
        find=_email_in_words,
    ),
    *ACCOUNT_NUMBERS,
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
