# ruff: noqa: RUF001
"""Where does a password stand beside a user's name? In URLs, on command lines, in headers and in pairs."""

import re
from collections.abc import Iterator

from upspiral.capture.redaction.rule import Found, RedactionRule, whole
from upspiral.capture.redaction.secret_names import BEFORE_VALUE, BLANK, KEYS, LOOSE_KEYS, QUOTE
from upspiral.capture.redaction.secret_values import (
    PLACEHOLDER,
    match_assigned,
    match_basic,
    match_letters_and_digits,
    match_mixed,
    match_password,
    match_random,
)

USER_OPTION = r"(?:-u|-U|--user|--proxy-user)[ =]{0,2}"
NAME_AND_SECOND = (
    r"(?:'[^\s:']{0,60}:([^'\n]{3,100})'|\"[^\s:\"]{0,60}:([^\"\n]{3,100})\""
    r"|[^\s:\"']{1,60}:([^\s\"'|;/][^\s\"'|;]{2,100}))"
)
PAIR = (
    r"(?:\b(?:logins?|credentials?|creds|zugangsdaten|identifiants|credenciales|accesso)"
    r"(?:\s{1,2}(?:are|is|were|sind|sont|son)\b)?\s{0,2}[:=]?|user(?:name)?\s{0,2}[:=])"
    r"\s{0,2}[\w.@+-]{2,60}\s{0,2}[:/|,]\s{0,2}"
)
USER_NAMES = r"(?:user(?:name)?|login|benutzer|utilisateur|usuario|usu[áa]rio|utente|account)"
SECOND_NAMES = r"(?:password|passwd|pwd|pass|pw|passwort|kennwort)"
IN_LINK = (
    r"(?:token|access_token|id_token|refresh_token|key|api_?key|auth|sig|signature|hmac|x-amz-signature"
    r"|x-amz-security-token|x-goog-signature|x-oss-signature|code|jwt|ticket|secret|sas)"
)


def _match_url(candidate: str) -> Iterator[Found]:
    # a port and a query with an @ are no password
    if not PLACEHOLDER.fullmatch(candidate) and not re.match(r"\d+[?#]", candidate):
        yield from whole(candidate)


def _match_cookies(candidate: str) -> Iterator[Found]:
    for value in re.finditer(r"=([^;\s]+)", candidate):
        for start, end, same in match_random(value[1]):
            yield value.start(1) + start, value.start(1) + end, same


def _match_link(candidate: str) -> Iterator[Found]:
    yield from match_random(candidate) if "%" not in candidate else whole(candidate)


LOGINS = (
    RedactionRule(
        what="bearer token",
        label="secret",
        hint=r"(?i)\bbearer\s",
        pattern=r"(?i)\bbearer\s{1,3}([A-Za-z0-9._~+/-]{16,}={0,2})",
        find=match_mixed,
    ),
    RedactionRule(
        what="authorization header",
        label="secret",
        hint=r"(?i)authorization[\"'\\]{0,4}\s{0,3}[:=]",
        pattern=r"(?i)authorization[\"'\\]{0,4}\s{0,3}[:=]\s{0,3}[\"'\\]{0,4}(?:basic|bearer|token|apikey|digest)\s{1,3}"
        r"([A-Za-z0-9._~+/=-]{8,})",
        keyed=True,
    ),
    RedactionRule(
        what="authorization header without a scheme",
        label="secret",
        hint=r"(?i)authorization[\"'\\]{0,4}\s{0,3}[:=]",
        pattern=r"(?i)authorization[\"'\\]{0,4}\s{0,3}[:=]\s{0,3}[\"'\\]{0,4}([A-Za-z0-9._~+/=-]{16,})",
        find=match_random,
        keyed=True,
    ),
    RedactionRule(
        what="user and password in base64",
        label="secret",
        hint=r"(?i)\bbasic\s{1,3}[A-Za-z0-9+/]{8}",
        pattern=r"(?i)\bbasic\s{1,3}([A-Za-z0-9+/]{8,400}={0,2})",
        find=match_basic,
    ),
    RedactionRule(
        what="cookie",
        label="secret",
        hint=r"(?i)\bcookie[\"'\\]{0,4}\s{0,3}[:=]",
        pattern=r"(?i)\bcookie[\"'\\]{0,4}\s{0,3}[:=]\s{0,3}[\"'\\]{0,4}([^\n\"'\\]{8,})",
        find=_match_cookies,
        keyed=True,
    ),
    RedactionRule(
        what="password in a URL",
        label="secret",
        hint=r"://[^\s/@]*:[^\s/@]+@",
        pattern=r"://[^\s/:@\"'<>]*:([^\s/\"'<>\[\]]+)@",
        find=_match_url,
    ),
    RedactionRule(
        what="key or signature in a link",
        label="secret",
        hint=rf"(?i)(?:^|[?&#;\s\"']){IN_LINK}=[\w.~%+/-]{{16}}",
        pattern=rf"(?i)(?:^|[?&#;\s\"']){IN_LINK}=([\w.~%+/-]{{16,}}=*)",
        find=_match_link,
    ),
    RedactionRule(
        what="user:password before a host",
        label="secret",
        hint=r":[^\s:@/]{4,60}@(?:tcp\(|unix\(|[\w.-]+(?:[:/]|[^\w.]|$))",
        pattern=r"(?:^|[\s\"'`=(,;])[A-Za-z][\w.+-]{0,40}:([^\s:@/\"'`<>()\[\]]{4,60})@(?:tcp\(|unix\(|[\w.-]+(?::\d|/)|[\d.]+\b|[\w-]+(?:[^\w.-]|$))",
        find=match_letters_and_digits,
    ),
    RedactionRule(
        what="user:password given to curl",
        label="secret",
        hint=rf"\s{USER_OPTION}[\"']?[^\s:]*:[^/\s]",
        pattern=rf"\b(?:curl|wget|https?|xh)\b[^\n]{{0,300}}?\s{USER_OPTION}{NAME_AND_SECOND}",
        find=match_assigned,
    ),
    RedactionRule(
        what="user:password given with -u",
        label="secret",
        hint=rf"\s{USER_OPTION}[\"']?[^\s:]*:[^/\s]",
        pattern=rf"\s{USER_OPTION}{NAME_AND_SECOND}",
        find=match_letters_and_digits,
    ),
    RedactionRule(
        what="password given with -p or -a",
        label="secret",
        hint=r"(?:mysql|mariadb|sshpass|redis-cli|docker login|podman login|mongosh|sqlcmd|htpasswd"
        r"|ldapsearch)",
        pattern=r"\b(?:mysql\w*|mariadb\w*|sshpass|7z)\b[^\n]{0,200}?\s-p ?[\"']?([^\s\"'-][^\s\"']{3,60})"
        r"|\b(?:redis-cli)\b[^\n]{0,200}?\s-a ?[\"']?([^\s\"'-][^\s\"']{3,60})"
        r"|\b(?:docker login|podman login|mongosh|sqlcmd|ldapsearch)\b[^\n]{0,200}?\s-[pPw] ?[\"']?"
        r"([^\s\"'-][^\s\"']{3,60})",
        find=match_letters_and_digits,
    ),
    RedactionRule(
        what="user and password given to a function",
        label="secret",
        hint=r"(?i)(?:auth|login|connect)\w{0,12}\s{0,2}=?\s{0,2}\(\s{0,2}[\"']",
        pattern=r"(?i)(?:auth|login|connect)\w{0,12}\s{0,2}=?\s{0,2}\(\s{0,2}(?:\"[^\"\n]{0,80}\"|'[^'\n]{0,80}')\s{0,2},"
        r"\s{0,2}(?:\"([^\"\n]{4,80})\"|'([^'\n]{4,80})')\s{0,2}[,)]",
        find=match_letters_and_digits,
    ),
    RedactionRule(
        what="password behind a user's name",
        label="secret",
        hint=rf"(?i)\b{SECOND_NAMES}\s{{1,3}}\S+",
        pattern=rf"(?i){USER_NAMES}\b[^\n]{{1,60}}?\b{SECOND_NAMES}\s{{1,3}}[\"'`]?([^\s\"'`,;<>()]{{4,60}})",
        find=match_letters_and_digits,
    ),
    RedactionRule(
        what="user and password as a pair",
        label="secret",
        hint=rf"(?i){PAIR}",
        pattern=rf"(?i){PAIR}([^\s\"'`<>,;]{{6,60}})",
        find=match_password,
    ),
    RedactionRule(
        what="key or token by its name",
        label="secret",
        hint=rf"(?i)(?:{LOOSE_KEYS}|{KEYS}){QUOTE}(?:{BLANK}{{0,3}}[:=：＝]|{BLANK}{{1,3}}(?:is:?\s)?[\"'`*]?[\w.~+/=%-]{{16}})",
        pattern=rf"(?i)(?:{LOOSE_KEYS}|{KEYS}){QUOTE}(?:{BLANK}{{0,3}}(?::?=>?|[:：＝]){BEFORE_VALUE}|{BLANK}{{1,3}}(?:is:?\s)?[\"'`*]?)([A-Za-z0-9_.~+/=%-]{{16,}})",
        find=match_random,
        keyed=True,
    ),
)
