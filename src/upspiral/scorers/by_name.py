"""Which scorer has a name, and may it stand in a setting that compares two answers?"""

from upspiral.domain.evaluation import SUCCESS_AT
from upspiral.plugin_kinds import SCORER
from upspiral.scorers.base import Scorer


def scorer(name: str, *, success_at: float = SUCCESS_AT) -> Scorer:
    """Give the scorer of that name.

    Args:
        name: Of a registered scorer.
        success_at: The score from which an answer is a success, 0 to 1: `capture.success_at`.

    Raises:
        ConfigError: There is none.

    >>> scorer("exact").name
    'exact'
    """
    made: Scorer = SCORER.get(name)(success_at)
    return made


def check_agreement_scorer(name: str, *, instead: str) -> str:
    """Make sure that a scorer tells whether two answers say the same; give its name.

    Args:
        name: As it was set.
        instead: What to do where it cannot.

    Raises:
        ValueError: There is none of that name, or it measures something else.

    >>> check_agreement_scorer("exact", instead="")
    'exact'
    """
    if not scorer(SCORER.check_name(name)).compares:
        raise ValueError(f"it cannot tell whether two answers say the same; {instead}")
    return name
