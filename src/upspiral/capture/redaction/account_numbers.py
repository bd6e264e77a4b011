"""Which numbers are those of cards, accounts and people? A checksum tells, or what they are called.

The same digits may be an order's number, so what stands before them counts: after "card" their groups do not
matter, after "order" or "SKU" they stay.
"""

import re
from collections.abc import Iterator
from functools import cache, partial

from stdnum import iban as iban_number
from stdnum import luhn, numdb
from stdnum.us import ssn as ssn_number

from upspiral.capture.redaction.rule import EDGE, GAP, Found, RedactionRule

CARD = re.compile(
    r"(?:4\d{3}|5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720|6011|65\d\d|64[4-9]\d|62\d\d|35[2-8]\d"
    r"|50[12]\d|5[6-8]\d\d|63\d\d|67\d\d)\d{12}|3[47]\d{13}|3(?:0[0-5]|6\d|8\d)\d{11}|(?:4|62)\d{17,18}"
)
CARD_GROUPS = re.compile(r"\d+|(?:(?:\d{4}){1,3} )+\d{1,12}|\d{4} \d{6} \d{4,5}|\d{4} \d{11}|\d{10} \d{5}")
"""With one blank between groups: fours, some perhaps run together, or as American Express prints them."""
SHORTEST_CARD, LONGEST_CARD, MAX_CARD_GROUPS, MAX_CALLED_GROUPS = 12, 20, 5, 20
"""Digits, and groups of digits."""
SSN_DIGITS = 9
MAX_GAP_CHARS = 2
"""Between two groups of a number."""
BETWEEN = rf"(?:[{GAP}_/\r\n]{{0,2}}|\\[nrt])"
THINGS = re.compile(
    r"(?i)(?<![^\W_])(?:orders?|skus?|parts?|items?|invoices?|tickets?|batch|lot|serial|model|articles?|products?"
    r"|tracking|shipment|parcel|reference|ref|po|rma|isbn|issn|ean|upc|gtin|asin|imei|doi|uuid|case "
    r"(?:no|id|number)"
    r"|bestellung|bestellnummer|rechnung|rechnungsnummer|auftrag|artikel|artikelnummer|teil|sendung|seriennummer"
    r"|commande|facture|pedido|factura|ordine|fattura|заказ|счет|订单|訂單|注文|주문|version|build|release|rev"
    r")(?:[\"' \t:#_-]{0,4}(?:number|nummer|no\.?|nr\.?|num|id|code|nº|n°))?(?:[\"' \t:#_/-]{0,4}"
    r"|=\s?[\"']?)[^+]$"
)
"""Whose number stands behind them: that of a thing, not of a person."""
CARD_NAMES = (
    r"(?:card|visa|mastercard|maestro|amex|american express|discover|diners|jcb|unionpay|(?:\b|_)(?:cc"
    r"|pan)(?:\b|_)"
    r"|karte|carte|tarjeta|cart[ãa]o|carta|kaart|kort|karta|карт[аыу]|银行卡|信用卡|カード)"
)
SSN_NAMES = r"(?:\b|_)(?:ssn|social[ _-]?security(?:[ _-]?(?:number|num|no))?|itin|tax(?:payer)?[ _-]?id)"


def card(candidate: str, *, called: bool = False) -> Iterator[Found]:
    """Take the card numbers out of a run of digits: known issuer, usual groups, valid checksum.

    Args:
        candidate: Digits and what stands between their groups.
        called: Is it called a card? Then its groups do not matter.

    >>> list(card("12 4111 1111 1111 1111"))
    [(3, 22, '4111111111111111')]
    """
    groups = [match.span() for match in re.finditer(r"\d+", candidate)]
    most = MAX_CALLED_GROUPS if called else MAX_CARD_GROUPS
    start = 0
    while start < len(groups):
        size = 0
        for end in range(start, min(start + most, len(groups))):
            a, b = groups[start][0], groups[end][1]
            size += b - groups[end][0]
            if size > LONGEST_CARD:
                break
            if size < SHORTEST_CARD or not _stands_alone(candidate, a, b):
                continue
            if digits := _card(candidate[a:b], called, b - a == len(candidate)):
                yield a, b, digits
                start = end
                break
        start += 1


def _stands_alone(candidate: str, start: int, end: int) -> bool:
    """Say whether blanks are around a piece: what a dot or a dash joins to it belongs to the same number."""
    before = re.search(r"\D*$", candidate[max(0, start - MAX_GAP_CHARS) : start])
    behind = re.match(r"\D*", candidate[end : end + MAX_GAP_CHARS])
    gaps = [gap[0] for gap in (before, behind) if gap and gap[0]]
    return all(re.search(r"[\s\\]", gap) for gap in gaps)


def _card(text: str, called: bool, whole: bool) -> str | None:
    digits = re.sub(r"\D", "", text)
    if not CARD.fullmatch(digits) or not luhn.is_valid(digits):
        return None
    return digits if called or _has_card_groups(text, whole) else None


def _has_card_groups(text: str, whole: bool) -> bool:
    """Say whether the groups are those of cards, with the same between them unless there is nothing else."""
    gaps = re.findall(r"\D+", text)
    within_line = {gap for gap in gaps if not re.search(r"[\n\r]|\\[nr]", gap)}
    same = len(within_line) == 1 or not gaps
    return (same or whole) and CARD_GROUPS.fullmatch(re.sub(r"\D+", " ", text)) is not None


def iban(candidate: str) -> Iterator[Found]:
    """Take an account number whose checksum and length hold, without the words after it.

    >>> list(iban("DE89 3704 0044 0532 0130 00 BIC"))
    [(0, 27, 'DE89370400440532013000')]
    """
    length = _iban_length(candidate[:2].upper())
    ends = [at + 1 for at, sign in enumerate(candidate) if sign.isalnum()]
    if not length or len(ends) < length:
        return
    end = ends[length - 1]
    plain = re.sub(r"[\W_]", "", candidate[:end]).upper()
    if not candidate[end : end + 1].isalnum() and iban_number.is_valid(plain, check_country=False):
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


def _find_ssn(candidate: str) -> Iterator[Found]:
    plain = re.sub(r"\D", "-", candidate)
    if ssn_number.is_valid(plain):
        yield 0, len(candidate), plain


def _find_called_ssn(candidate: str) -> Iterator[Found]:
    digits = re.sub(r"\D", "", candidate)
    if len(digits) == SSN_DIGITS:
        yield 0, len(candidate), f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"


ACCOUNT_NUMBERS = (
    RedactionRule(
        what="IBAN, checked by its checksum",
        label="iban",
        hint=rf"(?i)(?:\b|_|iban)[a-z]{{2}}\d\d(?:{BETWEEN}[a-z0-9]){{11}}",
        pattern=rf"(?i)(?:\b|_|iban|\\[nrtbf])([a-z]{{2}}\d\d(?:{BETWEEN}[a-z0-9]){{11,40}})",
        find=iban,
    ),
    RedactionRule(
        what="number that is called a card, checked by Luhn",
        label="card",
        hint=rf"(?i){CARD_NAMES}\D{{0,24}}\d(?:{BETWEEN}\d){{11}}",
        pattern=rf"(?i){CARD_NAMES}\D{{0,24}}(\d(?:{BETWEEN}\d){{11,40}})(?:[^\w]|$)",
        find=partial(card, called=True),
        keyed=True,
    ),
    RedactionRule(
        what="payment card, checked by Luhn",
        label="card",
        hint=rf"\d(?:{BETWEEN}\d){{12}}",
        pattern=rf"{EDGE}(\d(?:{BETWEEN}\d){{12,}})(?:[^\w.-]|[.-](?:\W|$)|$)",
        find=card,
        unless_after=THINGS,
        keyed=True,
    ),
    RedactionRule(
        what="number that is called a US social security number",
        label="ssn",
        hint=rf"(?i){SSN_NAMES}\D{{0,20}}\d",
        pattern=rf"(?i){SSN_NAMES}\D{{0,20}}(\d{{3}}{BETWEEN}\d\d{BETWEEN}\d{{4}})(?:\D|$)",
        find=_find_called_ssn,
        keyed=True,
    ),
    RedactionRule(
        what="US social security number with dashes",
        label="ssn",
        hint=r"\b\d{3}[\-\x{2010}-\x{2015}]\d\d[\-\x{2010}-\x{2015}]\d{4}\b",
        pattern=r"(?:^|[^\w.-]|\\[nrtbf])(\d{3}[\-\x{2010}-\x{2015}]\d\d[\-\x{2010}-\x{2015}]\d{4})(?:[^\w-]|-(?:\W|$)|$)",
        find=_find_ssn,
        unless_after=THINGS,
        keyed=True,
    ),
)
