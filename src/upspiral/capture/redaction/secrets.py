"""What counts as a secret? Keys known by their first letters, and what is given to a password."""

import re
from collections.abc import Callable, Iterable, Iterator

from upspiral.capture.redaction.rule import WORD, Found, RedactionRule, whole

NAMES = (
    r"(?:passwords?|passwort|kennwort|contraseña|passwd|passphrase|pwd|secret|secret[_-]?key|secret[_-]?access[_-]?key|api[_-]?key"
    r"|private[_-]?key|access[_-]?key|(?:access|auth|refresh|id|api|bearer|session)[_-]?token)"
)
SECRET_NAME = re.compile(rf"(?i){NAMES}$")
"""The name of a field whose whole value is a secret."""
QUOTE = r"[\"'\\]{0,4}"
UNQUOTED_VALUE = r"[^\s\"'\\,;<>()\[\]{}]{4,}[(\[,)]?"
PLACEHOLDER = re.compile(
    r"(?i)(?:none|null|nil|true|false|yes|no|undefined|str(?:ing)?|bytes|int|text|required|optional|hidden"
    r"|redacted|your.*|\*+|x+|\.+|[$%<{#].*|process\.env.*|os\.environ.*|env[.:].*)"
)
CODE = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*[(\[]|[A-Za-z_]+(?:[._][A-Za-z_]+)+[,)]?|(?i:" + NAMES + ")[,)]?")


def _match_mixed(candidate: str) -> Iterator[Found]:
    if re.search(r"\d", candidate) and re.search(r"[A-Za-z0-9]{12}", candidate):
        yield from whole(candidate)


def match_assigned(candidate: str) -> Iterator[Found]:
    """Take the value given to a password or key, unless it is a placeholder or code.

    >>> [list(match_assigned(value)) for value in ("hunter2", "getpass(", "settings.key")]
    [[(0, 7, 'hunter2')], [], []]
    """
    value = candidate.rstrip("([,).")
    if len(value) >= 4 and not PLACEHOLDER.fullmatch(value) and not CODE.fullmatch(candidate):
        yield 0, len(value), value


def _match_stated(candidate: str) -> Iterator[Found]:
    # after a colon most words are prose: "Forgot password: click here"
    if len(candidate) >= 6 and re.search(r"[\d!@#$%^&*?]", candidate):
        yield from match_assigned(candidate.rstrip(".!?"))


def secret(what: str, hint: str, rest: str, find: Callable[[str], Iterable[Found]] = whole) -> RedactionRule:
    """Make the rule of a key that is known by its first letters.

    Args:
        what: Whose key it is.
        hint: RE2 of its first letters.
        rest: RE2 of what follows.
        find: Which parts of it are hidden.
    """
    return RedactionRule(what=what, label="secret", hint=hint, pattern=f"{WORD}({hint}{rest})", find=find)


SECRET_RULES = (
    RedactionRule(
        what="private key",
        label="secret",
        hint=r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY",
        pattern=r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr])*"
        r"(?:[A-Z][A-Za-z-]+: [^\n\\]*(?:\s|\\[nr])+)*"
        r"[A-Za-z0-9+/=\s\\]*(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)?",
    ),
    secret("Upspiral key", r"ups_[0-9a-f]{6}", r"[A-Za-z0-9_-]{43}"),
    secret(
        "OpenAI, Anthropic, OpenRouter or DeepSeek key",
        r"sk-[A-Za-z0-9_-]{20}",
        r"[A-Za-z0-9_-]*",
        _match_mixed,
    ),
    secret("AWS access key", r"A(?:KIA|SIA|GPA|IDA|ROA|NPA|NVA|BIA|CCA)[A-Z2-7]{16}", r"\b"),
    secret("GitHub token", r"(?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{22}", r"[A-Za-z0-9_]*"),
    secret("GitLab token", r"gl(?:pat|ptt|dt|rt|cbt|ft|soat|agent)-[A-Za-z0-9_-]{16}", r"[A-Za-z0-9_.-]*"),
    secret("Slack token", r"(?:xox[abeoprs]|xapp)-[0-9A-Za-z]", r"[A-Za-z0-9-]{9,}", _match_mixed),
    RedactionRule(
        what="Slack webhook",
        label="secret",
        hint=r"hooks\.slack\.com/",
        pattern=r"hooks\.slack\.com/(?:services|workflows)/([A-Za-z0-9_/]{20,})",
    ),
    secret("Google key", r"(?:AIza[\w-]{15}|GOCSPX-|ya29\.)[\w-]{20}", r"[\w-]*"),
    secret("Stripe key", r"(?:(?:sk|rk)_(?:live|test)_|whsec_)[A-Za-z0-9]{16}", r"[A-Za-z0-9+/=]*"),
    secret("Hugging Face token", r"hf_[A-Za-z0-9]{30}", r"[A-Za-z0-9]*"),
    secret(
        "key of npm, PyPI, SendGrid, DigitalOcean, Groq, xAI, NVIDIA, Replicate or Perplexity",
        r"(?:npm_|pypi-AgE|SG\.|do[opr]_v1_|gsk_|xai-|nvapi-|r8_|pplx-)[A-Za-z0-9_-]{20}",
        r"[A-Za-z0-9_.-]*",
        _match_mixed,
    ),
    secret("JSON web token", r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.", r"[A-Za-z0-9_.-]*"),
    RedactionRule(
        what="bearer token",
        label="secret",
        hint=r"(?i)\bbearer\s",
        pattern=r"(?i)\bbearer\s{1,3}([A-Za-z0-9._~+/-]{16,}={0,2})",
        find=_match_mixed,
    ),
    RedactionRule(
        what="authorization header",
        label="secret",
        hint=r"(?i)authorization[\"'\\]{0,4}\s{0,3}[:=]",
        pattern=r"(?i)authorization[\"'\\]{0,4}\s{0,3}[:=]\s{0,3}[\"'\\]{0,4}(?:basic|bearer|token|apikey)\s{1,3}"
        r"([A-Za-z0-9._~+/=-]{8,})",
        keyed=True,
    ),
    RedactionRule(
        what="password in a URL",
        label="secret",
        hint=r"://[^\s/@]*:[^\s/@]+@",
        pattern=r"://[^\s/:@\"'<>]*:([^\s/@\"'<>\[\]]+)@",
        find=lambda text: () if PLACEHOLDER.fullmatch(text) else whole(text),
    ),
    RedactionRule(
        what="value given to a password or key with =, or in quotes",
        label="secret",
        hint=rf"(?i){NAMES}{QUOTE}\s{{0,3}}(?::?=|:\s{{0,3}}\\?[\"'])",
        pattern=rf"(?i){NAMES}{QUOTE}\s{{0,3}}(?:(?::|:?=>?)\s{{0,3}}(?:\\?\"([^\"\\\n\[\]\s,;)][^\"\\\n\[\]]{{3,200}})"
        rf"|\\?'([^'\\\n\[\]\s,;)][^'\\\n\[\]]{{3,200}}))"
        rf"|:?=>?\s{{0,3}}({UNQUOTED_VALUE.replace(';', ';&')}))",
        find=match_assigned,
        keyed=True,
    ),
    RedactionRule(
        what="value given to a password or key with a colon or `is`",
        label="secret",
        hint=rf"(?i){NAMES}(?:{QUOTE}\s{{0,3}}:|\sis)",
        pattern=rf"(?i){NAMES}(?:{QUOTE}\s{{0,3}}:|\s{{1,3}}is:?)\s{{0,3}}({UNQUOTED_VALUE})",
        find=_match_stated,
    ),
)
