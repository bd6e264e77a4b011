# ruff: noqa: RUF001
"""What counts as a secret? Keys known by their first letters, logins, and what is given to a password."""

import re

from upspiral.capture.redaction.logins import LOGINS
from upspiral.capture.redaction.rule import RedactionRule
from upspiral.capture.redaction.secret_names import (
    BEFORE_VALUE,
    BLANK,
    FOR_WHOM,
    IS,
    IS_ATTACHED,
    NAMES,
    OWN_SCRIPT,
    QUOTE,
    QUOTES,
    SHORT_PASSWORDS,
)
from upspiral.capture.redaction.secret_values import (
    match_assigned,
    match_letters_and_digits,
    match_password,
    match_stated,
)
from upspiral.capture.redaction.service_keys import SERVICE_KEYS

SECRET_NAME = re.compile(rf"(?i){NAMES}$")
"""The name of a field whose whole value is a secret."""
CLOSING = ",;<>()\\[\\]{}，。；、！？）"
UNQUOTED_VALUE = rf"[^\s{QUOTES}{CLOSING}]{{4,}}[(\[,)]?"
GAP = f"{BLANK}{{0,3}}"

WORDS = rf"(?:{BLANK}\pL[\pL'’-]{{0,20}}){{1,4}}"
"""Words between a password's name and what says what it is: "password for the shop is"."""

PRIVATE_KEY = RedactionRule(
    what="private key",
    label="secret",
    hint=r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY",
    pattern=r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr])*"
    r"(?:[A-Z][A-Za-z-]+: [^\n\\]*(?:\s|\\[nr])+)*"
    r"[A-Za-z0-9+/=\s\\]*(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)?",
)
NAMED = (
    RedactionRule(
        what="value given to a password or key with =, or in quotes",
        label="secret",
        hint=rf"(?i){NAMES}{QUOTE}{GAP}(?::?[=＝]|[:：]{GAP}\\?[\"'“„«「『‘`])",
        pattern=rf"(?i){NAMES}{QUOTE}{GAP}(?:(?:[:：]|:?[=＝]>?){GAP}(?:\\?\"([^\"\\\n\[\]\s,;)][^\"\\\n\[\]]{{3,200}})"
        rf"|\\?'([^'\\\n\[\]\s,;)][^'\\\n\[\]]{{3,200}}))"
        rf"|(?:[:：]|[=＝]){GAP}[“„«「『‘`]{GAP}([^\n\[\]“”„«»「」『』‘’`]{{4,200}}[^\s\[\]“”„«»「」『』‘’`])"
        rf"|:?[=＝]>?{GAP}({UNQUOTED_VALUE.replace(';', ';&')}))",
        find=match_assigned,
        keyed=True,
    ),
    RedactionRule(
        what="value given to a password or key as an option or an element",
        label="secret",
        hint=rf"(?i)(?:--[\w-]{{0,30}}{NAMES}\s|{NAMES}>)",
        pattern=rf"(?i)(?:--[\w-]{{0,30}}{NAMES}\s{{1,3}}[\"']?([^\s\"'<>-][^\s\"'<>]{{3,200}})"
        rf"|<[\w:-]{{0,30}}{NAMES}>\s{{0,3}}([^\s<>][^<>\n]{{2,200}}[^\s<>])\s{{0,3}}</)",
        find=match_assigned,
    ),
    RedactionRule(
        what="value given to a password or key with a colon or `is`",
        label="secret",
        hint=rf"(?i){NAMES}{QUOTE}(?:{GAP}[:：]|{GAP}{IS_ATTACHED}|{BLANK}{IS}\b|{BLANK}\S)",
        pattern=rf"(?i){NAMES}{QUOTE}{FOR_WHOM}(?:{GAP}[:：]|{GAP}{IS_ATTACHED}[:：]?|{BLANK}{{1,3}}{IS}:?{BLANK}){BEFORE_VALUE}"
        rf"({UNQUOTED_VALUE})",
        find=match_stated,
    ),
    RedactionRule(
        what="password that stands beside its name",
        label="secret",
        hint=rf"(?i){NAMES}{QUOTE}{BLANK}|{OWN_SCRIPT}",
        pattern=rf"(?i)(?:{NAMES}{QUOTE}(?:{WORDS}(?:{GAP}[:：]|{BLANK}{IS}:?{BLANK})|{BLANK}{{1,3}}(?:[-–—→|>]{BLANK}{{1,3}})?)|(?:{OWN_SCRIPT})){BEFORE_VALUE}({UNQUOTED_VALUE})",
        find=match_password,
    ),
    RedactionRule(
        what="value given to a word that can mean a password, if it has letters and digits",
        label="secret",
        hint=rf"(?i){SHORT_PASSWORDS}{QUOTE}(?:{GAP}[:=：＝]|{BLANK}{IS}\s)",
        pattern=rf"(?i){SHORT_PASSWORDS}{QUOTE}(?:{GAP}[:=：＝]|{BLANK}{{1,3}}{IS}:?\s){BEFORE_VALUE}({UNQUOTED_VALUE})",
        find=match_letters_and_digits,
        keyed=True,
    ),
)
SECRET_RULES = (PRIVATE_KEY, *SERVICE_KEYS, *LOGINS, *NAMED)
