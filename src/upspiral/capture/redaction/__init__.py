"""Secrets and personal data, each replaced by a pseudonym that can be joined, before anything is written."""

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
