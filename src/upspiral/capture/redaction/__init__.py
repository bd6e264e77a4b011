"""Secrets and personal data, each replaced by a pseudonym that can be joined, before anything is written."""

from warnings import warn

from upspiral.capture.redaction.personal import ADDRESSES, PERSONAL_RULES
from upspiral.capture.redaction.phones import phone_rules
from upspiral.capture.redaction.rebuild import count_chars
from upspiral.capture.redaction.redactor import RULES, PatternRedactor
from upspiral.capture.redaction.rule import RedactionRule
from upspiral.capture.redaction.secrets import SECRET_RULES

__all__ = [
    "ADDRESSES",
    "PERSONAL_RULES",
    "RULES",
    "PatternRedactor",
    "RedactionRule",
    "SECRET_RULES",
    "count_chars",
    "phone_rules",
]

RENAMED = {"Redactor": "PatternRedactor", "SECRETS": "SECRET_RULES", "PERSONAL": "PERSONAL_RULES"}
"""Names of the first releases, which go with the next one."""


def __getattr__(name: str) -> object:
    """Give what had another name, with a warning."""
    if name not in RENAMED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warn(f"{name} is now {RENAMED[name]}", DeprecationWarning, stacklevel=2)
    return globals()[RENAMED[name]]
