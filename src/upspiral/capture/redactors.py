"""Which redactors are used? Those that the settings name, one after the other."""

from upspiral.capture.config import CaptureSettings
from upspiral.capture.redaction import PatternRedactor
from upspiral.capture.redaction.base import Redactor, RedactorChain
from upspiral.plugin_kinds import REDACTOR


@REDACTOR.register("patterns")
def make_pattern_redactor(key: bytes, settings: CaptureSettings) -> PatternRedactor:
    """Make the one that hides secrets and personal data by patterns, and what `capture.hide` adds."""
    return PatternRedactor(key, extra=settings.hide)


def make_redactor(key: bytes, settings: CaptureSettings) -> Redactor:
    """Make what hides in a workspace's records.

    Args:
        key: Of the workspace's pseudonyms.
        settings: Name the redactors, in order.

    Raises:
        ConfigError: There is none of a name, or a pattern cannot be used.
    """
    made: list[Redactor] = [REDACTOR.get(name)(key, settings) for name in settings.redactors]
    return made[0] if len(made) == 1 else RedactorChain(tuple(made))
