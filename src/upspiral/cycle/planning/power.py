"""How many pairs must a judge see before a night can show anything? Pure."""

from upspiral.config import Settings


def compares_recorded(settings: Settings) -> bool:
    """Say whether recorded conversations are cases, and no failures with a known answer needed."""
    return settings.evaluate.is_judged and settings.curate.recorded_cases > 0
