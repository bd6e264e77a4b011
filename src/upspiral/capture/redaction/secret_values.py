"""Is this value a secret? Placeholders, code and words are none; what looks drawn at random is one."""

import base64
import binascii
import re
from collections.abc import Iterator

from upspiral.capture.redaction.rule import Found, whole
from upspiral.capture.redaction.secret_names import NAMES

PLACEHOLDER = re.compile(
    r"(?i)(?:none|null|nil|true|false|yes|no|undefined|str(?:ing)?|bytes|int|text|required|optional|hidden"
    r"|redacted|your.*|\*+|x+|\.+|[$%<{#].*|process\.env.*|os\.environ.*|env[.:].*)"
)
CODE = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*[(\[]|[A-Za-z_]+(?:[._][A-Za-z_]+)+[,)]?|(?i:" + NAMES + ")[,)]?")
OWN_SCRIPT_BEHIND = re.compile(
    "(?<=[!-~])[\u3000-\u9fff\uac00-\ud7af\u0e00-\u0e7f\uff00-\uffef].*", re.DOTALL
)
TECHNOLOGY = re.compile(
    r"(?i)(?:oauth|base|sha|md|argon|utf|pbkdf|http|iso|soc|win|windows|web|v)-?\d+\w{0,3}(?:\W.*)?|\d{4}-\d\d.*"
)
RUNS = re.compile(r"\d+|[A-Za-z]+")
MIN_PASSWORD_CHARS, MIN_STATED_CHARS, MIN_RANDOM_CHARS, MIN_RANDOM_RUNS = 4, 6, 16, 4


def match_mixed(candidate: str) -> Iterator[Found]:
    """Take a key with a digit and an unbroken stretch of letters and digits.

    >>> list(match_mixed("learn-compatible-estimators"))
    []
    """
    if re.search(r"\d", candidate) and re.search(r"[A-Za-z0-9]{12}", candidate):
        yield from whole(candidate)


def match_random(candidate: str) -> Iterator[Found]:
    """Take what is long, and changes between letters and digits again and again, or is a long hexadecimal.

    >>> [len(list(match_random(text))) for text in ("9f8e7d6c5b4a39281706", "created_at_2024_01", "CAUQAA")]
    [1, 0, 0]
    """
    value = candidate.rstrip(".,;:!?")
    runs = RUNS.findall(value)
    longest = max(map(len, re.findall(r"[A-Za-z0-9]+", value)), default=0)
    if len(value) >= MIN_RANDOM_CHARS and len(runs) >= MIN_RANDOM_RUNS and longest >= MIN_RANDOM_CHARS // 2:
        yield 0, len(value), value


def match_random_case(candidate: str) -> Iterator[Found]:
    """Take the same where capitals and small letters mix, too; checksums in hexadecimal are none.

    >>> [len(list(match_random_case(text))) for text in ("x_a8Bk3mZ0qLw92Xc7Rt5v", "x-9f8e7d6c5b4a39281706")]
    [1, 0]
    """
    if re.search(r"[a-z]", candidate) and len(re.findall(r"[A-Z]", candidate)) > 1:
        yield from match_random(candidate)


def match_assigned(candidate: str) -> Iterator[Found]:
    """Take the value given to a password or key, unless it is a placeholder or code.

    >>> [list(match_assigned(value)) for value in ("hunter2", "getpass(", "settings.key")]
    [[(0, 7, 'hunter2')], [], []]
    """
    value = OWN_SCRIPT_BEHIND.sub("", candidate).rstrip("([,).")
    if (
        len(value) >= MIN_PASSWORD_CHARS
        and not PLACEHOLDER.fullmatch(value)
        and not CODE.fullmatch(candidate)
    ):
        yield 0, len(value), value


def match_stated(candidate: str) -> Iterator[Found]:
    """Take what stands behind a colon, if it is no word of prose: "Forgot password: click here".

    >>> [list(match_stated(value)) for value in ("click", "hunter2!")]
    [[], [(0, 7, 'hunter2')]]
    """
    for start, end, value in match_assigned(candidate.rstrip(".!?")):
        if len(value) >= MIN_STATED_CHARS and re.search(r"[\d!@#$%^&*?]", value):
            yield start, end, value


def match_password(candidate: str) -> Iterator[Found]:
    """Take what looks like a password by itself: a letter, a digit, and capitals among small ones or a sign.

    >>> [len(list(match_password(text))) for text in ("Zima2024!", "reset", "2024-01-15", "OAuth2")]
    [1, 0, 0, 0]
    """
    for start, end, value in match_stated(candidate):
        mixed_case = re.search(r"[a-z]", value) and re.search(r"[A-Z]", value)
        sign = re.search(r"[!@#$%^&*?+~|]", candidate)
        letters = re.search(r"[^\W\d_]", value)
        if letters and re.search(r"\d", value) and (mixed_case or sign) and not TECHNOLOGY.fullmatch(value):
            yield start, end, value


def match_letters_and_digits(candidate: str) -> Iterator[Found]:
    """Take what has both, as most passwords do and most counts, ports and words do not.

    >>> [len(list(match_letters_and_digits(value))) for value in ("s3cr3tPw", "1000", "app", "12/15")]
    [1, 0, 0, 0]
    """
    for start, end, value in match_assigned(candidate.rstrip(".!?")):
        if len(value) >= MIN_STATED_CHARS and re.search(r"[^\W\d_]", value) and re.search(r"\d", value):
            yield start, end, value


def match_basic(candidate: str) -> Iterator[Found]:
    """Take what reads as a name, a colon and a password once decoded.

    >>> [len(list(match_basic(text))) for text in ("YW5uYTpodW50ZXIy", "Authentication")]
    [1, 0]
    """
    try:
        plain = base64.b64decode(candidate + "=" * (-len(candidate) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return
    if ":" in plain and plain.isprintable():
        yield from whole(candidate)
